/** The view as files: PNG and SVG from where things stand; other formats come from the server. */

import { root } from "../words";
import { best } from "./dom";
import { familyOf, outline, shapeOf } from "./kinds";
import { LINE, lines as broken, SIZE } from "./label";
import type { Visible } from "./model";
import type { Places, Point } from "./place";
import { type Colours, size } from "./theme";

/** Let the user keep a file. */
export function download(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Point the links to files that the server writes at the view. */
export function point(links: Iterable<HTMLAnchorElement>, address: string): void {
  for (const link of links) {
    const form = link.dataset["form"] ?? "";
    link.href = form === "csv" || form === "ttl" ? `${root}/graph.${form}?${address}` : `${root}/graph/export.${form}?${address}`;
  }
}

const PAD = 70;

/** Return the view as a file of SVG that needs nothing else. */
export function svg(shown: Visible, places: Places, look: Colours, title: string): string {
  const at = (id: string): Point => places.get(id) ?? { x: 0, y: 0 };
  const points = shown.nodes.map((node) => at(node.id));
  const [left, top] = [Math.min(...points.map(({ x }) => x), 0) - PAD, Math.min(...points.map(({ y }) => y), 0) - PAD];
  const width = Math.max(...points.map(({ x }) => x), 0) + PAD - left;
  const height = Math.max(...points.map(({ y }) => y), 0) + PAD - top;
  const degrees = new Map(shown.nodes.map((node) => [node.id, node.degree]));
  const lines = shown.edges.map((edge) => {
    const [one, two] = [at(edge.source), at(edge.target)];
    const length = Math.hypot(two.x - one.x, two.y - one.y) || 1;
    const back = (size(degrees.get(edge.target) ?? 0) / 2 + 3) / length;
    const dash = edge.kind === "stated" ? "" : ' stroke-dasharray="5 3"';
    return `<line x1="${fixed(one.x)}" y1="${fixed(one.y)}" x2="${fixed(two.x - back * (two.x - one.x))}" y2="${fixed(two.y - back * (two.y - one.y))}" marker-end="url(#tip)"${dash}/>`;
  });
  const things = shown.nodes.map((node) => {
    const { x, y } = at(node.id);
    const radius = size(node.degree) / 2;
    const rows = broken(best(node.labels, node.id)).map(
      (row, number) => `<tspan x="${fixed(x)}" y="${fixed(y + radius + 13 + number * LINE)}">${escaped(row)}</tspan>`,
    );
    return `<path d="${outline(shapeOf(node.type), x, y, radius)}" fill="${look.family[familyOf(node.type)]}"/><text>${rows.join("")}</text>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="${fixed(left)} ${fixed(top)} ${fixed(width)} ${fixed(height)}" width="${fixed(width)}" height="${fixed(height)}" font-family="sans-serif" font-size="${SIZE}">
<title>${escaped(title)}</title>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8Z" fill="${look.line}"/></marker></defs>
<rect x="${fixed(left)}" y="${fixed(top)}" width="100%" height="100%" fill="${look.card}"/>
<g stroke="${look.line}" stroke-width="1.2">${lines.join("\n")}</g>
<g fill="${look.ink}" text-anchor="middle" stroke="${look.card}" stroke-width="2.5" paint-order="stroke" stroke-linejoin="round">${things.join("\n")}</g>
</svg>
`;
}

const fixed = (value: number): string => String(Math.round(value * 10) / 10);

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (mark) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[mark] ?? mark);
}
