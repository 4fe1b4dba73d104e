// Text of other people in our Markdown: names, sentences with names in them. Never markup, never a link, never an icon.

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
    .replace(/\$/g, '$\u2060'); // a word joiner: “$(name)” would become an icon
}
