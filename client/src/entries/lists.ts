/** Lists that are filtered by a form, and marks that lead to evidence: it applies at once, and opens in place. */

const HELD = "lists-focus";

/** Send a form when a choice is changed, and come back to the field that was changed. */
function applyAtOnce(form: HTMLFormElement): void {
  form.addEventListener("change", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLSelectElement)) return;
    sessionStorage.setItem(HELD, `${location.pathname} ${field.name}`);
    form.requestSubmit();
  });
  // What is left open need not stand in the address.
  form.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });
  const [path, name] = (sessionStorage.getItem(HELD) ?? "").split(" ");
  sessionStorage.removeItem(HELD);
  const field = name && path === location.pathname ? form.elements.namedItem(name) : null;
  if (field instanceof HTMLElement) field.focus({ preventScroll: true });
}

/** Open the evidence of what the address points at. */
function openEvidence(): void {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const chip = target?.querySelector("details.chip");
  if (!(chip instanceof HTMLDetailsElement)) return;
  chip.open = true;
  chip.querySelector("summary")?.focus({ preventScroll: true });
}

/** Begin a time line that does not fit its box where the present is, not a decade before. */
function showPresent(lines: HTMLElement): void {
  const [box, names] = [lines.parentElement, lines.querySelector(".lanes")];
  const today = lines.querySelector(".axis-year.axis-today");
  if (!box || !names || !today || box.scrollWidth <= box.clientWidth) return;
  const right = today.getBoundingClientRect().right - box.getBoundingClientRect().left;
  box.scrollLeft = Math.max(0, right - box.clientWidth);
}

for (const lines of document.querySelectorAll<HTMLElement>(".lines")) showPresent(lines);
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-at-once]")) applyAtOnce(form);
addEventListener("hashchange", openEvidence);
openEvidence();
