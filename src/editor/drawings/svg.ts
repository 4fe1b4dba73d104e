// What SVGs of hovers and exports share: everything of other people in them is escaped here.

/** Text between tags or in double quotes. Characters that XML cannot carry at all become question marks: one of them would cost the image. */
export function escapeXml(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- these are what XML forbids
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '?')
      .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '?')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/"/g, '&quot;')
  );
}

/** The beginning of a text that may be longer than there is room for. */
export function shortened(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

export interface Drawing {
  readonly svg: string;
  /** For people who listen instead of looking: plain text. */
  readonly alt: string;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** A drawing as an image for a MarkdownString. Base64 has no character that could end the link. */
export function imageMarkdown({ svg, alt, widthPx, heightPx }: Drawing): string {
  const data = Buffer.from(svg, 'utf8').toString('base64');
  const plainAlt = alt.replace(/[^\p{L}\p{N} .,:;%]+/gu, ' ');
  return `![${plainAlt}](data:image/svg+xml;base64,${data}|width=${widthPx},height=${heightPx})`;
}
