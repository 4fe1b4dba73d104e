// Chart.js as the frame of one run: scale, grid, events and tooltip come from it, the lanes from our painter.
//
// A stock chart makes an element and a parsed object for every segment and walks all of them in every frame. This
// controller has no element for a segment: its `draw` hands the canvas to the painter, and one element stands for
// whatever is under the pointer. Which methods must be overridden for that is a contract with this exact version
// of Chart.js; test/webview/chart.test.ts holds it.

import {
  Chart,
  DatasetController,
  Element,
  Interaction,
  LinearScale,
  Tooltip,
  type ChartConfiguration,
  type ControllerDatasetOptions,
  type CoreChartOptions,
  type InteractionItem,
  type InteractionModeFunction,
} from 'chart.js';
import type { RunPainter } from './runPainter';
import type { TimeWindow } from './viewport';

/** What is under the pointer. Two hits with one `key` are the same thing: nothing is redrawn between them. */
export interface ChartHit {
  readonly key: number;
  readonly xPx: number;
  readonly yPx: number;
}

/** What a chart of lanes asks of its owner. */
export interface LanesHooks {
  readonly painter: RunPainter;
  hitAt(xPx: number, yPx: number): ChartHit | undefined;
  /** The tooltip of Chart.js has moved to another hit, or to none. */
  hovered(key: number | undefined): void;
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

/** The one element: where the tooltip points to. */
class HitElement extends Element {
  static id = 'lanesHit';
  key = -1;
  override tooltipPosition(): { x: number; y: number } {
    return { x: this.x, y: this.y };
  }
  override hasValue(): boolean {
    return true;
  }
}

class LanesController extends DatasetController<
  'lanes',
  HitElement,
  HitElement,
  { x: number; y: number }
> {
  static id = 'lanes';
  static defaults = { datasetElementType: false, dataElementType: 'lanesHit' };
  readonly hit = new HitElement();

  get hooks(): LanesHooks | undefined {
    return hooksOf.get(this.chart.canvas);
  }
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
  override getParsed(): { x: number; y: number } {
    return { x: this.hit.x, y: this.hit.y };
  }
  override getLabelAndValue(): { label: string; value: string } {
    return { label: '', value: '' };
  }
  override getStyle(): object {
    return {};
  }
  override setHoverStyle(): void {
    /* The tooltip shows what is hovered. */
  }
  override removeHoverStyle(): void {
    /* As above. */
  }
  override draw(): void {
    const { ctx, width, height, currentDevicePixelRatio } = this.chart;
    this.hooks?.painter.paint(ctx, {
      widthPx: width,
      heightPx: height,
      pixelRatio: currentDevicePixelRatio,
    });
  }
}

/** Registers what we use of Chart.js, and nothing else: the bundle stays small. Call once. */
export function registerLanes(): void {
  Chart.register(LinearScale, Tooltip, LanesController, HitElement);
  Interaction.modes.lanes = (chart, event) => {
    const { controller } = chart.getDatasetMeta(0);
    if (!(controller instanceof LanesController)) return [];
    const hit = controller.hooks?.hitAt(event.x ?? -1, event.y ?? -1);
    if (!hit) return [];
    Object.assign(controller.hit, { x: hit.xPx, y: hit.yPx, key: hit.key });
    const item: InteractionItem = { element: controller.hit, datasetIndex: 0, index: hit.key };
    return [item];
  };
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
      interaction: { mode: 'lanes', intersect: true },
      layout: { padding: 0, autoPadding: false },
      scales: {
        x: { type: 'linear', display: false },
        y: { type: 'linear', display: false, min: 0, max: 1 },
      },
      plugins: {
        tooltip: {
          enabled: false,
          external: ({ tooltip }) => {
            const seen = tooltip.opacity > 0 && tooltip.dataPoints.length > 0;
            hooks.hovered(seen ? tooltip.dataPoints[0].dataIndex : undefined);
          },
        },
      },
    },
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
