// The one time axis above all runs: a chart that has a scale and nothing else.

import { Chart, LinearScale } from 'chart.js';
import { TICK_GAP_PX, tickLabel, tickStepNs, tickTimes } from '../words/timeLabels';
import type { Theme } from './theme';
import type { TimeWindow } from '../model/viewport';

export type AxisChart = Chart<'lanes', never[]>;

/** Room left and right of the scale, so that labels at its ends are not cut. In CSS pixels. */
export const AXIS_MARGIN_PX = 32;
/** Height of the axis on the page. */
export const AXIS_HEIGHT_PX = 26;
/** Height of its canvas: Chart.js gives a scale at most half of it, the rest lies unseen over the runs. */
export const AXIS_CANVAS_PX = 56;

/** Makes the axis. Its canvas is wider than the plots by {@link AXIS_MARGIN_PX} on each side. */
export function createAxisChart(canvas: HTMLCanvasElement): AxisChart {
  Chart.register(LinearScale);
  return new Chart<'lanes', never[]>(canvas, {
    type: 'lanes',
    data: { datasets: [] },
    options: {
      animation: false,
      responsive: false,
      maintainAspectRatio: false,
      events: [],
      layout: { padding: { left: AXIS_MARGIN_PX, right: AXIS_MARGIN_PX }, autoPadding: false },
      scales: {
        x: {
          type: 'linear',
          position: 'top',
          grid: { drawOnChartArea: false, tickLength: 5 },
          ticks: { maxRotation: 0, autoSkip: false, padding: 1 },
          afterBuildTicks: scale => {
            const { step, window } = stepOf(scale);
            scale.ticks = tickTimes(window, step).map(value => ({ value }));
          },
        },
        y: { type: 'linear', display: false, min: 0, max: 1 },
      },
    },
  });
}

/** Brings the axis to a window and a theme. */
export function showAxis(chart: AxisChart, window: TimeWindow, theme: Theme): void {
  const x = chart.options.scales?.x;
  if (!x) return;
  x.min = window.fromNs;
  x.max = window.toNs;
  if (x.grid) x.grid.color = theme.quiet;
  if (x.border) x.border.color = theme.rule;
  if (x.ticks) {
    x.ticks.color = theme.quiet;
    x.ticks.font = { family: theme.fontFamily, size: 11 };
    x.ticks.callback = value => {
      const step = tickStepNs(window, chart.width - 2 * AXIS_MARGIN_PX, TICK_GAP_PX);
      return tickLabel(Number(value), step, window.toNs);
    };
  }
  chart.update('none');
}

function stepOf(scale: { min: number; max: number; chart: { width: number } }): {
  step: number;
  window: TimeWindow;
} {
  const window = { fromNs: scale.min, toNs: scale.max };
  return { window, step: tickStepNs(window, scale.chart.width - 2 * AXIS_MARGIN_PX, TICK_GAP_PX) };
}
