// The views of the panel.

export const VIEWS = ['compare', 'timeline', 'table'] as const;
/** Compare: all runs on one axis. Timeline: one run in depth. Table: the same as figures. */
export type ViewName = (typeof VIEWS)[number];
