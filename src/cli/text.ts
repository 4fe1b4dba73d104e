// Text for a terminal: names of threads, files and locks come from other people's programs, and may hold commands for it.

/**
 * A text with all that a terminal would obey made visible: control characters but line breaks and tabs, and marks that
 * turn the direction of what follows. They are written as JSON writes them, so that a report in JSON stays what it is.
 */
export function forTerminal(text: string): string {
  return text.replace(OBEYED, character => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${code}`;
  });
}

const OBEYED = /(?![\n\t])[\p{Cc}\u2028\u2029]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
