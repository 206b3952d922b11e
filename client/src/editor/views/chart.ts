/** An answer as bars or a line: the first column that names, and the numbers beside it. */

import { scaleBand, scaleLinear, scalePoint } from "d3-scale";
import { line } from "d3-shape";
import { lang, t } from "../../words";
import { chartable } from "../able";
import { numberIn, type Answer, type Cell } from "../answer";
import { cut, el, picture, svg } from "../dom";
import { best, names, type Told } from "../schema";

const MOST = 60;

/** Draw a chart into an element; `shape` is what the query asks for, which the reader can change. */
export async function chartView(place: HTMLElement, answer: Answer, shape: "bar" | "line"): Promise<void> {
  const columns = chartable(answer);
  if (!columns) {
    place.replaceChildren(el("p", { class: "nothing" }, t("no_chart")));
    return;
  }
  const rows = answer.rows.slice(0, MOST);
  const iris = rows.flatMap((row) => (row[columns.name]?.type === "uri" ? [row[columns.name]!.value] : []));
  const called = await names(iris).catch(() => new Map<string, Told>());
  const nameOf = (cell: Cell | undefined): string => {
    const name = cell ? called.get(cell.value) : undefined;
    return name ? best(name) : (cell?.value.replace(/^https?:.*[/#]/, "") ?? "");
  };
  const draw = (now: "bar" | "line"): void => {
    const switches = (["bar", "line"] as const).map((each) =>
      el("button", { type: "button", "aria-pressed": String(each === now), click: () => draw(each) }, t(`chart_${each}`)),
    );
    const labels = rows.map((row) => nameOf(row[columns.name]));
    const series = columns.values.map((at) => ({ name: answer.columns[at] ?? "", values: rows.map((row) => numberIn(row[at])) }));
    const drawn = now === "bar" ? bars(labels, series) : lines(labels, series);
    const about = answer.rows.length > MOST ? el("p", { class: "note" }, t("first_only", MOST, answer.rows.length)) : null;
    place.replaceChildren(
      el("p", { class: "switches", role: "group", "aria-label": t("chart") }, ...switches),
      ...(about ? [about] : []),
      el("div", { class: "wide", role: "region", "aria-label": t("chart"), tabindex: 0 }, drawn),
      legend(series.map(({ name }) => name)),
    );
  };
  draw(shape);
}

interface Series {
  name: string;
  values: (number | undefined)[];
}

const format = new Intl.NumberFormat(lang === "zh" ? "zh-CN" : "en", { notation: "compact", maximumFractionDigits: 2 });
const exact = new Intl.NumberFormat(lang === "zh" ? "zh-CN" : "en", { maximumFractionDigits: 6 });

function span(series: Series[]): [number, number] {
  const all = series.flatMap(({ values }) => values.filter((value) => value !== undefined));
  return [Math.min(0, ...all), Math.max(0, ...all)];
}

/** Bars lie, so that names of any length can be read. */
function bars(labels: string[], series: Series[]): SVGSVGElement {
  const [width, left, right] = [860, 230, 90];
  const step = Math.max(22, 16 * series.length + 8);
  const height = labels.length * step + 34;
  const x = scaleLinear().domain(span(series)).nice().range([left, width - right]);
  const y = scaleBand<number>().domain(labels.keys()).range([8, height - 26]).padding(0.22);
  const thick = y.bandwidth() / series.length;
  const marks = labels.flatMap((label, at) => [
    svg("text", { x: left - 8, y: (y(at) ?? 0) + y.bandwidth() / 2, class: "axis end", dy: "0.35em" }, cut(label, 32), svg("title", {}, label)),
    ...series.flatMap(({ name, values }, which) => {
      const value = values[at];
      if (value === undefined) return [];
      const from = Math.min(x(0), x(value));
      const top = (y(at) ?? 0) + which * thick;
      return [
        svg("rect", { x: from, y: top, width: Math.max(1, Math.abs(x(value) - x(0))), height: Math.max(2, thick - 1), class: `series s${which}` }, svg("title", {}, `${label}, ${name}: ${exact.format(value)}`)),
        svg("text", { x: Math.max(x(0), x(value)) + 5, y: top + thick / 2, dy: "0.35em", class: "axis" }, format.format(value)),
      ];
    }),
  ]);
  const grid = x.ticks(6).flatMap((tick) => [
    svg("line", { x1: x(tick), x2: x(tick), y1: 4, y2: height - 26, class: "grid" }),
    svg("text", { x: x(tick), y: height - 10, class: "axis middle" }, format.format(tick)),
  ]);
  return picture(width, height, t("chart"), describe(labels, series), ...grid, ...marks);
}

function lines(labels: string[], series: Series[]): SVGSVGElement {
  const [width, height, left, bottom] = [860, 380, 70, 60];
  const x = scalePoint<number>().domain(labels.keys()).range([left, width - 24]).padding(0.4);
  const y = scaleLinear().domain(span(series)).nice().range([height - bottom, 14]);
  const every = Math.ceil(labels.length / 14);
  const grid = y.ticks(6).flatMap((tick) => [
    svg("line", { x1: left, x2: width - 24, y1: y(tick), y2: y(tick), class: "grid" }),
    svg("text", { x: left - 8, y: y(tick), dy: "0.35em", class: "axis end" }, format.format(tick)),
  ]);
  const ticks = labels.flatMap((label, at) => (at % every ? [] : [svg("text", { x: x(at) ?? 0, y: height - bottom + 20, class: "axis middle" }, cut(label, 12))]));
  const drawn = series.flatMap(({ name, values }, which) => {
    const points = values.flatMap((value, at) => (value === undefined ? [] : [{ at, value }]));
    const path = line<{ at: number; value: number }>().x(({ at }) => x(at) ?? 0).y(({ value }) => y(value))(points);
    return [
      svg("path", { d: path, class: `line s${which}` }),
      ...points.map(({ at, value }) => svg("circle", { cx: x(at) ?? 0, cy: y(value), r: 4, class: `series s${which}` }, svg("title", {}, `${labels[at]}, ${name}: ${exact.format(value)}`))),
    ];
  });
  return picture(width, height, t("chart"), describe(labels, series), ...grid, ...ticks, ...drawn);
}

function describe(labels: string[], series: Series[]): string {
  return t("chart_of", labels.length, series.map(({ name }) => name).join(", "));
}

function legend(named: string[]): HTMLElement {
  return el("ul", { class: "legend" }, ...named.map((name, at) => el("li", { class: `s${at}` }, name)));
}
