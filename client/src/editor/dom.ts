/** Elements, built from values: what is text stays text. */

type Child = Node | string | number | null | undefined | false;
type Attributes = Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>;

const SVG = "http://www.w3.org/2000/svg";

function fill(made: Element, attributes: Attributes, children: Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value));
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) made.append(child instanceof Node ? child : String(child));
  }
}

/** Return an element; an attribute whose value is a function listens to the event of that name. */
export function el<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  fill(made, attributes, children);
  return made;
}

/** Return an element of a picture; see `el`. */
export function svg<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, name);
  fill(made, attributes, children);
  return made;
}

/** Return a picture with a name and a description, as a reader that does not see it tells them. */
export function picture(width: number, height: number, title: string, description: string, ...children: Child[]): SVGSVGElement {
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `${title}. ${description}`, class: "drawn" },
    svg("title", {}, title),
    svg("desc", {}, description),
    ...children,
  );
}

/** Return a text cut to a number of letters, where one of Chinese counts as two. */
export function cut(text: string, letters: number): string {
  let room = letters;
  for (let at = 0; at < text.length; at++) {
    room -= text.charCodeAt(at) > 0x2e7f ? 2 : 1;
    if (room < 0) return `${text.slice(0, Math.max(1, at - 1))}…`;
  }
  return text;
}

/** Show for a moment on a button that what it does was done. */
export function confirmed(button: HTMLButtonElement, words: string): void {
  const before = button.dataset["words"] ?? button.textContent ?? "";
  button.dataset["words"] = before;
  button.textContent = words;
  setTimeout(() => (button.textContent = before), 1600);
}

/** Copy a text; where the browser forbids it, return false. */
export async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const held = el("textarea", { readonly: true, class: "visually-hidden" }, text);
    document.body.append(held);
    held.select();
    const done = document.execCommand("copy");
    held.remove();
    return done;
  }
}
