/**
 * The things of the picture as a list for the keyboard, and its relations as a table.
 *
 * The list is a listbox of one tab stop: arrows, Home, End and letters move and select, Enter expands,
 * Delete removes.
 */

import { t } from "../words";
import { why } from "./api";
import { best, make, swatch } from "./dom";
import type { Picture, Thing, Visible } from "./model";
import { told } from "./panel";

export interface ListActs {
  select(thing: string): void;
  expand(thing: string): void;
  remove(thing: string): void;
}

/** Options that are made at once; each costs the browser some work. */
const MOST = 600;

export class List {
  #things: Thing[] = [];
  #typed = "";
  #timer = 0;

  constructor(
    private readonly place: HTMLElement,
    private readonly rest: HTMLElement,
    private readonly acts: ListActs,
  ) {
    place.addEventListener("keydown", (event) => this.#key(event));
    place.addEventListener("click", (event) => {
      const at = [...place.children].indexOf((event.target as Element).closest("[role=option]") as Element);
      const thing = this.#things[at];
      if (thing) acts.select(thing.id);
    });
    place.addEventListener("dblclick", () => this.#selected && acts.expand(this.#selected));
  }

  show(shown: Visible, picture: Picture, selected: string): void {
    const here = shown.nodes.findIndex((node) => node.id === selected);
    // the one that is looked at is in the list, whatever is not
    this.#things = here < MOST ? shown.nodes.slice(0, MOST) : [...shown.nodes.slice(0, MOST - 1), shown.nodes[here] as Thing];
    this.place.replaceChildren(
      ...this.#things.map((thing, at) =>
        make(
          "li",
          { role: "option", id: `graph-option-${at}` },
          swatch(thing.type),
          make("span", {}, best(thing.labels, thing.id)),
          make("small", {}, best(picture.types[thing.type], thing.type)),
        ),
      ),
    );
    const left = shown.nodes.length - this.#things.length;
    this.rest.textContent = left > 0 ? t("graph_list_rest", left) : "";
    this.select(selected);
  }

  /** Mark the thing that is looked at. */
  select(selected: string): void {
    let active = "";
    [...this.place.children].forEach((item, at) => {
      const is = this.#things[at]?.id === selected;
      item.setAttribute("aria-selected", String(is));
      if (is) {
        active = item.id;
        if (this.place.contains(document.activeElement)) within(this.place, item as HTMLElement);
      }
    });
    if (active) this.place.setAttribute("aria-activedescendant", active);
    else this.place.removeAttribute("aria-activedescendant");
  }

  get #selected(): string {
    return this.#things[this.#at]?.id ?? "";
  }

  get #at(): number {
    return [...this.place.children].findIndex((item) => item.getAttribute("aria-selected") === "true");
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = this.#things.length - 1;
    const at = this.#at;
    const moves: Record<string, number> = {
      ArrowDown: Math.min(at + 1, last), ArrowRight: Math.min(at + 1, last), ArrowUp: Math.max(at - 1, 0),
      ArrowLeft: Math.max(at - 1, 0), Home: 0, End: last, PageDown: Math.min(at + 10, last), PageUp: Math.max(at - 10, 0),
    };
    const to = moves[event.key];
    if (to !== undefined) this.#select(to);
    else if (event.key === "Enter" && at >= 0) this.acts.expand(this.#selected);
    else if ((event.key === "Delete" || event.key === "Backspace") && at >= 0) {
      const next = this.#things[at + 1] ?? this.#things[at - 1];
      this.acts.remove(this.#selected);
      if (next) this.acts.select(next.id);
    } else if (event.key.length === 1 && event.key !== " ") this.#find(event.key);
    else return;
    event.preventDefault();
  }

  #select(at: number): void {
    const thing = this.#things[at];
    if (thing) this.acts.select(thing.id);
  }

  /** Go to the next thing whose name begins with what was typed just now. */
  #find(letter: string): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => (this.#typed = ""), 700);
    this.#typed += letter.toLowerCase();
    const from = this.#typed.length > 1 ? this.#at : this.#at + 1;
    const order = [...this.#things.keys()].map((each) => (each + from) % this.#things.length);
    const found = order.find((each) => best(this.#things[each]?.labels, "").toLowerCase().startsWith(this.#typed));
    if (found !== undefined) this.#select(found);
  }
}

/** Scroll a list, and nothing but the list, so that an item of it is seen. */
function within(list: HTMLElement, item: HTMLElement): void {
  const top = item.offsetTop - list.offsetTop;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + item.offsetHeight > list.scrollTop + list.clientHeight) list.scrollTop = top + item.offsetHeight - list.clientHeight;
}

/** Fill the table of relations. */
export function fill(body: HTMLElement, rest: HTMLElement, shown: Visible, picture: Picture, most: number, select: (thing: string) => void): void {
  const names = new Map(shown.nodes.map((node) => [node.id, best(node.labels, node.id)]));
  const end = (id: string): HTMLElement => {
    const link = make("a", { href: `#graph-canvas` }, names.get(id) ?? id);
    link.addEventListener("click", () => select(id));
    return make("td", {}, link);
  };
  body.replaceChildren(
    ...shown.edges.slice(0, most).map((edge) =>
      make(
        "tr",
        {},
        end(edge.source),
        make("td", {}, best(picture.relations[edge.relation], edge.relation)),
        end(edge.target),
        make("td", { class: edge.kind === "stated" ? "" : "ours" }, make("a", { href: why(edge) }, told(edge))),
      ),
    ),
  );
  const left = shown.edges.length - Math.min(shown.edges.length, most);
  rest.textContent = left > 0 ? t("graph_table_rest", left) : "";
}
