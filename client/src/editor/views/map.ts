/** An answer as points and outlines on a graticule: columns of latitude and longitude, or of WKT; no tiles. */

import { geoGraticule, geoMercator, geoPath } from "d3-geo";
import { t } from "../../words";
import { mappable, wkt, type Position, type Shape } from "../able";
import { numberIn, type Answer, type Cell } from "../answer";
import { cut, el, picture, svg } from "../dom";
import { best, names, type Told } from "../schema";

interface Placed {
  shape: Shape;
  name: Cell | undefined;
}

const MOST = 1000;

/** Draw where things are into an element. */
export async function mapView(place: HTMLElement, answer: Answer): Promise<void> {
  const columns = mappable(answer);
  const found: Placed[] = columns
    ? answer.rows.slice(0, MOST).flatMap((row): Placed[] => {
        const name = row[columns.name];
        const text = row[columns.wkt]?.value;
        const shape = text === undefined ? undefined : wkt(text);
        if (shape) return [{ shape, name }];
        const [lat, long] = [numberIn(row[columns.lat]), numberIn(row[columns.long])];
        return lat !== undefined && long !== undefined ? [{ shape: { type: "Point", coordinates: [long, lat] }, name }] : [];
      })
    : [];
  if (found.length === 0) {
    place.replaceChildren(el("p", { class: "nothing" }, t("no_map")));
    return;
  }
  const called = await names(found.flatMap(({ name }) => (name?.type === "uri" ? [name.value] : []))).catch(() => new Map<string, Told>());
  const nameOf = (cell: Cell | undefined): string => {
    const name = cell ? called.get(cell.value) : undefined;
    return name ? best(name) : (cell?.value ?? "");
  };
  const [width, height] = [900, 620];
  const all: GeoJSON.GeometryCollection = { type: "GeometryCollection", geometries: found.map(({ shape }) => shape) };
  const projection = geoMercator().fitExtent([[70, 40], [width - 150, height - 50]], all);
  if (projection.scale() > 60_000) projection.scale(60_000).center([0, 0]).translate([0, 0]);
  const lone = found.length === 1 && found[0]!.shape.type === "Point";
  if (lone || projection.scale() === 60_000) {
    const [x, y] = projection(found[0]!.shape.type === "Point" ? (found[0]!.shape.coordinates as Position) : [123, 41]) ?? [0, 0];
    projection.translate([width / 2 - x, height / 2 - y]);
  }
  const path = geoPath(projection);
  const corner = [projection.invert?.([0, height]) ?? [0, 0], projection.invert?.([width, 0]) ?? [1, 1]];
  const wide = Math.abs(corner[1]![0]! - corner[0]![0]!);
  const step = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30].find((each) => wide / each < 9) ?? 30;
  const lines = geoGraticule().stepMinor([step, step]).stepMajor([360, 360]).extent([[corner[0]![0]!, corner[0]![1]!], [corner[1]![0]!, corner[1]![1]!]]);
  const degrees = lines().coordinates.length
    ? lines.lines().map((each) => {
        const [start, next] = [each.coordinates[0]!, each.coordinates[each.coordinates.length - 1]!];
        const meridian = start[0] === next[0];
        const at = projection(meridian ? [start[0]!, corner[0]![1]!] : [corner[0]![0]!, start[1]!]) ?? [0, 0];
        const text = `${Math.abs(Number((meridian ? start[0]! : start[1]!).toFixed(2)))}°${meridian ? (start[0]! < 0 ? "W" : "E") : start[1]! < 0 ? "S" : "N"}`;
        return svg("text", { x: meridian ? at[0] : 6, y: meridian ? height - 8 : at[1] - 4, class: meridian ? "axis middle" : "axis" }, text);
      })
    : [];
  const taken: [number, number, number][] = [];
  const marks = found.flatMap(({ shape, name }) => {
    const label = nameOf(name);
    if (shape.type !== "Point") return [svg("path", { d: path(shape), class: "outline" }, svg("title", {}, label))];
    const [x, y] = projection(shape.coordinates as Position) ?? [0, 0];
    const text = cut(label, 26);
    const length = [...text].reduce((sum, letter) => sum + (letter.charCodeAt(0) > 0x2e7f ? 13 : 7), 0);
    // A name that would lie on another is left to the table and to the pointer.
    const free = !taken.some(([left, top, long]) => Math.abs(top - y) < 14 && left < x + 8 + length && x + 8 < left + long);
    if (free) taken.push([x + 8, y, length]);
    return [
      svg("circle", { cx: x, cy: y, r: 5, class: "spot" }, svg("title", {}, label)),
      free ? svg("text", { x: x + 9, y, dy: "0.35em", class: "axis strong" }, text) : svg("g"),
    ];
  });
  place.replaceChildren(
    el("div", { class: "wide", role: "region", "aria-label": t("map"), tabindex: 0 }, picture(width, height, t("map"), t("map_of", found.length), svg("path", { d: path(lines()), class: "grid" }), ...degrees, ...marks)),
  );
}
