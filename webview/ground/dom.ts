// Making elements. Text goes in as text only: names in a trace are other people's words and may hold markup.

type Child = Node | string | undefined;

interface Properties {
  readonly class?: string;
  readonly id?: string;
  readonly title?: string;
  /** ARIA, role, data and the like. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Makes an element with children; strings become text nodes. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (properties.class !== undefined) made.className = properties.class;
  if (properties.id !== undefined) made.id = properties.id;
  if (properties.title !== undefined) made.title = properties.title;
  for (const [key, value] of Object.entries(properties.attributes ?? {})) {
    made.setAttribute(key, value);
  }
  made.append(...children.filter(child => child !== undefined));
  return made;
}

/** Sets the text only when it differs, so that a screen reader and the layout are not woken for nothing. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** Shows or hides for everybody: eyes, keyboard and screen readers. */
export function setShown(target: HTMLElement, shown: boolean): void {
  if (target.hidden === shown) target.hidden = !shown;
}

/** Sets an attribute only when it differs. */
export function setAttribute(target: Element, name: string, value: string): void {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

/** An icon of 16 × 16 drawn in the text colour; hidden from screen readers: the button beside it has a name. */
export function icon(pathData: string): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', pathData);
  svg.append(path);
  return svg;
}

/** Replaces the drawing of an {@link icon}. */
export function setIcon(svg: SVGSVGElement, pathData: string): void {
  const path = svg.firstElementChild;
  if (path) setAttribute(path, 'd', pathData);
}
