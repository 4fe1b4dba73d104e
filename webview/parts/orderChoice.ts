// The choice above the names of the lanes: by what they are sorted.

import { element } from '../ground/dom';
import { LANE_ORDERS, type LaneOrder } from '../model/lanePlan';

const WORDS: Readonly<Record<LaneOrder, string>> = {
  start: 'by start',
  name: 'by name',
  held: 'by GIL held',
  waited: 'by waiting',
};

export class OrderChoice {
  readonly root = element(
    'select',
    {
      class: 'order',
      title: 'Order of the lanes (O)',
      attributes: { 'aria-label': 'Order of the lanes' },
    },
    ...LANE_ORDERS.map(order => new Option(WORDS[order], order)),
  );

  constructor(chosen: (order: LaneOrder) => void) {
    this.root.addEventListener('change', () => {
      const order = LANE_ORDERS.find(name => name === this.root.value);
      if (order) chosen(order);
    });
  }

  show(order: LaneOrder): void {
    if (this.root.value !== order) this.root.value = order;
  }
}

/** The order after this one, and round again. */
export function nextOrder(order: LaneOrder): LaneOrder {
  return LANE_ORDERS[(LANE_ORDERS.indexOf(order) + 1) % LANE_ORDERS.length];
}

/** How an order is told to those who changed it by a key. */
export function orderSentence(order: LaneOrder): string {
  return `Lanes ${WORDS[order]}.`;
}
