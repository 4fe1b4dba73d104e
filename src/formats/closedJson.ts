// JSON that ends too early, closed where its last whole value ends.

/** Brackets deeper than this are no trace. */
const DEEPEST = 1000;

/** A text whose end is missing, without the value that was cut and with all brackets closed; undefined if none is open. */
export function closedJson(text: string): string | undefined {
  const open: string[] = [];
  let safe = -1;
  let closing = '';
  const keep = (at: number): void => {
    safe = at;
    closing = [...open].reverse().join('');
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      at = endOfString(text, at);
    } else if (char === '{' || char === '[') {
      open.push(char === '{' ? '}' : ']');
      if (open.length > DEEPEST) return undefined;
      keep(at + 1);
    } else if (char === '}' || char === ']') {
      if (open.pop() !== char) return undefined;
      if (open.length === 0) return trailing(text, at + 1);
      keep(at + 1);
    } else if (char === ',') keep(at);
  }
  return safe < 0 ? undefined : text.slice(0, safe) + closing;
}

/** Where a string that begins at `at` ends; past the text if it does not. */
function endOfString(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end;
}

/** All brackets are closed, and still it is no JSON: something follows, or a comma stands before a bracket. */
function trailing(text: string, end: number): string | undefined {
  return text.slice(end).trim() === '' ? undefined : text.slice(0, end);
}
