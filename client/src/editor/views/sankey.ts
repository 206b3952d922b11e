/** An answer as flows: columns source, target and value, or the first three that can be taken for them. */

import { sankey, sankeyLinkHorizontal } from "d3-sankey";
import { lang, t } from "../../words";
import { flowing } from "../able";
import { numberIn, type Answer, type Cell } from "../answer";
import { cut, el, picture, svg } from "../dom";
import { best, names, type Told } from "../schema";

interface Flow {
  source: string;
  target: string;
  value: number;
}

/** Leave out flows that would lead back to where they came from: a Sankey goes one way. */
function acyclic(flows: Flow[]): Flow[] {
  const onward = new Map<string, Set<string>>();
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean => {
    if (from === to) return true;
    seen.add(from);
    return [...(onward.get(from) ?? [])].some((next) => !seen.has(next) && reaches(next, to, seen));
  };
  return [...flows]
    .sort((one, other) => other.value - one.value)
    .filter(({ source, target }) => {
      if (reaches(target, source)) return false;
      onward.set(source, (onward.get(source) ?? new Set()).add(target));
      return true;
    });
}

/** Draw flows into an element. */
export async function sankeyView(place: HTMLElement, answer: Answer): Promise<void> {
  const columns = flowing(answer);
  if (!columns) {
    place.replaceChildren(el("p", { class: "nothing" }, t("no_sankey")));
    return;
  }
  const [from, to, amount] = columns;
  const key = (cell: Cell | undefined): string => cell?.value ?? "";
  const given = answer.rows.slice(0, 300).flatMap((row): Flow[] => {
    const value = numberIn(row[amount]);
    return row[from] && row[to] && value !== undefined && value > 0 ? [{ source: key(row[from]), target: key(row[to]), value }] : [];
  });
  const flows = acyclic(given);
  if (flows.length === 0) {
    place.replaceChildren(el("p", { class: "nothing" }, t("no_sankey")));
    return;
  }
  const ends = [...new Set(flows.flatMap(({ source, target }) => [source, target]))];
  const called = await names(ends.filter((end) => /^https?:/.test(end))).catch(() => new Map<string, Told>());
  const nameOf = (end: string): string => {
    const name = called.get(end);
    return name ? best(name) : end;
  };
  const [width, height] = [940, Math.min(1200, Math.max(280, ends.length * 34))];
  const made = sankey<{ id: string }, { value: number }>()
    .nodeId(({ id }) => id)
    .nodeWidth(14)
    .nodePadding(16)
    .extent([[10, 10], [width - 10, height - 10]])({ nodes: ends.map((id) => ({ id })), links: flows.map((flow) => ({ ...flow })) });
  const format = new Intl.NumberFormat(lang === "zh" ? "zh-CN" : "en", { maximumFractionDigits: 3 });
  const layers = Math.max(1, ...made.nodes.map((node) => node.depth ?? 0));
  const letters = Math.max(8, Math.floor((width / layers - 30) / 6.6));
  const idOf = (end: unknown): string => (typeof end === "object" && end !== null && "id" in end ? String(end.id) : String(end));
  const ribbons = made.links.map((link) =>
    svg(
      "path",
      { d: sankeyLinkHorizontal()(link), class: "ribbon", "stroke-width": Math.max(1, link.width ?? 1) },
      svg("title", {}, `${nameOf(idOf(link.source))} → ${nameOf(idOf(link.target))}: ${format.format(link.value)}`),
    ),
  );
  const boxes = made.nodes.flatMap((node) => {
    const [x0, x1, y0, y1] = [node.x0 ?? 0, node.x1 ?? 0, node.y0 ?? 0, node.y1 ?? 0];
    const late = x0 > width / 2;
    const label = nameOf(node.id);
    return [
      svg("rect", { x: x0, y: y0, width: x1 - x0, height: Math.max(2, y1 - y0), class: "box" }, svg("title", {}, `${label}: ${format.format(node.value ?? 0)}`)),
      svg("text", { x: late ? x0 - 6 : x1 + 6, y: (y0 + y1) / 2, dy: "0.35em", class: late ? "axis end strong" : "axis strong" }, cut(label, late && (node.sourceLinks?.length ?? 0) === 0 ? 34 : letters)),
    ];
  });
  const left = given.length - flows.length;
  place.replaceChildren(
    ...(left > 0 ? [el("p", { class: "note" }, t("cycles_left_out", left))] : []),
    el("div", { class: "wide", role: "region", "aria-label": t("sankey"), tabindex: 0 }, picture(width, height, t("sankey"), t("sankey_of", flows.length, ends.length), ...ribbons, ...boxes)),
  );
}
