// Whether things may move.

/** Whether the person asked for less motion, of the system or of the editor, or listens instead of looking. */
export function prefersReducedMotion(): boolean {
  const classes = document.body.classList;
  return (
    classes.contains('vscode-reduce-motion') ||
    classes.contains('vscode-using-screen-reader') ||
    matchMedia('(prefers-reduced-motion: reduce)').matches
  );
}
