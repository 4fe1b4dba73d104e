// The colours that the extension contributes, as `contributes.colors` of package.json has them, value for value.
// Chosen for the largest smallest difference between any two, in normal, protan, deutan and tritan vision, and for
// a contrast of 3 or more against the editor's background.

/** One entry of `contributes.colors`. */
export interface ContributedColor {
  readonly id: string;
  readonly description: string;
  readonly defaults: {
    readonly dark: string;
    readonly light: string;
    readonly highContrast: string;
    readonly highContrastLight: string;
  };
}

/** All theme colours of the timeline; a theme or a person may override each. */
export const COLORS: readonly ContributedColor[] = [
  color('running', 'A thread that runs and holds the GIL.', [
    '#6FE3BE',
    '#17A27B',
    '#59FBBF',
    '#0E6B54',
  ]),
  color('runningWithoutGil', 'A thread that runs without the GIL.', [
    '#5B92F0',
    '#2559B8',
    '#2B9DF1',
    '#1674BD',
  ]),
  color('waitingForGil', 'A thread that waits for the GIL.', [
    '#F5A021',
    '#B85C00',
    '#EE8B1E',
    '#A35F00',
  ]),
  color('waitingForLock', 'A thread that waits for another lock.', [
    '#BF4F92',
    '#7A1F66',
    '#F7CEEB',
    '#4B0E37',
  ]),
  color('blocked', 'A thread that is blocked in I/O or sleep.', [
    '#AEB4CA',
    '#8089A3',
    '#969DAA',
    '#5D647A',
  ]),
  color('idle', 'A thread that waits for work or for a result.', [
    '#767B8A',
    '#8F94A3',
    '#7D8494',
    '#6B7284',
  ]),
  color('waitingForProcess', 'A thread that waits for another process.', [
    '#9C7BE0',
    '#7A5BC7',
    '#B49CF5',
    '#5A3FA6',
  ]),
  color('throttled', 'A thread that could run, but a CPU limit stops its process.', [
    '#E5534B',
    '#C4302B',
    '#FF6B60',
    '#A31515',
  ]),
  color('starting', 'A thread or process that is being started, or pickles its arguments.', [
    '#7C7A5C',
    '#3A3628',
    '#A1977F',
    '#2F2C1E',
  ]),
  color('ready', 'A thread that could run, but no core is free.', [
    '#ECE7D8',
    '#6E6A5E',
    '#FFFFFF',
    '#000000',
  ]),
  color('unknown', 'Time that was not observed.', ['#8A8A8A', '#8A8A8A', '#B0B0B0', '#6A6A6A']),
  color('coresBusy', 'How many cores are busy.', ['#6B7079', '#ADB2BA', '#BFBFBF', '#6F6F6F']),
];

function color(
  name: string,
  description: string,
  [dark, light, highContrast, highContrastLight]: readonly [string, string, string, string],
): ContributedColor {
  return {
    id: `gilscope.${name}`,
    description,
    defaults: { dark, light, highContrast, highContrastLight },
  };
}
