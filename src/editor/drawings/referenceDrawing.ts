// Memory after a line as a drawing: names, arrows, objects with their counts; beside it the same as C++ values.

import type {
  MemoryPicture,
  ShownFrame,
  ShownObject,
  ShownSlot,
  ShownValue,
} from '../../analysis/memory/referencePicture';
import type { MemoryAfterLine } from '../../analysis/memory/references';
import type { Palette } from './palette';
import { escapeXml, shortened, type Drawing } from './svg';

const WIDTH_PX = 540;
const NAME_PX = 84;
const OBJECT_X = 144;
const OBJECT_PX = 136;
const CPP_X = 338;
const ROW_PX = 22;
const SLOT_PX = 15;
const GAP_PX = 10;
const HEAD_PX = 22;

const MOST_NAMES = 12;
const MOST_OBJECTS = 8;
const MOST_SLOTS = 5;
const MOST_CPP = 7;

/** A box in the column of objects. */
interface Box {
  readonly key: string;
  readonly y: number;
  readonly heightPx: number;
  readonly object: ShownObject | undefined;
  readonly text: string;
  readonly note: string;
}

/** Undefined if there is nothing to draw: no name is bound to anything that is known. */
export function drawReferences(
  { python, cpp }: MemoryAfterLine,
  palette: Palette,
): Drawing | undefined {
  const names = namesOf(python);
  if (names.length === 0 && python.objects.length === 0) return undefined;
  const boxes = boxesOf(python, names);
  const right = cpp ? cppParts(cpp, python, palette) : { svg: '', heightPx: 0 };
  const left = pythonParts(names, boxes, palette);
  const heightPx = Math.max(left.heightPx, right.heightPx) + 4;
  const heads =
    text(0, 13, 'Python: names refer to objects', { fill: palette.text, weight: 600 }) +
    (cpp
      ? text(CPP_X, 13, 'C++: variables contain values', { fill: palette.text, weight: 600 })
      : '');
  const rule = cpp
    ? `<path d="M${CPP_X - 16} 0V${heightPx}" stroke="${palette.rule}" fill="none"/>`
    : '';
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH_PX}" height="${heightPx}" viewBox="0 0 ${WIDTH_PX} ${heightPx}" ` +
    `font-family="${palette.fontFamily}" font-size="11">${heads}${rule}${left.svg}${right.svg}</svg>`;
  return { svg, alt: altText(python), widthPx: WIDTH_PX, heightPx };
}

interface Name extends ShownSlot {
  readonly frame: string;
}

/** Those of the running function first, as it is what the reader looks at; of its callers only what holds objects. */
function namesOf({ frames }: MemoryPicture): readonly Name[] {
  const innermostFirst = [...frames].reverse();
  const all = innermostFirst.flatMap(({ name: frame, names }: ShownFrame, depth) =>
    names
      .filter(({ value }) => depth === 0 || value.kind === 'object')
      .map(one => ({ ...one, frame })),
  );
  return all.slice(0, MOST_NAMES);
}

function keyOf(value: ShownValue): string {
  return value.kind === 'object' ? `#${value.id}` : `${value.lifetime} ${value.text}`;
}

const LIFETIMES = {
  immortal: 'immortal since 3.12',
  constant: 'kept by the code, too',
  unknown: 'not worked out',
} as const;

function boxesOf(picture: MemoryPicture, names: readonly Name[]): readonly Box[] {
  const boxes: Box[] = [];
  let y = HEAD_PX;
  const add = (box: Omit<Box, 'y'>): void => {
    if (boxes.length >= MOST_OBJECTS || boxes.some(({ key }) => key === box.key)) return;
    boxes.push({ ...box, y });
    y += box.heightPx + GAP_PX;
  };
  const addObject = (id: number): void => {
    const object = picture.objects.find(known => known.id === id);
    if (!object) return;
    const rows = Math.min(object.slots.length, MOST_SLOTS + 1);
    add({ key: `#${id}`, heightPx: ROW_PX + rows * SLOT_PX, object, text: object.type, note: '' });
  };
  for (const { value } of names) {
    if (value.kind === 'object') addObject(value.id);
    else {
      const note = LIFETIMES[value.lifetime];
      add({ key: keyOf(value), heightPx: 32, object: undefined, text: value.text, note });
    }
  }
  for (const { id } of picture.objects) addObject(id);
  return boxes;
}

interface Parts {
  readonly svg: string;
  readonly heightPx: number;
}

function pythonParts(names: readonly Name[], boxes: readonly Box[], palette: Palette): Parts {
  const parts: string[] = [];
  let y = HEAD_PX;
  names.forEach((name, index) => {
    if (name.frame !== names.at(index - 1)?.frame || index === 0) {
      if (name.frame !== '<module>' || index > 0) {
        parts.push(text(0, y + 11, shortened(name.frame, 16), { fill: palette.quiet }));
        y += 17;
      }
    }
    parts.push(nameParts(name, y, boxes, palette));
    y += ROW_PX;
  });
  const low = boxes.at(-1);
  const right = low ? low.y + low.heightPx : 0;
  const boxParts = boxes.map(box => objectParts(box, boxes, palette));
  return { svg: parts.join('') + boxParts.join(''), heightPx: Math.max(y, right) + 4 };
}

function nameParts(name: Name, y: number, boxes: readonly Box[], palette: Palette): string {
  const target = boxes.find(({ key }) => key === keyOf(name.value));
  const middle = y + 9;
  const box =
    `<rect x="0.5" y="${y + 0.5}" width="${NAME_PX}" height="18" rx="3" fill="none" stroke="${palette.quiet}"/>` +
    text(7, y + 13, shortened(name.name, 11), { fill: palette.text, mono: true });
  if (!target) return box;
  const end = target.y + 11;
  const half = (OBJECT_X - NAME_PX) / 2;
  return `${box}${arrow(`M${NAME_PX + 1} ${middle}C${NAME_PX + half} ${middle} ${OBJECT_X - half} ${end} ${OBJECT_X - 5} ${end}`, OBJECT_X, end, palette)}`;
}

/** A curve and its head, which points right. */
function arrow(path: string, x: number, y: number, palette: Palette): string {
  const color = palette.color('runningWithoutGil');
  return (
    `<path d="${path}" fill="none" stroke="${color}" stroke-width="1.4"/>` +
    `<path d="M${x} ${y}l-7 -3.5v7z" fill="${color}"/>`
  );
}

function objectParts(box: Box, boxes: readonly Box[], palette: Palette): string {
  const { y, heightPx, object } = box;
  const dashed = object === undefined || object.isLeaked ? ' stroke-dasharray="4 3"' : '';
  const stroke = object ? palette.color('running') : palette.quiet;
  const frame = `<rect x="${OBJECT_X + 0.5}" y="${y + 0.5}" width="${OBJECT_PX}" height="${heightPx - 1}" rx="4" fill="none" stroke="${stroke}"${dashed}/>`;
  const title = text(OBJECT_X + 8, y + 15, shortened(box.text, object ? 12 : 20), {
    fill: palette.text,
    mono: true,
  });
  if (!object) {
    return frame + title + text(OBJECT_X + 8, y + 27, box.note, { fill: palette.quiet, size: 10 });
  }
  const slots = object.slots.slice(0, MOST_SLOTS);
  const rows = slots.map((slot, row) =>
    slotParts(slot, y + ROW_PX + row * SLOT_PX, boxes, palette),
  );
  const more = object.slots.length - slots.length;
  const rest =
    more > 0
      ? text(OBJECT_X + 8, y + ROW_PX + MOST_SLOTS * SLOT_PX + 10, `… ${more} more`, {
          fill: palette.quiet,
        })
      : '';
  return frame + title + countBadge(object, y, palette) + rows.join('') + rest;
}

/** The reference count, as a number in a pill; a question mark where it is not certain. */
function countBadge({ count }: ShownObject, y: number, { kind, color, quiet }: Palette): string {
  const label = `count ${count ?? '?'}`;
  const widthPx = 12 + label.length * 6;
  const x = OBJECT_X + OBJECT_PX - widthPx - 4;
  const isLight = kind === 'light' || kind === 'highContrastLight';
  const fill = count === undefined ? quiet : color('running');
  return (
    `<rect x="${x}" y="${y + 4}" width="${widthPx}" height="15" rx="7" fill="${fill}"/>` +
    text(x + widthPx / 2, y + 15, label, {
      fill: isLight ? '#ffffff' : '#10130f',
      weight: 600,
      anchor: 'middle',
    })
  );
}

function slotParts(slot: ShownSlot, y: number, boxes: readonly Box[], palette: Palette): string {
  const { name, value } = slot;
  const label = shortened(name, 10);
  if (value.kind === 'plain') {
    return text(OBJECT_X + 8, y + 10, `${label}: ${shortened(value.text, 20 - label.length)}`, {
      fill: palette.quiet,
      mono: true,
    });
  }
  const target = boxes.find(({ key }) => key === keyOf(value));
  const own = text(OBJECT_X + 8, y + 10, `${label}:`, { fill: palette.quiet, mono: true });
  if (!target) return own;
  const from = y + 6;
  const end = target.y + 11;
  const right = OBJECT_X + OBJECT_PX;
  const bend = right + 12 + Math.min(22, Math.abs(end - from) / 6);
  const color = palette.color('runningWithoutGil');
  return (
    `${own}<circle cx="${right - 8}" cy="${from}" r="2.5" fill="${color}"/>` +
    `<path d="M${right - 8} ${from}C${bend} ${from} ${bend} ${end} ${right + 5} ${end}" fill="none" stroke="${color}" stroke-width="1.2"/>` +
    `<path d="M${right + 1} ${end}l7 -3.5v7z" fill="${color}"/>`
  );
}

/** Values at addresses, and what `shared_ptr`s to the Python objects would count. */
function cppParts(cpp: MemoryPicture, python: MemoryPicture, palette: Palette): Parts {
  const parts: string[] = [];
  let y = HEAD_PX;
  namesOf(cpp)
    .slice(0, MOST_CPP)
    .forEach(({ name, value }, index) => {
      const address = `0x7f${(0xe010 + index * 32).toString(16)}`;
      parts.push(
        text(CPP_X, y + 12, address, { fill: palette.quiet, mono: true, size: 10 }) +
          text(CPP_X + 52, y + 12, shortened(`${name} = ${cppText(value, cpp, 0)}`, 21), {
            fill: palette.text,
            mono: true,
          }),
      );
      y += 18;
    });
  const shared = python.objects.filter(({ count }) => count !== undefined).slice(0, MOST_CPP);
  if (shared.length > 0) {
    y += 10;
    parts.push(text(CPP_X, y + 11, 'with std::shared_ptr', { fill: palette.text, weight: 600 }));
    y += 18;
  }
  for (const { type, count, isLeaked } of shared) {
    const leak = isLeaked ? ', never freed' : '';
    parts.push(
      text(CPP_X, y + 11, `${shortened(type, 12)}: use_count() ${count ?? '?'}${leak}`, {
        fill: palette.text,
        mono: true,
      }),
    );
    y += 16;
  }
  return { svg: parts.join(''), heightPx: y + 4 };
}

const CPP_WORDS: Readonly<Record<string, string | undefined>> = {
  None: 'nullptr',
  True: 'true',
  False: 'false',
};

function cppText(value: ShownValue, picture: MemoryPicture, depth: number): string {
  if (value.kind === 'plain') {
    return Object.hasOwn(CPP_WORDS, value.text) ? (CPP_WORDS[value.text] ?? '') : value.text;
  }
  const object = picture.objects.find(({ id }) => id === value.id);
  if (!object || depth > 3) return '…';
  const inner = object.slots
    .slice(0, 6)
    .map(({ value: held }) => cppText(held, picture, depth + 1));
  return `${object.kind === 'instance' ? object.type : ''}{${inner.join(', ')}}`;
}

interface TextStyle {
  readonly fill: string;
  readonly weight?: number;
  readonly anchor?: 'middle';
  readonly mono?: boolean;
  readonly size?: number;
}

function text(x: number, y: number, content: string, style: TextStyle): string {
  const { fill, weight, anchor, mono, size } = style;
  const attributes = [
    `fill="${fill}"`,
    ...(weight === undefined ? [] : [`font-weight="${weight}"`]),
    ...(anchor === undefined ? [] : [`text-anchor="${anchor}"`]),
    ...(size === undefined ? [] : [`font-size="${size}"`]),
    ...(mono === true ? ['font-family="ui-monospace, Menlo, Consolas, monospace"'] : []),
  ];
  return `<text x="${x}" y="${y}" ${attributes.join(' ')}>${escapeXml(content)}</text>`;
}

function altText({ frames, objects }: MemoryPicture): string {
  const names = frames.flatMap(frame => frame.names.map(({ name }) => name));
  const counts = objects.map(({ type, count }) => `${type} ${count ?? 'unknown'}`);
  return `Names: ${names.join(', ')}. Objects and their reference counts: ${counts.join(', ')}.`;
}
