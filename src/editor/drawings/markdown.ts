// Text of other people in our Markdown: names, sentences with names in them. Never markup, never a link, never an icon.

/** What makes a link of a bare address, web or mail: the colon of `https://`, the dot of `www.`, the @. */
const ADDRESS = /:(?=\/\/)|(?<=\bwww)\.|@/gi;

/**
 * Escapes every character that means something to Markdown, HTML or VS Code's icons. Unlike VS Code's `appendText`
 * it leaves spaces alone, so that long sentences can break.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]()#+\-!~|]/g, '\\$&')
    .replace(ADDRESS, sign => `&#${sign.charCodeAt(0)};`)
    .replace(/\$/g, '$\u2060'); // a word joiner: “$(name)” would become an icon
}
