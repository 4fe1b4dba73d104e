// What does not fit into a page.

/** Runs in the page: what reaches out of the page at its right, or makes it scroll. */
export function overflowing(): string[] {
  const found: string[] = [];
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth} of ${clientWidth} px wide`);
  for (const target of document.querySelectorAll<HTMLElement>('main *')) {
    if (!target.checkVisibility() || target.closest('.visually-hidden, .table-scroller, canvas'))
      continue;
    const range = document.createRange();
    range.selectNodeContents(target);
    const own = [...target.childNodes].some(node => node instanceof Text);
    const cut = target.closest('.run-title, .lane-label, .what, td, .run-tabs button, .metric dt');
    const { right } = (cut ?? range).getBoundingClientRect();
    if (own && right > innerWidth + 1)
      found.push(`${target.className || target.tagName} ends at ${right} px`);
  }
  return found;
}
