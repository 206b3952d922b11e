/** The look of the picture: colours from the style sheet of the page, so that both themes fit. */

import type cytoscape from "cytoscape";
import { type Family, familyOf, shapeOf } from "./kinds";
import { LINE, SIZE } from "./label";

const FAMILIES: Family[] = ["place", "firm", "site", "material", "process", "field", "policy", "person", "other"];

export interface Colours {
  ink: string;
  soft: string;
  line: string;
  card: string;
  iron: string;
  ours: string;
  link: string;
  text: string;
  family: Record<Family, string>;
}

export function colours(element: Element): Colours {
  const style = getComputedStyle(element);
  const of = (name: string): string => style.getPropertyValue(name).trim();
  return {
    ink: of("--ink"), soft: of("--soft"), line: of("--graph-line"), card: of("--card"), iron: of("--iron"),
    ours: of("--ours"), link: of("--link"), text: style.fontFamily,
    family: Object.fromEntries(FAMILIES.map((each) => [each, of(`--graph-${each}`)])) as Record<Family, string>,
  };
}

/** Call back when the colours of the page change. */
export function watch(changed: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  new MutationObserver(changed).observe(document.documentElement, { attributes: true, attributeFilter: ["class", "data-theme"] });
}

/** Return the side of a thing's mark: what has many relations is larger, but never by much. */
export function size(degree: number): number {
  return 20 + Math.min(16, 5 * Math.log2(1 + degree / 3));
}

/** Return cytoscape's style sheet; `plain` leaves out what costs most where there are many relations. */
export function sheet(look: Colours, plain: boolean): cytoscape.StylesheetJson {
  return [
    {
      selector: "node",
      style: {
        width: (node: cytoscape.NodeSingular) => size(node.data("degree") as number),
        height: (node: cytoscape.NodeSingular) => size(node.data("degree") as number),
        shape: (node: cytoscape.NodeSingular) => shapeOf(node.data("type") as string),
        "background-color": (node: cytoscape.NodeSingular) => look.family[familyOf(node.data("type") as string)],
        "border-width": 1.5, "border-color": look.card,
        label: "data(name)", color: look.ink, "font-family": look.text, "font-size": SIZE,
        "text-valign": "bottom", "text-halign": "center", "text-margin-y": 4,
        "text-wrap": "wrap", "text-max-width": "400px", "line-height": LINE / SIZE,
        "text-background-color": look.card, "text-background-opacity": plain ? 0 : 0.82,
        "text-background-padding": "1px", "text-background-shape": "roundrectangle",
        "min-zoomed-font-size": plain ? 9 : 6.5,
      },
    },
    {
      selector: "edge",
      style: {
        width: 1.2, "line-color": look.line, "target-arrow-color": look.line,
        "curve-style": plain ? "haystack" : "bezier", "haystack-radius": 0,
        "target-arrow-shape": plain ? "none" : "triangle", "arrow-scale": 0.8,
      },
    },
    { selector: "edge.inferred", style: { "line-style": "dashed", "line-color": look.ours, "target-arrow-color": look.ours } },
    { selector: ".far", style: { opacity: 0.25, "text-opacity": 0.35 } },
    {
      selector: "edge.near",
      style: {
        width: 2, "line-color": look.soft, "target-arrow-color": look.soft, "curve-style": "bezier",
        "target-arrow-shape": "triangle", label: "data(name)", color: look.soft, "font-family": look.text,
        "font-size": 10, "text-rotation": "autorotate", "text-background-color": look.card,
        "text-background-opacity": 0.9, "text-background-padding": "1px", "min-zoomed-font-size": 7,
      },
    },
    { selector: "edge.near.many", style: { label: "" } },
    { selector: "edge.near.inferred", style: { "line-color": look.ours, "target-arrow-color": look.ours } },
    { selector: "node.near", style: { "min-zoomed-font-size": 4 } },
    {
      selector: "node.here",
      style: { "border-width": 4, "border-color": look.iron, "font-weight": "bold", "min-zoomed-font-size": 0, "z-index": 10 },
    },
    { selector: "edge.here", style: { width: 4, "line-color": look.iron, "target-arrow-color": look.iron } },
    { selector: ".way", style: { opacity: 1, "text-opacity": 1 } },
    { selector: "edge.way", style: { width: 4, "line-color": look.iron, "target-arrow-color": look.iron } },
    { selector: "node:active, edge:active", style: { "overlay-opacity": 0.08 } },
  ];
}
