// Chart.js as the frame of one run: scale, layout, sizes and events come from it, the lanes from our painter.
//
// A stock chart makes an element and a parsed object for every segment, walks all of them in every frame, and draws
// itself anew whenever its tooltip moves. This controller has no element at all: its `draw` hands the canvas to the
// painter, and a plugin hears where the pointer is without anything being drawn. Which methods must be overridden for
// that is a contract with this exact version of Chart.js; test/browser/chart.test.ts holds it.

import {
  Chart,
  DatasetController,
  Element,
  Interaction,
  LinearScale,
  type ChartConfiguration,
  type ControllerDatasetOptions,
  type CoreChartOptions,
  type InteractionModeFunction,
  type Plugin,
} from 'chart.js';
import type { RunPainter } from './runPainter';
import type { TimeWindow } from '../model/viewport';

/** What a chart of lanes asks of its owner. */
export interface LanesHooks {
  readonly painter: RunPainter;
  /** The pointer is here now, in CSS pixels of the canvas; undefined: it has left. */
  pointed(at: { readonly xPx: number; readonly yPx: number } | undefined): void;
}

declare module 'chart.js' {
  interface ChartTypeRegistry {
    lanes: {
      chartOptions: CoreChartOptions<'lanes'>;
      datasetOptions: ControllerDatasetOptions;
      defaultDataPoint: never;
      metaExtensions: object;
      parsedDataType: { x: number; y: number };
      scales: 'linear';
    };
  }
  interface InteractionModeMap {
    lanes: InteractionModeFunction;
  }
}

export type LanesChart = Chart<'lanes', never[]>;

/** Who owns the chart of a canvas. Beside the configuration, which Chart.js copies and resolves. */
const hooksOf = new WeakMap<HTMLCanvasElement, LanesHooks>();

/** A controller must name an element, though it makes none. */
class NoElement extends Element {
  static id = 'none';
}

class LanesController extends DatasetController<
  'lanes',
  NoElement,
  NoElement,
  { x: number; y: number }
> {
  static id = 'lanes';
  static defaults = { datasetElementType: false, dataElementType: 'none' };

  override addElements(): void {
    /* There is no element for a datum. */
  }
  override buildOrUpdateElements(): void {
    /* Nor any to keep in step. */
  }
  override parse(): void {
    /* Data never passes through Chart.js. */
  }
  override update(): void {
    /* Nothing to animate. */
  }
  override getMinMax(): { min: number; max: number } {
    return { min: 0, max: 1 };
  }
  override draw(): void {
    const { ctx, width, height, currentDevicePixelRatio } = this.chart;
    hooksOf.get(this.chart.canvas)?.painter.paint(ctx, {
      widthPx: width,
      heightPx: height,
      pixelRatio: currentDevicePixelRatio,
    });
  }
}

/** Hears the pointer. Chart.js tells it again after an update, when something else may be under it. */
const pointing: Plugin<'lanes'> = {
  id: 'pointing',
  afterEvent: (chart, { event, inChartArea }) => {
    const seen = inChartArea && event.type !== 'mouseout';
    hooksOf
      .get(chart.canvas)
      ?.pointed(seen ? { xPx: event.x ?? -1, yPx: event.y ?? -1 } : undefined);
  },
};

/** Registers what we use of Chart.js, and nothing else: the bundle stays small. Call once. */
export function registerLanes(): void {
  Chart.register(LinearScale, LanesController, NoElement);
  // Nothing of a chart is ever active: what is hovered is shown beside it.
  Interaction.modes.lanes = () => [];
}

/** Makes the chart of one run. The owner sizes it and destroys it. */
export function createLanesChart(canvas: HTMLCanvasElement, hooks: LanesHooks): LanesChart {
  const configuration: ChartConfiguration<'lanes', never[]> = {
    type: 'lanes',
    data: { datasets: [{ data: [] }] },
    options: {
      animation: false,
      responsive: false,
      maintainAspectRatio: false,
      events: ['mousemove', 'mouseout'],
      interaction: { mode: 'lanes' },
      layout: { padding: 0, autoPadding: false },
      scales: {
        x: { type: 'linear', display: false },
        y: { type: 'linear', display: false, min: 0, max: 1 },
      },
    },
    plugins: [pointing],
  };
  hooksOf.set(canvas, hooks);
  return new Chart(canvas, configuration);
}

/** Brings a chart to a window, and draws it. At most once a frame. */
export function showWindow(chart: LanesChart, window: TimeWindow): void {
  const x = chart.options.scales?.x;
  if (!x) return;
  x.min = window.fromNs;
  x.max = window.toNs;
  chart.update('none');
}
