/** Places for the things of a picture: a layout for its beginning, free places for what came later. */

import cytoscape from "cytoscape";
import dagre from "cytoscape-dagre";
import fcose from "cytoscape-fcose";
import { force } from "./force";
import type { Layout, Relation, Thing } from "./model";
import { type Places, rough, settle, spread } from "./place";

cytoscape.use(fcose);
cytoscape.use(dagre);

/** Things above which fcose would let the reader wait. */
const MANY = 250;

/**
 * Give places to all things that have none.
 *
 * @param places What has a place already, and keeps it.
 * @param laid   Steps that the layout covers; what later ones brought is put beside it, step by step.
 */
export function arrange(things: Thing[], edges: Relation[], places: Places, layout: Layout, laid: number): void {
  const fresh = things.filter((thing) => !places.has(thing.id));
  if (fresh.length === 0) return;
  const first = fresh.filter((thing) => thing.step <= laid);
  if (first.length > 0 && places.size === 0) {
    const ids = new Set(first.map((thing) => thing.id));
    const within = edges.filter((edge) => ids.has(edge.source) && ids.has(edge.target));
    for (const [id, place] of whole(first, within, layout)) places.set(id, place);
  }
  settle(fresh, edges, places);
}

/** Lay out things and relations as a whole. */
function whole(things: Thing[], edges: Relation[], layout: Layout): Places {
  const start = rough(things, edges);
  if (things.length > MANY && layout === "free") {
    force(start, edges);
    spread(start);
    return start;
  }
  const bench = cytoscape({
    headless: true,
    styleEnabled: true,
    style: [{ selector: "node", style: { width: 60, height: 40 } }],
    elements: [
      ...things.map(({ id }) => ({ data: { id }, position: { ...(start.get(id) ?? { x: 0, y: 0 }) } })),
      ...edges.map(({ id, source, target }) => ({ data: { id: `edge ${id}`, source, target } })),
    ],
  });
  bench.layout(layout === "layered" ? layered() : free()).run();
  const places: Places = new Map(bench.nodes().map((node) => [node.id(), { ...node.position() }]));
  bench.destroy();
  if (layout === "free") spread(places);
  return places;
}

function free(): cytoscape.LayoutOptions {
  return {
    name: "fcose",
    animate: false,
    fit: false,
    // from the rough places and not from chance: the same picture has the same layout
    randomize: false,
    quality: "default",
    nodeSeparation: 90,
    idealEdgeLength: () => 120,
    nodeRepulsion: () => 22000,
    edgeElasticity: () => 0.35,
    gravity: 0.3,
    gravityRange: 3,
    numIter: 2500,
    tile: true,
    tilingPaddingVertical: 50,
    tilingPaddingHorizontal: 70,
    packComponents: false,
  } as unknown as cytoscape.LayoutOptions;
}

function layered(): cytoscape.LayoutOptions {
  return { name: "dagre", animate: false, fit: false, rankDir: "LR", nodeSep: 34, rankSep: 110, edgeSep: 8 } as unknown as cytoscape.LayoutOptions;
}
