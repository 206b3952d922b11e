/** The legend, which is the filter too: classes and relations with counts and check boxes. */

import { t } from "../words";
import { best, make, swatch } from "./dom";
import { counted, type Labels, type Picture, type State } from "./model";

export class Legend {
  constructor(
    private readonly types: HTMLElement,
    private readonly relations: HTMLElement,
    private readonly toggle: (term: string) => void,
  ) {}

  show(picture: Picture, state: State): void {
    const dropped = new Set(state.drop);
    const nodes = picture.nodes.filter((node) => !dropped.has(node.id));
    const ids = new Set(nodes.map((node) => node.id));
    const edges = picture.edges.filter((edge) => ids.has(edge.source) && ids.has(edge.target));
    this.#fill(this.types, counted(nodes.map((node) => node.type)), picture.types, state, true);
    this.#fill(this.relations, counted(edges.map((edge) => edge.relation)), picture.relations, state, false);
  }

  #fill(place: HTMLElement, counts: [string, number][], words: Record<string, Labels>, state: State, marked: boolean): void {
    const focused = place.contains(document.activeElement) ? (document.activeElement as HTMLInputElement).value : "";
    place.replaceChildren(
      ...counts.map(([term, count]) => {
        const box = make("input", { type: "checkbox", value: term });
        box.checked = !state.hide.includes(term);
        box.addEventListener("change", () => this.toggle(term));
        return make("label", {}, box, " ", marked ? swatch(term) : undefined, ` ${best(words[term], term)} `, make("span", { class: "graph-count" }, String(count)));
      }),
    );
    if (counts.length === 0) place.append(make("p", { class: "quiet" }, t("graph_none")));
    if (focused) place.querySelector<HTMLInputElement>(`input[value="${CSS.escape(focused)}"]`)?.focus();
  }
}
