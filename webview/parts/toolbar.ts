// The bar at the top: playing, speed, what is shown.

import { element, icon, setAttribute, setIcon, setShown, setText } from '../ground/dom';
import {
  CANCEL_ICON,
  EXPORT_ICON,
  FIT_ICON,
  HELP_ICON,
  PAUSE_ICON,
  PLAY_ICON,
  RESTART_ICON,
  SEARCH_ICON,
  STEP_ICON,
} from '../ground/icons';
import type { Wish } from '../../src/protocol/messages';
import type { LiveState } from '../model/live';
import { speedLabel, WHOLE_SPEED } from '../model/playback';
import { shortName } from '../../src/core/names';
import { clockFigure, clockUnit } from '../words/timeLabels';

/** What the buttons do. */
export interface ToolbarHooks {
  readonly wish: Wish;
  playPause(): void;
  step(): void;
  setSpeed(speed: number): void;
  fit(): void;
  help(): void;
  openSearch(): void;
  followLive(): void;
}

/** What the bar shows. */
export interface ToolbarFrame {
  readonly title: string;
  readonly detail: string;
  readonly playing: boolean;
  readonly positionNs: number;
  readonly endNs: number;
  readonly speed: number;
  readonly busy: boolean;
  /** Whether what is shown is of a real Python. */
  readonly recording: boolean;
  readonly zoomed: boolean;
  readonly live: LiveState;
  /** Whether what is recorded stands still, and can be ended. */
  readonly canEnd: boolean;
}

/** Speeds that have a button; the one in use gets one too, whatever it is. */
const OFFERED_SPEEDS: readonly number[] = [0.25, 1, 4, WHOLE_SPEED];

export class Toolbar {
  readonly root = element('div', {
    class: 'toolbar',
    attributes: { role: 'toolbar', 'aria-label': 'Playback' },
  });
  readonly #playIcon = icon(PLAY_ICON);
  readonly #play: HTMLButtonElement;
  readonly #now = element('strong');
  readonly #total = element('span');
  readonly #speeds = element('div', {
    class: 'segmented',
    attributes: { role: 'group', 'aria-label': 'Speed of playback' },
  });
  readonly #title = element('strong', { class: 'file' });
  readonly #detail = element('span', { class: 'detail' });
  readonly #cancel: HTMLButtonElement;
  readonly #cancelWord = element('span');
  readonly #end: HTMLButtonElement;
  readonly #fit: HTMLButtonElement;
  readonly #live: HTMLButtonElement;
  readonly #hooks: ToolbarHooks;
  #speedsShown = '';

  constructor(hooks: ToolbarHooks) {
    this.#hooks = hooks;
    this.#play = button('Play', this.#playIcon, () => hooks.playPause());
    this.#play.classList.add('primary');
    this.#cancel = button('', icon(CANCEL_ICON), () => void hooks.wish('cancel', {}));
    this.#cancel.append(this.#cancelWord);
    this.#cancel.classList.add('worded');
    this.#end = button(
      'End Program',
      document.createTextNode('End Program'),
      () => void hooks.wish('endProgram', {}),
    );
    this.#end.classList.add('worded');
    this.#fit = button('Show everything (0)', icon(FIT_ICON), () => hooks.fit());
    this.#live = button('Follow the run (L)', element('span', { class: 'dot' }), () =>
      hooks.followLive(),
    );
    this.#live.append('Live');
    this.#live.classList.add('live');
    const clock = element('span', { class: 'clock' }, this.#now, this.#total);
    this.root.append(
      button('Restart', icon(RESTART_ICON), () => void hooks.wish('restart', {})),
      this.#play,
      button('Step to the next hand-off (N)', icon(STEP_ICON), () => hooks.step()),
      clock,
      this.#live,
      this.#speeds,
      element('div', { class: 'what' }, this.#title, this.#detail),
      this.#cancel,
      this.#end,
      this.#fit,
      button(
        'Export picture or figures (E)',
        icon(EXPORT_ICON),
        () => void hooks.wish('export', {}),
      ),
      button('Search (/)', icon(SEARCH_ICON), () => hooks.openSearch()),
      button('Keys (?)', icon(HELP_ICON), () => hooks.help()),
    );
  }

  show(frame: ToolbarFrame): void {
    setIcon(this.#playIcon, frame.playing ? PAUSE_ICON : PLAY_ICON);
    nameButton(this.#play, frame.playing ? 'Pause (Space)' : 'Play (Space)');
    const unit = clockUnit(frame.endNs);
    setText(this.#now, clockFigure(frame.positionNs, frame.endNs));
    setText(this.#total, ` ${unit} / ${clockFigure(frame.endNs, frame.endNs)} ${unit}`);
    setText(this.#title, shortName(frame.title));
    setAttribute(this.#title, 'title', frame.title);
    setText(this.#detail, frame.detail);
    setAttribute(this.#detail, 'title', frame.detail);
    this.#showCancel(frame);
    setShown(this.#end, frame.canEnd);
    setShown(this.#fit, frame.zoomed);
    this.#showLive(frame.live);
    this.#showSpeeds(frame.speed);
  }

  /** A recording is stopped, which keeps it; a run is cancelled. */
  #showCancel({ busy, recording }: ToolbarFrame): void {
    setShown(this.#cancel, busy);
    setText(this.#cancelWord, recording ? 'Stop' : 'Cancel');
    const name = recording ? 'Stop recording; the program runs on' : 'Cancel the run';
    nameButton(this.#cancel, name);
  }

  #showLive(live: LiveState): void {
    setShown(this.#live, live !== 'none');
    setAttribute(this.#live, 'aria-pressed', String(live === 'following'));
    nameButton(
      this.#live,
      live === 'following' ? 'Live: the picture follows the run' : 'Back to live (L)',
    );
  }

  #showSpeeds(speed: number): void {
    const offered = OFFERED_SPEEDS.includes(speed) ? OFFERED_SPEEDS : [speed, ...OFFERED_SPEEDS];
    const key = `${speed} of ${offered.join()}`;
    if (key === this.#speedsShown) return;
    const focused = this.#speeds.contains(document.activeElement);
    this.#speedsShown = key;
    const buttons = offered.map(offer => {
      const made = element('button', {
        attributes: { type: 'button', 'aria-pressed': String(offer === speed) },
      });
      made.append(speedLabel(offer));
      made.title =
        offer === WHOLE_SPEED
          ? 'Show the whole at once'
          : `Play at ${speedLabel(offer)} of real time`;
      made.addEventListener('click', () => this.#hooks.setSpeed(offer));
      return made;
    });
    this.#speeds.replaceChildren(...buttons);
    if (focused) buttons[offered.indexOf(speed)].focus();
  }
}

function button(name: string, content: Node, pressed: () => void): HTMLButtonElement {
  const made = element('button', { class: 'tool', attributes: { type: 'button' } }, content);
  nameButton(made, name);
  made.addEventListener('click', pressed);
  return made;
}

function nameButton(target: HTMLButtonElement, name: string): void {
  setAttribute(target, 'aria-label', name);
  setAttribute(target, 'title', name);
}
