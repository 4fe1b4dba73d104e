// Paths of the toolbar's icons, in a square of 16. Drawn here: an icon font would be one more file to load.

export const RESTART_ICON = 'M3 3h1.6v10H3zM13 3v10L5.4 8z';
export const PLAY_ICON = 'M4.2 2.6v10.8L13 8z';
export const PAUSE_ICON = 'M4 3h3v10H4zM9 3h3v10H9z';
export const STEP_ICON = 'M11.4 3H13v10h-1.6zM3 3v10l7.6-5z';
export const CANCEL_ICON = 'M3.5 3.5h9v9h-9z';
export const FIT_ICON =
  'M1.5 3H3v10H1.5zM13 3h1.5v10H13zM4 8l3-2.6v1.8h2V5.4L12 8 9 10.6V8.8H7v1.8z';
export const HELP_ICON =
  'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zm0 1.2a5.3 5.3 0 1 1 0 10.6A5.3 5.3 0 0 1 8 2.7zM7.3 11h1.4v1.4H7.3zM8 3.9c-1.4 0-2.4.9-2.5 2.3h1.3c.1-.7.5-1.1 1.2-1.1.6 0 1.1.4 1.1 1 0 .5-.3.8-.8 1.2-.7.5-1 1-1 1.9v.6h1.3v-.4c0-.5.2-.8.8-1.2.7-.5 1.1-1.1 1.1-2 0-1.4-1-2.3-2.5-2.3z';
export const SEARCH_ICON =
  'M7 1.5a5.5 5.5 0 1 0 3.3 9.9l3 3 1.1-1.1-3-3A5.5 5.5 0 0 0 7 1.5zm0 1.4a4.1 4.1 0 1 1 0 8.2 4.1 4.1 0 0 1 0-8.2z';
export const EXPORT_ICON =
  'M7.3 1.5h1.4v6.6l2.3-2.3 1 1-4 4-4-4 1-1 2.3 2.3zM2 10.5h1.4v2.6h9.2v-2.6H14v4H2z';
export const PIN_ICON =
  'M5 1.5h6v1.3l-1 .6v3.5l2.2 2.3v1.3H8.7v3.6L8 15.5l-.7-1.4v-3.6H3.8V9.2L6 6.9V3.4l-1-.6z';
