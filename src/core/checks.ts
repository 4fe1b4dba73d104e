// What may be asked of a value from outside before anything of it is known.

/** Whether a value is an object with fields, and neither a list nor null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
