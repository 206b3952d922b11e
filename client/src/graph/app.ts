/** The explorer: one state, one picture, and the parts of the page that show them. */

import { combobox } from "../combobox";
import { t } from "../words";
import { Pictures, Refused, suggest, type Way } from "./api";
import { best, byId } from "./dom";
import { arrange } from "./layout";
import { Legend } from "./legend";
import { fill, List } from "./list";
import * as model from "./model";
import { Panel } from "./panel";
import { Paths } from "./path";
import type { Places } from "./place";
import * as save from "./save";
import { colours } from "./theme";
import { View } from "./view";

/** Rows that the table has at most; its files have all. */
const ROWS = 400;

/** How a change is written into the address bar: a step to go back to, a remark, or not at all. */
type Trace = "push" | "replace" | "none";

export class App {
  #state: model.State;
  #picture: model.Picture | undefined;
  #shown: model.Visible = { nodes: [], edges: [] };
  #edge: model.Relation | undefined;
  #turn = 0;
  #depth = 0;
  #deepest = 0;
  readonly #places: Places = new Map();
  readonly #pictures = new Pictures();
  readonly #view: View;
  readonly #panel: Panel;
  readonly #legend: Legend;
  readonly #list: List;

  constructor(private readonly box: HTMLElement) {
    this.#state = model.parse(location.search);
    this.#view = new View(byId("graph-canvas"), this.#places, {
      select: (thing) => this.select(thing),
      look: (edge) => this.#look(edge),
      expand: (thing) => this.expand(thing),
      moved: () => undefined,
    });
    this.#legend = new Legend(byId("graph-types"), byId("graph-relations"), (term) => void this.#go(model.toggled(this.#state, term), "push"));
    this.#list = new List(byId("graph-list"), byId("graph-list-rest"), this);
    const paths = new Paths(byId("graph-paths"), byId("graph-ways"), (way) => this.#showWay(way));
    this.#panel = new Panel(byId("graph-panel"), box.dataset["base"] ?? "", {
      expand: (thing, group) => this.expand(thing, group),
      remove: (thing) => this.remove(thing),
      select: (thing) => this.select(thing),
      wayFrom: (thing) => paths.set("from", thing),
      wayTo: (thing) => paths.set("to", thing),
    });
    this.#buttons();
    addEventListener("popstate", (event) => {
      this.#depth = depthOf(event.state);
      void this.#go(model.parse(location.search), "none");
    });
  }

  /** Show what the address asks for. */
  async start(): Promise<void> {
    this.#depth = this.#deepest = depthOf(history.state);
    await this.#go(this.#state, "replace");
  }

  /** The drawing, for tests and measuring. */
  get view(): View {
    return this.#view;
  }

  select(thing: string): void {
    this.#edge = undefined;
    this.#view.mark([]);
    this.#state = { ...this.#state, select: thing };
    this.#write("replace");
    this.#view.select(thing);
    if (thing) this.#view.reveal(thing);
    this.#list.select(thing);
    this.#tellPanel();
  }

  expand(thing: string, group?: model.Group): void {
    void this.#go(model.grown(this.#state, [model.expanding(thing, group)], thing), "push");
  }

  remove(thing: string): void {
    void this.#go(model.without(this.#state, thing), "push");
  }

  #look(edge: model.Relation | undefined): void {
    this.#edge = edge;
    if (edge) this.#view.select(edge.id);
    this.#tellPanel();
  }

  #showWay(way: Way): void {
    const drawn = new Set(this.#shown.nodes.map((node) => node.id));
    const steps = way.nodes.map((node) => node.id).filter((id) => !drawn.has(id));
    this.#view.mark([...way.nodes.map((node) => node.id), ...way.legs.flat().map((edge) => edge.id)]);
    const next = { ...model.grown(this.#state, steps, ""), hide: this.#state.hide.filter((term) => !way.legs.flat().some((edge) => edge.relation === term) && !way.nodes.some((node) => node.type === term)) };
    void this.#go(next, steps.length > 0 ? "push" : "replace").then(() => {
      this.#view.fit(way.nodes.map((node) => node.id));
      byId("graph-canvas").scrollIntoView({ block: "nearest" });
    });
  }

  /** Show a state; the last one that is asked for wins, whichever answer comes first. */
  async #go(next: model.State, trace: Trace): Promise<void> {
    const turn = ++this.#turn;
    const before = this.#picture;
    this.box.setAttribute("aria-busy", "true");
    try {
      const picture = await this.#pictures.of(next);
      if (turn !== this.#turn) return;
      next = model.canonical(next, picture);
      this.#pictures.also(next, picture);
      this.#draw(next, picture);
      this.#write(trace);
      this.#tell(before, picture);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#say(error instanceof Refused ? error.message : t("graph_failed"));
      if (!this.#picture) void this.#go(model.beginning(), "none");
    } finally {
      if (turn === this.#turn) this.box.removeAttribute("aria-busy");
    }
  }

  #draw(next: model.State, picture: model.Picture): void {
    const before = this.#state;
    const again =
      !this.#picture || next.layout !== before.layout || next.laid !== before.laid || model.question(next, 0) !== model.question(before, 0);
    this.#state = next;
    this.#picture = picture;
    const ids = new Set(picture.nodes.map((node) => node.id));
    for (const id of [...this.#places.keys()]) if (again || !ids.has(id)) this.#places.delete(id);
    arrange(picture.nodes, picture.edges, this.#places, next.layout, next.laid);
    this.#shown = model.visible(picture, next);
    this.#edge = undefined;
    this.#view.show(this.#shown, picture.relations);
    if (again) {
      this.#view.arrange();
      this.#view.fit();
    }
    this.#view.select(next.select);
    this.#list.show(this.#shown, picture, next.select);
    this.#legend.show(picture, next);
    fill(byId("graph-table"), byId("graph-table-rest"), this.#shown, picture, ROWS, (thing) => this.select(thing));
    this.#tellPanel();
  }

  #tellPanel(): void {
    const picture = this.#picture;
    if (!picture) return;
    const thing = this.#shown.nodes.find((node) => node.id === this.#state.select);
    this.#panel.show({ picture, shown: this.#shown, thing, edge: this.#edge });
  }

  #tell(before: model.Picture | undefined, picture: model.Picture): void {
    const last = picture.steps[this.#state.steps.length];
    const grew = before && last && picture.steps.length === before.steps.length + 1;
    if (grew) this.#say(last.left > 0 ? t("graph_added_left", last.added, last.left) : t("graph_added", last.added));
    else {
      const left = picture.steps[0]?.left ?? 0;
      const counts = t("graph_counts", this.#shown.nodes.length, picture.total, this.#shown.edges.length);
      this.#say(left > 0 ? `${counts} ${t("graph_begin_left", left)}` : counts);
    }
  }

  #say(text: string): void {
    byId("graph-status").textContent = text;
  }

  #write(trace: Trace): void {
    const address = model.write(this.#state);
    const keep = new URLSearchParams(location.search).get("lang");
    const search = [address, keep ? `lang=${keep}` : ""].filter(Boolean).join("&");
    const target = search ? `?${search}` : location.pathname;
    if (trace === "push") {
      this.#depth += 1;
      this.#deepest = this.#depth;
      history.pushState({ depth: this.#depth }, "", target);
    } else if (trace === "replace") history.replaceState({ depth: this.#depth }, "", target);
    byId<HTMLButtonElement>("graph-undo").disabled = this.#depth <= 0;
    byId<HTMLButtonElement>("graph-redo").disabled = this.#depth >= this.#deepest;
    save.point(document.querySelectorAll<HTMLAnchorElement>("a[data-form]"), address);
    for (const link of document.querySelectorAll<HTMLAnchorElement>("a[hreflang]")) {
      const parts = new URLSearchParams(address);
      parts.set("lang", link.hreflang.slice(0, 2));
      if (new URL(link.href).pathname === location.pathname) link.search = `?${parts}`;
    }
  }

  #buttons(): void {
    const press = (id: string, act: () => void): void => byId(id).addEventListener("click", act);
    press("graph-in", () => this.#view.zoom(1.35));
    press("graph-out", () => this.#view.zoom(1 / 1.35));
    press("graph-fit", () => this.#view.fit());
    press("graph-undo", () => history.back());
    press("graph-redo", () => history.forward());
    press("graph-overview", () => void this.#go(model.beginning(), "push"));
    press("graph-whole", () => void this.#go(model.everything(), "push"));
    press("graph-free", () => this.#arrange("free"));
    press("graph-layered", () => this.#arrange("layered"));
    press("graph-png", () => void this.#view.png().then((blob) => save.download(blob, "graph.png")));
    press("graph-svg", () => {
      const text = save.svg(this.#shown, this.#places, colours(byId("graph-canvas")), document.title);
      save.download(new Blob([text], { type: "image/svg+xml" }), "graph.svg");
    });
    const input = byId<HTMLInputElement>("graph-add");
    const add = (thing: string): void => {
      input.value = "";
      void this.#add(thing);
    };
    combobox(input, suggest, ({ value }) => add(value));
    byId<HTMLFormElement>("graph-add-form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (input.value.trim()) add(input.value.trim());
    });
  }

  #arrange(layout: model.Layout): void {
    this.#places.clear();
    void this.#go({ ...this.#state, layout, laid: this.#state.steps.length }, "push").then(() => {
      this.#view.arrange();
      this.#view.fit();
    });
  }

  /** Begin with a thing where nothing was chosen yet, else add it to the picture. */
  async #add(thing: string): Promise<void> {
    const fresh = this.#state.things.length === 0 && this.#state.steps.length === 0;
    const there = this.#shown.nodes.find((node) => node.iri === thing || node.id === thing);
    if (there) this.select(there.id);
    else await this.#go(fresh ? model.beginning([thing], "1", thing) : model.grown(this.#state, [thing], thing), "push");
    this.#view.reveal(this.#state.select);
    const name = best(this.#shown.nodes.find((node) => node.id === this.#state.select)?.labels, "");
    if (there && name) this.#say(t("graph_there", name));
  }
}

function depthOf(state: unknown): number {
  return (state as { depth?: number } | null)?.depth ?? 0;
}
