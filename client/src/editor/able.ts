/** Which ways of looking at an answer there are: what its columns can be taken for. */

import { numberIn, type Answer, type Cell } from "./answer";

const MOST_SERIES = 4;

/** Return the columns that hold numbers, and the one that names the rows; undefined where there is no number. */
export function chartable(answer: Answer): { name: number; values: number[] } | undefined {
  if (answer.kind !== "table" || answer.rows.length === 0) return undefined;
  const numeric = answer.columns.map((_name, at) => {
    const filled = answer.rows.map((row) => row[at]).filter((cell) => cell !== undefined);
    return filled.length > 0 && filled.every((cell) => numberIn(cell) !== undefined);
  });
  const isYear = (at: number): boolean => answer.rows.some((row) => row[at]?.datatype?.endsWith("#gYear")) || /^(year|年)/i.test(answer.columns[at] ?? "");
  const years = numeric.findIndex((is, at) => is && isYear(at));
  const named = numeric.findIndex((is, at) => !is && /name|label/i.test(answer.columns[at] ?? ""));
  const first = numeric.findIndex((is) => !is);
  const name = years >= 0 ? years : named >= 0 ? named : first;
  const values = numeric.flatMap((is, at) => (is && at !== name && !isYear(at) ? [at] : [])).slice(0, MOST_SERIES);
  return name >= 0 && values.length > 0 ? { name, values } : undefined;
}

/** Return which columns are source, target and value; undefined where there are none. */
export function flowing(answer: Answer): [number, number, number] | undefined {
  if (answer.kind !== "table" || answer.rows.length === 0) return undefined;
  const by = (name: RegExp): number => answer.columns.findIndex((column) => name.test(column));
  const told: [number, number, number] = [by(/^(source|from)$/i), by(/^(target|to)$/i), by(/^(value|amount|weight)$/i)];
  return told.every((at) => at >= 0) ? told : undefined;
}

export type Position = [number, number];
export type Shape = GeoJSON.Point | GeoJSON.LineString | GeoJSON.Polygon | GeoJSON.MultiPolygon;

/** Return the shape that a WKT literal describes; undefined for kinds that are not drawn. */
export function wkt(text: string): Shape | undefined {
  const found = /^\s*(?:<[^>]*>\s*)?(POINT|LINESTRING|POLYGON|MULTIPOLYGON)\s*Z?\s*(\(.*\))\s*$/is.exec(text);
  if (!found) return undefined;
  const json = found[2]!
    .replace(/(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s+(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?:\s+-?[\d.]+)?/gi, "[$1,$2]")
    .replaceAll("(", "[")
    .replaceAll(")", "]");
  try {
    const coordinates = JSON.parse(json) as unknown;
    const kind = found[1]!.toUpperCase();
    if (kind === "POINT") return { type: "Point", coordinates: (coordinates as Position[])[0]! };
    if (kind === "LINESTRING") return { type: "LineString", coordinates: coordinates as Position[] };
    if (kind === "POLYGON") return { type: "Polygon", coordinates: coordinates as Position[][] };
    return { type: "MultiPolygon", coordinates: coordinates as Position[][][] };
  } catch {
    return undefined;
  }
}

interface Columns {
  wkt: number;
  lat: number;
  long: number;
  name: number;
}

/** Return the columns that say where things are; undefined where there are none. */
export function mappable(answer: Answer): Columns | undefined {
  if (answer.kind !== "table" || answer.rows.length === 0) return undefined;
  const by = (name: RegExp): number => answer.columns.findIndex((column) => name.test(column));
  const shaped = answer.columns.findIndex((_name, at) => answer.rows.some((row) => row[at]?.type === "literal" && wkt(row[at].value) !== undefined));
  const [lat, long] = [by(/^lat(itude)?$/i), by(/^(long?|lng|longitude)$/i)];
  const named = by(/name|label/i);
  const first = answer.columns.findIndex((_name, at) => at !== shaped && at !== lat && at !== long);
  if (shaped < 0 && (lat < 0 || long < 0)) return undefined;
  return { wkt: shaped, lat, long, name: named >= 0 ? named : first };
}

export interface Edge {
  from: string;
  to: string;
  by: string;
}

/** Return the relations an answer holds: triples, or the first two columns of things. */
export function edgesOf(answer: Answer): Edge[] {
  const found = new Map<string, Edge>();
  const add = (from: Cell | undefined, to: Cell | undefined, by: string): void => {
    if (from?.type !== "uri" || to?.type !== "uri" || from.value === to.value) return;
    found.set(`${from.value} ${by} ${to.value}`, { from: from.value, to: to.value, by });
  };
  if (answer.kind === "graph") {
    for (const [subject, predicate, object] of answer.rows) add(subject, object, predicate?.value ?? "");
    return [...found.values()];
  }
  const things = answer.columns.map((_name, at) => answer.rows.some((row) => row[at]?.type === "uri"));
  const columns = things.flatMap((is, at) => (is ? [at] : []));
  const by = (name: RegExp): number => answer.columns.findIndex((column, at) => things[at] && name.test(column));
  const [source, target, relation] = [by(/^(s|subject|source|from)$/i), by(/^(o|object|target|to)$/i), by(/^(p|predicate|property|relation)$/i)];
  const from = source >= 0 ? source : columns[0];
  const to = target >= 0 ? target : columns.find((at) => at !== from && at !== relation);
  if (from === undefined || to === undefined) return [];
  for (const row of answer.rows) add(row[from], row[to], relation >= 0 ? (row[relation]?.value ?? "") : "");
  return [...found.values()];
}
