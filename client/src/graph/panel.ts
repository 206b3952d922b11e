/** The panel beside the picture: the thing that is looked at, and what it could be expanded by. */

import { t } from "../words";
import { page, why } from "./api";
import { best, button, make, swatch } from "./dom";
import { drawnOf, type Group, groupKey, type Picture, type Relation, type Thing, type Visible } from "./model";

export interface PanelActs {
  expand(thing: string, group?: Group): void;
  remove(thing: string): void;
  select(thing: string): void;
  wayFrom(thing: Thing): void;
  wayTo(thing: Thing): void;
}

/** What the panel is told of. */
export interface Seen {
  picture: Picture;
  shown: Visible;
  thing: Thing | undefined;
  edge: Relation | undefined;
}

export class Panel {
  constructor(
    private readonly place: HTMLElement,
    private readonly base: string,
    private readonly acts: PanelActs,
  ) {}

  show(seen: Seen): void {
    const { thing, edge } = seen;
    const focused = (document.activeElement as HTMLElement | null)?.dataset["key"];
    const inside = this.place.contains(document.activeElement);
    this.place.replaceChildren(...(edge ? this.#relation(edge, seen) : thing ? this.#thing(thing, seen) : nothing(seen)));
    // a button that was pressed is a new one now: the keyboard stays where it was
    if (inside && focused) {
      const same = [...this.place.querySelectorAll<HTMLElement>("[data-key]")].find((each) => each.dataset["key"] === focused);
      (same && !(same as HTMLButtonElement).disabled ? same : this.place).focus();
    }
  }

  #thing(thing: Thing, { picture, shown }: Seen): Node[] {
    const name = best(thing.labels, thing.id);
    const other = thing.labels.zh === name ? thing.labels.en : thing.labels.zh;
    const drawn = drawnOf(thing.id, shown);
    const groups = thing.groups ?? [];
    const total = groups.reduce((sum, group) => sum + Math.min(drawn.get(groupKey(group)) ?? 0, group[3]), 0);
    const rest = thing.degree - total;
    return [
      make("h2", {}, name),
      other && other !== name ? make("p", { class: "quiet", lang: thing.labels.zh === name ? "en" : "zh-Hans" }, other) : make("span"),
      make("p", { class: "graph-type" }, swatch(thing.type), " ", best(picture.types[thing.type], thing.type)),
      make(
        "p",
        { class: "graph-acts" },
        button(t("graph_expand_all", rest), () => this.acts.expand(thing.id), { class: "first", "data-key": "all", ...(rest > 0 ? {} : { disabled: "" }) }),
        button(t("graph_remove"), () => this.acts.remove(thing.id), { "data-key": "remove" }),
        make("a", { class: "button", href: page(thing, this.base) }, t("graph_open_page")),
      ),
      make("h3", {}, t("graph_relations_of")),
      groups.length === 0
        ? make("p", { class: "quiet" }, t("graph_no_relations"))
        : make("ul", { class: "graph-groups" }, ...groups.map((group) => this.#group(thing, group, drawn.get(groupKey(group)) ?? 0, picture))),
      make(
        "p",
        { class: "graph-acts" },
        button(t("graph_way_from"), () => this.acts.wayFrom(thing), { "data-key": "from" }),
        button(t("graph_way_to"), () => this.acts.wayTo(thing), { "data-key": "to" }),
      ),
    ];
  }

  #group(thing: Thing, group: Group, drawn: number, picture: Picture): HTMLElement {
    const [relation, direction, type, count] = group;
    const words = best(picture.relations[relation], relation);
    const kinds = best(picture.types[type], type);
    const name = make(
      "span",
      {},
      ...(direction === "out" ? [make("b", {}, words), " → ", kinds] : [kinds, " → ", make("b", {}, words), ` → ${t("graph_this")}`]),
    );
    const rest = count - drawn;
    const made = button("", () => this.acts.expand(thing.id, group), {
      "data-key": groupKey(group),
      ...(rest > 0 ? {} : { disabled: "" }),
    });
    made.append(swatch(type), name, make("span", { class: "graph-count" }, rest > 0 ? (drawn > 0 ? t("graph_of", rest, count) : String(count)) : t("graph_all_shown", count)));
    return make("li", {}, made);
  }

  #relation(edge: Relation, { picture }: Seen): Node[] {
    const find = (id: string): Thing | undefined => picture.nodes.find((node) => node.id === id);
    const [source, target] = [find(edge.source), find(edge.target)];
    const end = (thing: Thing | undefined, id: string): HTMLElement =>
      button(best(thing?.labels, id), () => this.acts.select(id), { class: "link", "data-key": id });
    return [
      make("h2", {}, best(picture.relations[edge.relation], edge.relation)),
      make("p", {}, end(source, edge.source), " → ", end(target, edge.target)),
      make("p", { class: edge.kind === "stated" ? "" : "ours" }, told(edge)),
      make("p", {}, make("a", { class: "button", href: why(edge) }, t("graph_evidence"))),
    ];
  }
}

/** Return how a relation is known, in words. */
export function told(edge: Relation): string {
  const kind = edge.kind === "stated" ? t("graph_claims", edge.claims) : t(`graph_${edge.kind}`);
  return [kind, edge.low ? t("graph_low") : "", edge.disputed ? t("graph_disputed") : ""].filter(Boolean).join(" · ");
}

function nothing({ picture, shown }: Seen): Node[] {
  return [
    make("h2", {}, t("graph_nothing_selected")),
    make("p", {}, t("graph_counts", shown.nodes.length, picture.total, shown.edges.length)),
    make("p", { class: "quiet" }, t("graph_hint")),
  ];
}
