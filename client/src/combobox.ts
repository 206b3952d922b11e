/**
 * An editable combobox with a list of suggestions, as WAI-ARIA 1.2 describes it.
 *
 * The input keeps the focus all the time; which option is active is told by `aria-activedescendant`.
 * An input that stands in a form goes on to work as before: Enter without an active option submits.
 *
 * What the live region says comes from the input, so that this module has no words of its own:
 * `data-found` ("{n} suggestions") and `data-none`; `data-label` names the list (else `aria-label`).
 */

/** One suggestion. */
export interface Option {
  /** What the caller knows it by. */
  value: string;
  /** What is shown, and what the input holds once it is chosen. */
  label: string;
  /** A second line in the language of the page: a type, why it matched. */
  note?: string;
  /** The name in the other language, and which language that is. */
  other?: string;
  otherLang?: string;
}

export type Suggest = (text: string, signal: AbortSignal) => Promise<Option[]>;

/** Milliseconds without a key before suggestions are asked for. */
const PATIENCE = 80;

let created = 0;
let announcer: HTMLElement | undefined;

/**
 * Give an input suggestions.
 *
 * @param input   The text field.
 * @param suggest Returns options for a text; the signal is aborted when the text has changed since.
 * @param choose  Called with the option that was chosen.
 */
export function combobox(
  input: HTMLInputElement,
  suggest: Suggest,
  choose: (option: Option) => void,
): void {
  const list = listFor(input);
  let options: Option[] = [];
  let active = -1;
  let timer = 0;
  let asked: AbortController | undefined;

  const isOpen = (): boolean => !list.hidden;

  function forget(): void {
    window.clearTimeout(timer);
    asked?.abort();
  }

  function close(): void {
    forget();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    activate(-1);
  }

  function activate(index: number): void {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = index;
    const item = list.children[index];
    if (item === undefined) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    item.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  }

  function show(found: Option[], text: string): void {
    options = found;
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.replaceChildren(...found.map((option, index) => item(option, `${list.id}-${index}`, text)));
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
    if (found.length > 0) place(list, input);
    const { found: some = "{n}", none = "" } = input.dataset;
    announce(found.length > 0 ? some.replace("{n}", String(found.length)) : none);
  }

  async function ask(): Promise<void> {
    const text = input.value.trim();
    forget();
    if (text === "") {
      close();
      return;
    }
    const mine = new AbortController();
    asked = mine;
    try {
      const found = await suggest(text, mine.signal);
      if (!mine.signal.aborted && document.activeElement === input) show(found, text);
    } catch {
      // Suggestions are a help: without them the field is a plain one.
      if (!mine.signal.aborted) close();
    }
  }

  function take(index: number): void {
    const option = options[index];
    if (option === undefined) return;
    input.value = option.label;
    close();
    choose(option);
  }

  function askSoon(): void {
    forget();
    timer = window.setTimeout(() => void ask(), PATIENCE);
  }

  /** Step through the options and, between last and first, the field itself. */
  function step(by: 1 | -1): void {
    const places = options.length + 1;
    activate(((active + 1 + by + places) % places) - 1);
  }

  input.addEventListener("input", (event) => {
    // While an input method composes, the text is not yet what the user means.
    if (!(event as InputEvent).isComposing) askSoon();
  });
  input.addEventListener("compositionend", askSoon);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (isOpen()) step(event.key === "ArrowDown" ? 1 : -1);
      else if (event.key === "ArrowDown") void ask();
      event.preventDefault();
    } else if (event.key === "Enter") {
      if (isOpen() && active >= 0) {
        event.preventDefault();
        take(active);
      } else close();
    } else if (event.key === "Escape" && isOpen()) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });

  // Without this a press would take the focus from the input, and its blur close the list.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const chosen = (event.target as Element).closest("[role=option]");
    if (chosen !== null) take([...list.children].indexOf(chosen));
  });
}

/** Return the listbox of an input, placed after it, and say of the input what it now is. */
function listFor(input: HTMLInputElement): HTMLUListElement {
  const list = document.createElement("ul");
  list.id = `suggestions-${++created}`;
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.dataset["label"] ?? nameOf(input));
  input.after(list);
  input.autocomplete = "off";
  for (const [name, value] of [
    ["role", "combobox"],
    ["aria-autocomplete", "list"],
    ["aria-expanded", "false"],
    ["aria-controls", list.id],
    ["autocapitalize", "none"],
    ["spellcheck", "false"],
  ] as const) {
    input.setAttribute(name, value);
  }
  return list;
}

function nameOf(input: HTMLInputElement): string {
  return input.getAttribute("aria-label") ?? input.labels?.[0]?.textContent?.trim() ?? input.name;
}

/** Put the list under its input: both have the same offset parent, for they are siblings. */
function place(list: HTMLElement, input: HTMLElement): void {
  list.style.left = `${input.offsetLeft}px`;
  list.style.top = `${input.offsetTop + input.offsetHeight}px`;
  list.style.minWidth = `${input.offsetWidth}px`;
  const over = list.getBoundingClientRect().right - document.documentElement.clientWidth;
  if (over > 0) list.style.left = `${Math.max(input.offsetLeft - over, 0)}px`;
}

function item(option: Option, id: string, text: string): HTMLLIElement {
  const made = document.createElement("li");
  made.id = id;
  made.setAttribute("role", "option");
  made.setAttribute("aria-selected", "false");
  made.append(...marked(option.label, text));
  if (option.other) {
    const other = document.createElement("span");
    other.className = "other";
    other.textContent = option.other;
    if (option.otherLang) other.lang = option.otherLang;
    made.append(" ", other);
  }
  if (option.note) {
    const note = document.createElement("small");
    note.textContent = option.note;
    made.append(" ", note);
  }
  return made;
}

/** Return a label with the part that was typed in a `<mark>`, where it holds it literally. */
function marked(label: string, text: string): (Node | string)[] {
  const at = label.toLowerCase().indexOf(text.toLowerCase());
  // Lower case of some letters is longer; then the place found is not to be relied on.
  if (at < 0 || label.toLowerCase().length !== label.length) return [label];
  const mark = document.createElement("mark");
  mark.textContent = label.slice(at, at + text.length);
  return [label.slice(0, at), mark, label.slice(at + text.length)];
}

/** Have a text read out, once, by a region that all comboboxes of the page share. */
function announce(text: string): void {
  if (announcer === undefined) {
    announcer = document.createElement("div");
    announcer.className = "visually-hidden";
    announcer.setAttribute("role", "status");
    document.body.append(announcer);
  }
  announcer.textContent = text;
}
