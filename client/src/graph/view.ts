/** The drawing of a picture: what is shown, where, and what is looked at. */

import cytoscape from "cytoscape";
import { best } from "./dom";
import { lines } from "./label";
import { type Labels, type Relation, type Thing, type Visible } from "./model";
import type { Places } from "./place";
import { colours, sheet, watch } from "./theme";

/** Relations above which the drawing leaves out what costs most: bends, arrows, boxes behind names. */
const MANY = 400;

/** The name that cytoscape gives to a style element of its own, which the page's policy forbids. */
const STYLE = "__________cytoscape_stylesheet";

/** What the user did to the picture. */
export interface Acts {
  select(thing: string): void;
  look(edge: Relation | undefined): void;
  expand(thing: string): void;
  moved(thing: string): void;
}

/** Of so many lines at most, those of what is chosen bear their names. */
const MOST_NAMED = 12;

export class View {
  readonly #cy: cytoscape.Core;
  readonly #places: Places;
  #plain = false;
  #relations = new Map<string, Relation>();
  #way = new Set<string>();

  constructor(
    private readonly container: HTMLElement,
    places: Places,
    acts: Acts,
  ) {
    this.#places = places;
    if (!document.getElementById(STYLE)) {
      const mark = document.createElement("meta");
      mark.id = STYLE; // it is there, so none is made; what it would say is in our style sheet
      document.head.append(mark);
    }
    this.#cy = cytoscape({
      container,
      style: sheet(colours(container), false),
      minZoom: 0.04,
      maxZoom: 4,
      boxSelectionEnabled: false,
      selectionType: "single",
      autounselectify: true,
      hideEdgesOnViewport: false,
      textureOnViewport: false,
      pixelRatio: "auto",
    });
    this.#listen(acts);
    watch(() => this.#restyle());
  }

  /** Show things and relations; what has been there stays where it is. */
  show(shown: Visible, words: Record<string, Labels>): void {
    const cy = this.#cy;
    this.#relations = new Map(shown.edges.map((edge) => [edge.id, edge]));
    const wanted = new Set([...shown.nodes, ...shown.edges].map((each) => each.id));
    cy.batch(() => {
      cy.elements().filter((element) => !wanted.has(element.id())).remove();
      const fresh = shown.nodes.filter((node) => cy.getElementById(node.id).empty());
      cy.add(fresh.map((node) => this.#node(node)));
      const lines = shown.edges.filter((edge) => cy.getElementById(edge.id).empty());
      cy.add(lines.map((edge) => line(edge, words)));
    });
    const plain = shown.edges.length > MANY;
    if (plain !== this.#plain) {
      this.#plain = plain;
      this.#restyle();
    }
  }

  /** Move things to their places, all at once. */
  arrange(): void {
    this.#cy.batch(() => {
      this.#cy.nodes().forEach((node) => {
        const place = this.#places.get(node.id());
        if (place) node.position({ ...place });
      });
    });
  }

  /** Mark a thing and what is beside it; nothing moves. */
  select(id: string): void {
    const cy = this.#cy;
    const here: cytoscape.CollectionArgument = id ? cy.getElementById(id) : cy.collection();
    cy.batch(() => {
      cy.elements().removeClass("here near far way many");
      if (this.#way.size > 0) {
        const way = cy.elements().filter((element) => this.#way.has(element.id()));
        cy.elements().not(way).addClass("far");
        way.addClass("way");
        way.edges().addClass("near");
      } else if (here.nonempty()) {
        const near = here.edges().connectedNodes().union(here).union(here.nodes().closedNeighborhood());
        cy.elements().not(near).addClass("far");
        near.addClass("near");
        // The names of many lines that meet in one thing lie on each other; the list beside says them.
        if (here.nodes().connectedEdges().length > MOST_NAMED) near.edges().addClass("many");
      }
      here.addClass("here");
    });
  }

  /** Mark a way, by the ids of its things and relations, until it is told to mark another or none. */
  mark(way: Iterable<string>): void {
    this.#way = new Set(way);
  }

  /** Bring a thing into sight, if it is not. */
  reveal(id: string): void {
    const node = this.#cy.getElementById(id);
    if (node.empty()) return;
    const { x1, x2, y1, y2 } = this.#cy.extent();
    const { x, y } = node.position();
    if (x > x1 && x < x2 && y > y1 && y < y2) return;
    this.#cy.center(node);
  }

  fit(ids?: Iterable<string>): void {
    const wanted = ids && new Set(ids);
    const part = wanted ? this.#cy.nodes().filter((node) => wanted.has(node.id())) : this.#cy.elements();
    this.#cy.fit(part, 36);
    if (this.#cy.zoom() > 1.3) this.#cy.zoom({ level: 1.3, position: middle(part) });
    if (this.#cy.zoom() >= 1.3) this.#cy.center(part);
  }

  zoom(by: number): void {
    const { width, height } = this.container.getBoundingClientRect();
    this.#cy.zoom({ level: this.#cy.zoom() * by, renderedPosition: { x: width / 2, y: height / 2 } });
  }

  png(): Promise<Blob> {
    const size = this.#cy.elements().boundingBox();
    // browsers draw nothing on a canvas that is too large
    const scale = Math.min(2, 12000 / Math.max(size.w, size.h, 1));
    return this.#cy.png({ full: true, scale, bg: colours(this.container).card, output: "blob-promise" });
  }

  /** The drawing's own object, for tests and measuring. */
  get core(): cytoscape.Core {
    return this.#cy;
  }

  #node(thing: Thing): cytoscape.ElementDefinition {
    const { id, type, degree, labels } = thing;
    return { group: "nodes", data: { id, type, degree, name: lines(best(labels, id)).join("\n") }, position: { ...(this.#places.get(id) ?? { x: 0, y: 0 }) } };
  }

  #restyle(): void {
    this.#cy.style(sheet(colours(this.container), this.#plain));
  }

  #listen(acts: Acts): void {
    const cy = this.#cy;
    cy.on("tap", (event) => {
      if (event.target === cy) {
        acts.look(undefined);
        acts.select("");
      }
    });
    cy.on("tap", "node", (event) => acts.select((event.target as cytoscape.NodeSingular).id()));
    cy.on("tap", "edge", (event) => acts.look(this.#relations.get((event.target as cytoscape.EdgeSingular).id())));
    cy.on("dbltap", "node", (event) => acts.expand((event.target as cytoscape.NodeSingular).id()));
    cy.on("dragfree", "node", (event) => {
      const node = event.target as cytoscape.NodeSingular;
      this.#places.set(node.id(), { ...node.position() });
      acts.moved(node.id());
    });
    cy.on("mouseover", "node", () => (this.container.style.cursor = "pointer"));
    cy.on("mouseout", "node", () => (this.container.style.cursor = ""));
  }
}

function line(edge: Relation, words: Record<string, Labels>): cytoscape.ElementDefinition {
  const name = best(words[edge.relation], edge.relation);
  return {
    group: "edges",
    data: { id: edge.id, source: edge.source, target: edge.target, name },
    classes: edge.kind === "stated" ? "" : "inferred",
  };
}

function middle(part: cytoscape.CollectionArgument): cytoscape.Position {
  const { x1, y1, w, h } = (part as cytoscape.Collection).boundingBox();
  return { x: x1 + w / 2, y: y1 + h / 2 };
}
