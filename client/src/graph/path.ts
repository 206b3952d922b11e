/** The path finder: ways between two things, each with the relations it follows. */

import { combobox } from "../combobox";
import { t } from "../words";
import { Refused, suggest, type Way, type Ways, ways, why } from "./api";
import { best, button, make, swatch } from "./dom";
import type { Thing } from "./model";

export class Paths {
  readonly #ends: Record<"from" | "to", HTMLInputElement>;
  readonly #chosen = new Map<HTMLInputElement, [label: string, id: string]>();

  constructor(
    private readonly form: HTMLFormElement,
    private readonly results: HTMLElement,
    private readonly show: (way: Way) => void,
  ) {
    const field = (name: string): HTMLInputElement => form.elements.namedItem(name) as HTMLInputElement;
    this.#ends = { from: field("from"), to: field("to") };
    for (const input of Object.values(this.#ends)) {
      combobox(input, suggest, ({ label, value }) => this.#chosen.set(input, [label, value]));
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#find();
    });
  }

  /** Set one end, and go to the other. */
  set(end: "from" | "to", thing: Thing): void {
    const label = best(thing.labels, thing.id);
    this.#ends[end].value = label;
    this.#chosen.set(this.#ends[end], [label, thing.id]);
    const other = this.#ends[end === "from" ? "to" : "from"];
    this.form.scrollIntoView({ block: "nearest" });
    if (other.value) void this.#find();
    else other.focus();
  }

  async #find(): Promise<void> {
    const without = new FormData(this.form).getAll("without").map(String).filter(Boolean);
    const [from, to] = [this.#value("from"), this.#value("to")];
    if (!from || !to) return;
    this.results.setAttribute("aria-busy", "true");
    try {
      this.#tell(await ways(from, to, without));
    } catch (error) {
      this.results.replaceChildren(make("p", { class: "problem" }, error instanceof Refused ? error.message : t("graph_failed")));
    }
    this.results.removeAttribute("aria-busy");
  }

  #value(end: "from" | "to"): string {
    const input = this.#ends[end];
    const [label, id] = this.#chosen.get(input) ?? ["", ""];
    return label === input.value ? id : input.value.trim();
  }

  #tell(found: Ways): void {
    const ends = [found.from, found.to].map((thing) => best(thing.labels, thing.id));
    if (found.paths.length === 0) {
      this.results.replaceChildren(make("p", { class: "nothing" }, t("graph_no_way", ...ends)));
      return;
    }
    this.results.replaceChildren(
      make("p", {}, t("graph_ways_found", found.paths.length, ...ends)),
      make("ol", { class: "graph-ways" }, ...found.paths.map((way) => this.#way(way, found))),
    );
  }

  #way(way: Way, found: Ways): HTMLElement {
    const chain = way.nodes.flatMap((thing, at) => {
      const name = make("span", { class: "graph-stop" }, swatch(thing.type), best(thing.labels, thing.id));
      const leg = way.legs[at];
      if (!leg) return [name];
      const forward = leg.some((edge) => edge.source === thing.id);
      const words = leg.map((edge) => make("a", { href: why(edge), class: edge.kind === "stated" ? "" : "ours" }, best(found.relations[edge.relation], edge.relation)));
      return [name, make("span", { class: "graph-leg" }, forward ? "—" : "←", ...words.flatMap((word, number) => (number ? [", ", word] : [" ", word])), forward ? " →" : " —")];
    });
    return make("li", {}, ...chain.flatMap((each) => [each, " "]), button(t("graph_show_way"), () => this.show(way)));
  }
}
