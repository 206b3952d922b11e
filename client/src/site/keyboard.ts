/** Keys that work everywhere: `/` leads to the search, Escape closes what was opened. */

const search = document.querySelector<HTMLInputElement>("header input[type=search]");

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.composedPath()[0] ?? null)) {
    event.preventDefault();
    search?.focus();
    search?.select();
  }
  if (event.key === "Escape" && event.target instanceof Element) {
    const open = event.target.closest<HTMLDetailsElement>("details[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary")?.focus();
    }
  }
});
