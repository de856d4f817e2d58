/** Escape puts an explanation away, until the pointer or the focus moves on. WCAG 2.2, 1.4.13. */
export function hushTooltips(): void {
  const root = document.documentElement;
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") root.classList.add("hushed");
  });
  for (const moved of ["focusin", "pointerover"] as const) {
    document.addEventListener(moved, () => root.classList.remove("hushed"));
  }
}
