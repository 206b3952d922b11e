/** Small makers of elements; text only ever becomes text. */

import { lang } from "../words";
import { familyOf, outline, shapeOf } from "./kinds";
import type { Labels } from "./model";

type Child = Node | string | undefined;

/** Return an element with attributes and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

export function button(text: string, act: () => void, attributes: Record<string, string> = {}): HTMLButtonElement {
  const made = make("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", act);
  return made;
}

/** Return the element of an id, which the page has. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as T;
}

/** Return a name in the language of the page, else in the other. */
export function best(labels: Labels | undefined, otherwise: string): string {
  return (lang === "zh" ? labels?.zh || labels?.en : labels?.en || labels?.zh) || otherwise;
}

const SVG = "http://www.w3.org/2000/svg";

/** Return the mark of a class, as it stands in the picture. */
export function swatch(type: string): SVGSVGElement {
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("viewBox", "0 0 18 18");
  made.setAttribute("class", `graph-mark family-${familyOf(type)}`);
  made.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", outline(shapeOf(type), 9, 9, 7.5));
  made.append(path);
  return made;
}
