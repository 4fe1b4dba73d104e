// Reads one `# gil:` comment: words and values in, clauses and problems out. Where it stands is attachAnnotations' work.

import { formatDuration, parseDuration, type Nanoseconds } from '../../core/units';
import {
  CORE_BOUNDS,
  COST_BOUNDS_NS,
  INTERVAL_BOUNDS_NS,
  isCostWord,
  isSetting,
  isWord,
  nearestWord,
  REPEAT_BOUNDS,
  SEED_BOUNDS,
  SETTINGS,
  THREAD_BOUNDS,
  WORDS,
  type AnnotationWord,
  type Bounds,
  type CostWord,
} from './annotationWords';
import type { SourceRange } from '../python/findings';

/** One thing that an annotation says. `range` covers its word and its value. */
export type Clause =
  | {
      readonly kind: 'cost';
      readonly cost: CostWord;
      readonly ns: Nanoseconds;
      readonly range: SourceRange;
    }
  | { readonly kind: 'threads'; readonly count: number; readonly range: SourceRange }
  | { readonly kind: 'repeat'; readonly times: number; readonly range: SourceRange }
  /** Without a name the lock is called what the `with` line calls it. */
  | { readonly kind: 'lock'; readonly name: string | undefined; readonly range: SourceRange }
  | {
      readonly kind: 'machine';
      readonly cores: number | undefined;
      readonly intervalNs: Nanoseconds | undefined;
      readonly seed: number | undefined;
      readonly range: SourceRange;
    };

export interface AnnotationProblem {
  readonly code: string;
  readonly message: string;
  readonly range: SourceRange;
}

export interface Annotation {
  readonly range: SourceRange;
  readonly clauses: readonly Clause[];
  readonly problems: readonly AnnotationProblem[];
}

const OPENING = /^#+[ \t]*gil[ \t]*:/i;
const OPENING_WITHOUT_COLON = new RegExp(`^#+[ \\t]*gil[ \\t]+(?:${WORDS.join('|')})\\b`, 'i');

interface Token extends SourceRange {
  readonly text: string;
}

/** Reads a comment (with its `#`) that begins at `offset`; undefined if it is no annotation. */
export function parseAnnotation(comment: string, offset: number): Annotation | undefined {
  const range = { from: offset, to: offset + comment.trimEnd().length };
  const opening = OPENING.exec(comment);
  if (opening) {
    const tokens = tokensOf(comment, opening[0].length, offset);
    return { range, ...new ClauseReader(tokens, range).read() };
  }
  if (!OPENING_WITHOUT_COLON.test(comment)) return undefined;
  const message = 'An annotation begins with “# gil:”, with a colon.';
  return { range, clauses: [], problems: [{ code: 'missing-colon', message, range }] };
}

/** Words and values; commas, semicolons and `=` only separate. A second `#` begins a remark of the author. */
function tokensOf(comment: string, start: number, offset: number): Token[] {
  const tokens: Token[] = [];
  const pattern = /[^\s,;=]+/g;
  pattern.lastIndex = start;
  for (let match = pattern.exec(comment); match; match = pattern.exec(comment)) {
    if (match[0].startsWith('#')) break;
    const from = offset + match.index;
    tokens.push({ text: match[0], from, to: from + match[0].length });
  }
  return tokens;
}

/** Reads clauses from left to right; a mistake costs its own clause only. */
class ClauseReader {
  readonly #tokens: readonly Token[];
  readonly #range: SourceRange;
  readonly #clauses: Clause[] = [];
  readonly #problems: AnnotationProblem[] = [];
  #next = 0;

  constructor(tokens: readonly Token[], range: SourceRange) {
    this.#tokens = tokens;
    this.#range = range;
  }

  read(): { clauses: readonly Clause[]; problems: readonly AnnotationProblem[] } {
    if (this.#tokens.length === 0) {
      const words = WORDS.join(', ');
      this.#problem('empty-annotation', this.#range, `Expected one of ${words} after “# gil:”.`);
    }
    for (let token = this.#take(); token; token = this.#take()) this.#clause(token);
    return { clauses: this.#clauses, problems: this.#problems };
  }

  #clause(token: Token): void {
    const word = token.text.toLowerCase();
    if (!isWord(word)) {
      this.#unknown(token, WORDS, 'the words are');
      this.#skipValue();
    } else if (isCostWord(word)) {
      this.#cost(token, word);
    } else if (word === 'threads') {
      const count = this.#whole(token, THREAD_BOUNDS, 'threads 4');
      if (count) this.#clauses.push({ kind: 'threads', count: count.value, range: count.range });
    } else if (word === 'repeat') {
      const times = this.#whole(token, REPEAT_BOUNDS, 'repeat 10');
      if (times) this.#clauses.push({ kind: 'repeat', times: times.value, range: times.range });
    } else if (word === 'lock') {
      this.#lock(token);
    } else {
      this.#machine(token);
    }
  }

  #cost(token: Token, cost: CostWord): void {
    const time = this.#time(token, COST_BOUNDS_NS, `${cost} 30ms`);
    if (time) this.#clauses.push({ kind: 'cost', cost, ns: time.value, range: time.range });
  }

  #lock(token: Token): void {
    const next = this.#peek();
    const isName = next && !isWord(next.text.toLowerCase());
    const name = isName ? this.#take() : undefined;
    const range = { from: token.from, to: (name ?? token).to };
    this.#clauses.push({ kind: 'lock', name: name?.text, range });
  }

  #machine(token: Token): void {
    let cores: number | undefined;
    let intervalNs: number | undefined;
    let seed: number | undefined;
    let to = token.to;
    for (let next = this.#peek(); next; next = this.#peek()) {
      const setting = next.text.toLowerCase();
      if (isWord(setting)) break;
      this.#next++;
      if (!isSetting(setting)) {
        this.#unknown(next, SETTINGS, 'a machine has');
        this.#skipValue();
      } else if (setting === 'cores') {
        cores = this.#whole(next, CORE_BOUNDS, 'cores=4')?.value;
      } else if (setting === 'interval') {
        intervalNs = this.#time(next, INTERVAL_BOUNDS_NS, 'interval=5ms')?.value;
      } else {
        seed = this.#whole(next, SEED_BOUNDS, 'seed=1')?.value;
      }
      to = this.#tokens[this.#next - 1].to;
    }
    const range = { from: token.from, to };
    this.#clauses.push({ kind: 'machine', cores, intervalNs, seed, range });
  }

  #whole(word: Token, bounds: Bounds, example: string) {
    const token = this.#valueAfter(word, example);
    if (!token) return undefined;
    const value = Number(token.text.replaceAll('_', ''));
    const isRight = /^\d[\d_]*$/.test(token.text) && value >= bounds.least && value <= bounds.most;
    if (isRight) return { value, range: { from: word.from, to: token.to } };
    const { least, most } = bounds;
    this.#problem(
      /^[+-]?\d+$/.test(token.text) ? 'out-of-range' : 'bad-number',
      token,
      `Expected a whole number from ${grouped(least)} to ${grouped(most)} after “${word.text}”, got “${shortened(token.text)}”.`,
    );
    return undefined;
  }

  #time(word: Token, bounds: Bounds, example: string) {
    const token = this.#valueAfter(word, example);
    if (!token) return undefined;
    const unit = this.#peek();
    // `5 ms` and `5 parsecs` are two tokens; the unit belongs to the number unless it is the next clause's word.
    const isApart = unit && /^[+-]?[\d_.]+(?:e[+-]?\d+)?$/i.test(token.text) && isUnitLike(unit);
    if (isApart) this.#next++;
    const end = isApart ? unit : token;
    const text = isApart ? `${token.text} ${unit.text}` : token.text;
    const parsed = parseDuration(text);
    if (!parsed.ok) {
      const isUnitWrong = isApart && parsed.problem.includes('unit');
      const place = isUnitWrong ? unit : { from: token.from, to: end.to };
      this.#problem(
        'bad-time',
        place,
        `${sentence(shortened(parsed.problem))} after “${word.text}”.`,
      );
      return undefined;
    }
    if (parsed.ns >= bounds.least && parsed.ns <= bounds.most) {
      return { value: parsed.ns, range: { from: word.from, to: end.to } };
    }
    const span = `${formatDuration(bounds.least)} to ${formatDuration(bounds.most)}`;
    const message = `Expected a time from ${span} after “${word.text}”, got ${text}.`;
    this.#problem('out-of-range', { from: token.from, to: end.to }, message);
    return undefined;
  }

  #valueAfter(word: Token, example: string): Token | undefined {
    const next = this.#peek();
    if (next && !isWord(next.text.toLowerCase()) && !isSetting(next.text.toLowerCase())) {
      return this.#take();
    }
    const message = `Expected a value after “${word.text}”, for example “${example}”.`;
    this.#problem('missing-value', word, message);
    return undefined;
  }

  #unknown(token: Token, words: readonly string[], whatTheyAre: string): void {
    const nearest = nearestWord(token.text, words);
    const advice = nearest ? `did you mean “${nearest}”?` : `${whatTheyAre} ${words.join(', ')}.`;
    this.#problem('unknown-word', token, `Unknown word “${shortened(token.text)}”; ${advice}`);
  }

  /** After an unknown word: its value is not another mistake. */
  #skipValue(): void {
    const next = this.#peek();
    if (!next || !/^[+-]?\d/.test(next.text)) return;
    this.#next++;
    const unit = this.#peek();
    if (unit && /^[\d_.]+$/.test(next.text) && isUnitLike(unit)) this.#next++;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  #take(): Token | undefined {
    const token = this.#peek();
    if (token) this.#next++;
    return token;
  }

  #problem(code: string, range: SourceRange, message: string): void {
    this.#problems.push({ code, message, range: { from: range.from, to: range.to } });
  }
}

function isUnitLike(token: Token): boolean {
  const text = token.text.toLowerCase();
  return /^[a-zµμ]+$/.test(text) && !isWord(text) && !isSetting(text);
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Long rubble is not repeated in full. */
function shortened(text: string): string {
  return text.length > 90 ? `${text.slice(0, 88)}…` : text;
}

function grouped(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** The words whose clauses an annotation may have only once. */
export const SINGLE_KINDS: readonly AnnotationWord[] = ['threads', 'repeat', 'lock', 'machine'];
