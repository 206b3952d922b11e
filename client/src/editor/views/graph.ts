/** An answer as things and the relations between them; a layout of its own, the same each time. */

import { t } from "../../words";
import { edgesOf, type Edge } from "../able";
import type { Answer } from "../answer";
import { cut, el, picture, svg } from "../dom";
import { best, names, schema, shorten, type Told } from "../schema";

interface Spot {
  x: number;
  y: number;
}

const MOST_NODES = 150;
const ROUNDS = 400;
const GRAVITY = 0.35;
const NAME_WIDTH = 110;
const NAME_HEIGHT = 34;

/** Lay out nodes by forces, from a circle in the order they come, so that the same answer looks the same. */
function layout(nodes: string[], edges: Edge[], width: number, height: number): Map<string, Spot> {
  const spots: Spot[] = nodes.map((_node, at) => {
    const angle = (at / nodes.length) * 2 * Math.PI;
    return { x: (width / 3) * Math.cos(angle), y: (height / 3) * Math.sin(angle) };
  });
  const index = new Map(nodes.map((node, at) => [node, at]));
  const ties = edges.map(({ from, to }) => [index.get(from)!, index.get(to)!] as const);
  const ideal = Math.sqrt((width * height) / nodes.length);
  for (let round = 0; round < ROUNDS; round++) {
    const heat = ideal * (1 - round / ROUNDS);
    const moves: Spot[] = spots.map(({ x, y }) => ({ x: (-x * GRAVITY * height) / width, y: -y * GRAVITY }));
    for (let one = 0; one < spots.length; one++) {
      for (let other = one + 1; other < spots.length; other++) {
        const dx = spots[one]!.x - spots[other]!.x || 0.01 * (one - other);
        const dy = spots[one]!.y - spots[other]!.y || 0.01;
        const far = dx * dx + dy * dy;
        if (far > ideal * ideal * 9) continue; // what is far away does not push: parts that hang together stay near
        const push = (ideal * ideal) / Math.max(far, 1);
        moves[one]!.x += dx * push;
        moves[one]!.y += dy * push;
        moves[other]!.x -= dx * push;
        moves[other]!.y -= dy * push;
      }
    }
    for (const [one, other] of ties) {
      const dx = spots[one]!.x - spots[other]!.x;
      const dy = spots[one]!.y - spots[other]!.y;
      const pull = Math.hypot(dx, dy) / ideal;
      moves[one]!.x -= dx * pull;
      moves[one]!.y -= dy * pull;
      moves[other]!.x += dx * pull;
      moves[other]!.y += dy * pull;
    }
    for (const [at, spot] of spots.entries()) {
      const { x, y } = moves[at]!;
      const length = Math.hypot(x, y) || 1;
      spot.x += (x / length) * Math.min(length, heat);
      spot.y += (y / length) * Math.min(length, heat);
    }
  }
  apart(spots);
  return fitted(nodes, spots, width, height);
}

/** Move apart what would lie so near that names cover each other. */
function apart(spots: Spot[]): void {
  for (let round = 0; round < 60; round++) {
    let moved = false;
    for (let one = 0; one < spots.length; one++) {
      for (let other = one + 1; other < spots.length; other++) {
        const [a, b] = [spots[one]!, spots[other]!];
        const [dx, dy] = [b.x - a.x, b.y - a.y];
        if (Math.abs(dx) >= NAME_WIDTH || Math.abs(dy) >= NAME_HEIGHT) continue;
        const by = ((NAME_HEIGHT - Math.abs(dy)) / 2) * (dy < 0 ? -1 : 1);
        a.y -= by;
        b.y += by;
        moved = true;
      }
    }
    if (!moved) return;
  }
}

function fitted(nodes: string[], spots: Spot[], width: number, height: number): Map<string, Spot> {
  const [xs, ys] = [spots.map(({ x }) => x), spots.map(({ y }) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [wide, high] = [Math.max(...xs) - left || 1, Math.max(...ys) - top || 1];
  return new Map(
    nodes.map((node, at) => {
      const { x, y } = spots[at]!;
      return [node, { x: 90 + ((x - left) / wide) * (width - 180), y: 30 + ((y - top) / high) * (height - 70) }];
    }),
  );
}

/** Draw relations into an element. */
export async function graphView(place: HTMLElement, answer: Answer): Promise<void> {
  const all = edgesOf(answer);
  if (all.length === 0) {
    place.replaceChildren(el("p", { class: "nothing" }, t("no_graph")));
    return;
  }
  const nodes: string[] = [];
  const edges = all.filter(({ from, to }) => {
    const missing = [from, to].filter((end) => !nodes.includes(end));
    if (nodes.length + missing.length > MOST_NODES) return false;
    nodes.push(...missing);
    return true;
  });
  const [called, known] = await Promise.all([
    names([...nodes, ...edges.map(({ by }) => by)].filter(Boolean)).catch(() => new Map<string, Told>()),
    schema().catch(() => undefined),
  ]);
  const nameOf = (iri: string): string => {
    const name = called.get(iri);
    return name ? best(name) : known ? shorten(iri, known.prefixes) : iri;
  };
  const size = Math.max(1, Math.sqrt(nodes.length / 22));
  const [width, height] = [Math.round(900 * size), Math.round(560 * size)];
  const spots = layout(nodes, edges, width, height);
  const kinds = [...new Set(edges.map(({ by }) => by).filter(Boolean))];
  const few = kinds.length > 1 && edges.length <= 60; // where all are of one kind, it is said once
  const lines = edges.flatMap(({ from, to, by }) => {
    const [a, b] = [spots.get(from)!, spots.get(to)!];
    const long = Math.hypot(b.x - a.x, b.y - a.y) || 1;
    const end = { x: b.x - ((b.x - a.x) / long) * 10, y: b.y - ((b.y - a.y) / long) * 10 };
    const name = by ? nameOf(by) : "";
    return [
      svg("line", { x1: a.x, y1: a.y, x2: end.x, y2: end.y, class: "tie", "marker-end": "url(#tip)" }, svg("title", {}, `${nameOf(from)} ${name} ${nameOf(to)}`)),
      few && name ? svg("text", { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 - 3, class: "axis middle tie-name" }, cut(name, 20)) : svg("g"),
    ];
  });
  const dots = nodes.flatMap((node) => {
    const { x, y } = spots.get(node)!;
    return [
      svg("circle", { cx: x, cy: y, r: 7, class: "spot" }, svg("title", {}, nameOf(node))),
      svg("text", { x, y: y + 20, class: "axis middle strong halo" }, cut(nameOf(node), 20)),
    ];
  });
  const tip = svg("defs", {}, svg("marker", { id: "tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" }, svg("path", { d: "M0 0L8 4L0 8z", class: "tip" })));
  const drawn = picture(width, height, t("graph"), t("graph_of", nodes.length, edges.length), tip, ...lines, ...dots);
  let zoom = 1;
  const scale = (by: number) => (): void => {
    zoom = Math.min(4, Math.max(0.4, zoom * by));
    drawn.setAttribute("width", String(width * zoom));
    drawn.setAttribute("height", String(height * zoom));
    drawn.classList.add("zoomed");
  };
  const left = all.length - edges.length;
  place.replaceChildren(
    el(
      "p",
      { class: "switches", role: "group", "aria-label": t("zoom") },
      el("button", { type: "button", "aria-label": t("zoom_in"), click: scale(1.25) }, "+"),
      el("button", { type: "button", "aria-label": t("zoom_out"), click: scale(0.8) }, "−"),
    ),
    ...(kinds.length === 1 ? [el("p", { class: "quiet" }, t("all_edges", nameOf(kinds[0]!)))] : []),
    ...(left > 0 ? [el("p", { class: "note" }, t("edges_left_out", left, MOST_NODES))] : []),
    el("div", { class: "wide", role: "region", "aria-label": t("graph"), tabindex: 0 }, drawn),
  );
}
