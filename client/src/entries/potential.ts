/** The calculator answers while one types: the same page is fetched, and its result put in place. */

import { t } from "../words";

const WAIT = 300;

const form = document.querySelector<HTMLFormElement>("#calculator");
const said = document.querySelector<HTMLElement>("#said");
/** What depends on the question, beside the result: files of the page, the other language. */
const MOVING = [".tongue", ".twins"];

let asking: AbortController | undefined;
let timer = 0;

/** The address of what the form asks; own values as programs write them, what is empty left out. */
function question(asked: HTMLFormElement): string {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(asked)) {
    if (typeof value !== "string" || value.trim() === "") continue;
    if (name.startsWith("own-")) query.append("set", `${name.slice("own-".length)}=${value.trim()}`);
    else query.append(name, value.trim());
  }
  const lang = new URLSearchParams(location.search).get("lang");
  if (lang) query.append("lang", lang);
  return `${asked.action}?${query.toString()}`;
}

/** Put a part of a fetched page in the place of the same part of this one. */
function replace(selector: string, fetched: Document): void {
  const [mine, theirs] = [document.querySelector(selector), fetched.querySelector(selector)];
  if (mine && theirs) mine.replaceWith(document.importNode(theirs, true));
}

/** Remember where one is typing, and return what goes back there once the field has been made anew. */
function place(): () => void {
  const field = document.activeElement;
  if (!(field instanceof HTMLInputElement) || !field.closest("#result")) return () => undefined;
  const { name, value, selectionStart, selectionEnd } = field;
  return () => {
    const again = [...document.querySelectorAll<HTMLInputElement>("#result input")].find((each) => each.name === name);
    if (!again) return;
    again.value = value;
    again.focus({ preventScroll: true });
    again.setSelectionRange(selectionStart, selectionEnd);
  };
}

async function answer(asked: HTMLFormElement): Promise<void> {
  asking?.abort();
  const mine = (asking = new AbortController());
  const address = question(asked);
  document.querySelector("#result")?.setAttribute("aria-busy", "true");
  try {
    const reply = await fetch(address, { headers: { Accept: "text/html" }, signal: mine.signal });
    if (!reply.ok) throw new Error(reply.statusText);
    const fetched = new DOMParser().parseFromString(await reply.text(), "text/html");
    const back = place();
    for (const selector of ["#result", ...MOVING]) replace(selector, fetched);
    back();
    history.replaceState(null, "", address);
    if (said) said.textContent = document.querySelector<HTMLElement>("#result")?.dataset["said"] ?? "";
  } catch (error) {
    if (mine.signal.aborted) return;
    document.querySelector("#result")?.removeAttribute("aria-busy");
    if (said) said.textContent = t("failed");
    throw error;
  }
}

if (form) {
  const soon = (): void => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void answer(form), WAIT);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    void answer(form);
  });
  // fields within the result belong to the form without lying in it
  document.addEventListener("input", (event) => {
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) {
      if (event.target.form === form) soon();
    }
  });
}
