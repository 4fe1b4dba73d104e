// What of the page goes into an export, in each of its views.

import type { PictureScene } from '../src/protocol/picture';
import type { Page } from './page';
import { sceneOf } from './drawing/picture';

const TITLES = { compare: 'Compare', timeline: 'Timeline', table: 'Table' };

/** Everything that is seen. */
export function pageScene({ view, search, compare, overview }: Page): PictureScene {
  const [main] = document.getElementsByTagName('main');
  const drawn = view.view !== 'table';
  return sceneOf(main, up => ({
    view: TITLES[view.view],
    query: search.query,
    cursor: view.cursor ?? { file: '', line: 0 },
    plots: drawn
      ? [...compare.sections.flatMap(section => section.scene(up) ?? []), ...overview.scene(up)]
      : [],
    canvases: drawn ? [compare.axisScene(up)] : [],
  }));
}
