// What is thrown when the file of a recording is not as a recorder writes it.

export class DamagedRecording extends Error {
  override readonly name = 'DamagedRecording';
}

/** Something in the file cannot be. */
export function damaged(what: string): DamagedRecording {
  return new DamagedRecording(
    `The file of this recording is damaged (${what}). What was written before that is shown.`,
  );
}
