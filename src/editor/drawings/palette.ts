// The colours of drawings in hovers. An image cannot use the theme's variables, so the colours are looked up here:
// those of the kind of theme, or what the person has set for them.

import { isRecord } from '../../core/checks';

/** The kinds of theme that contributed colours have defaults for. */
export type ThemeKind = 'dark' | 'light' | 'highContrast' | 'highContrastLight';

/** Colours as `#rrggbb` or `#rrggbbaa`. */
export interface Palette {
  readonly kind: ThemeKind;
  /** A contributed colour by its id without `gilscope.`. */
  readonly color: (name: string) => string;
  readonly text: string;
  readonly quiet: string;
  readonly rule: string;
  readonly fontFamily: string;
}

/** As `contributes.colors` of package.json has them. */
export interface ContributedColor {
  readonly id: string;
  readonly defaults: Readonly<Record<ThemeKind, string>>;
}

const INKS: Readonly<Record<ThemeKind, Pick<Palette, 'text' | 'quiet' | 'rule'>>> = {
  dark: { text: '#cccccc', quiet: '#9d9d9d', rule: '#ffffff2e' },
  light: { text: '#3b3b3b', quiet: '#616161', rule: '#0000002e' },
  highContrast: { text: '#ffffff', quiet: '#ffffff', rule: '#6fc3df' },
  highContrastLight: { text: '#292929', quiet: '#292929', rule: '#0f4a85' },
};

const GREY = '#8a8a8a';

/**
 * @param customized the person's `workbench.colorCustomizations`, whatever is in it
 * @param themeName the theme that bracketed parts of it are about
 */
export function paletteOf(
  kind: ThemeKind,
  contributed: readonly ContributedColor[],
  customized: unknown = {},
  themeName = '',
): Palette {
  const all = asRecord(customized);
  const own = { ...all, ...asRecord(all[`[${themeName}]`]) };
  const byId = new Map(contributed.map(({ id, defaults }) => [id, defaults[kind]]));
  return {
    kind,
    ...INKS[kind],
    fontFamily: 'system-ui, -apple-system, Segoe UI, sans-serif',
    color: name => {
      const set = own[`gilscope.${name}`];
      return isColor(set) ? set : (byId.get(`gilscope.${name}`) ?? GREY);
    },
  };
}

function isColor(value: unknown): value is string {
  return typeof value === 'string' && /^#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.test(value);
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? { ...value } : {};
}
