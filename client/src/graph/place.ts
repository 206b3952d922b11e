/**
 * Where things go: a rough beginning for the layout, and free places round a thing for what it brings.
 *
 * Pure and without chance, so that an address that is opened again shows the same picture. What has a
 * place keeps it.
 */

import type { Relation, Thing } from "./model";

export interface Point {
  x: number;
  y: number;
}

export type Places = Map<string, Point>;

/** The room a thing takes with its name below it. */
const WIDE = 118;
const HIGH = 72;

/** The angle between one leaf and the next by which sunflowers leave no gap. */
const GOLDEN = Math.PI * (3 - Math.sqrt(5));

/** Return rough places for a layout to start from: what hangs together, together. */
export function rough(things: Thing[], edges: Relation[]): Places {
  const beside = neighbours(edges);
  const places: Places = new Map();
  const ids = new Set(things.map((thing) => thing.id));
  const order = [...things].sort((one, other) => (beside.get(other.id)?.length ?? 0) - (beside.get(one.id)?.length ?? 0) || (one.id < other.id ? -1 : 1));
  for (const first of order) {
    if (places.has(first.id)) continue;
    const waiting = [first.id];
    const seen = new Set(waiting);
    while (waiting.length > 0) {
      const here = waiting.shift() as string;
      const turn = places.size * GOLDEN;
      const far = 46 * Math.sqrt(places.size);
      places.set(here, { x: far * Math.cos(turn), y: far * Math.sin(turn) });
      for (const other of beside.get(here) ?? []) {
        if (seen.has(other) || places.has(other) || !ids.has(other)) continue;
        seen.add(other);
        waiting.push(other);
      }
    }
  }
  return places;
}

/** How much room things have on average, against what they need. */
const ROOM = 1.5;
/** Pictures are wider than high, as screens are. */
const STRETCH = 1.35;
const ROUNDS = 80;

/** Bring a layout to the density at which names can be read, and move apart what still overlaps. */
export function spread(places: Places): void {
  const points = [...places.values()];
  const across = span(points.map(({ x }) => x));
  const down = span(points.map(({ y }) => y));
  const area = points.length * WIDE * HIGH * ROOM;
  const high = Math.sqrt(area / STRETCH);
  const [sx, sy] = [Math.min((high * STRETCH) / across, 1.6), Math.min(high / down, 1.6)];
  for (const point of points) {
    point.x *= sx;
    point.y *= sy;
  }
  for (let round = 0; round < ROUNDS && apart(points); round += 1);
}

function span(values: number[]): number {
  return Math.max(values.reduce((one, other) => Math.max(one, other), -Infinity) - values.reduce((one, other) => Math.min(one, other), Infinity), 1);
}

/** Move apart each two points that are too near, the shorter way; tell whether there were any. */
function apart(points: Point[]): boolean {
  const order = [...points].sort((one, other) => one.x - other.x || one.y - other.y);
  let found = false;
  for (let at = 0; at < order.length; at += 1) {
    const one = order[at] as Point;
    for (let next = at + 1; next < order.length; next += 1) {
      const other = order[next] as Point;
      if (other.x - one.x >= 2 * WIDE) break;
      const dx = WIDE - Math.abs(other.x - one.x);
      const dy = HIGH - Math.abs(other.y - one.y);
      if (dx <= 0.5 || dy <= 0.5) continue;
      found = true;
      if (dx / WIDE < dy / HIGH) {
        const by = (other.x >= one.x ? dx : -dx) / 2;
        one.x -= by;
        other.x += by;
      } else {
        const by = (other.y >= one.y ? dy : -dy) / 2;
        one.y -= by;
        other.y += by;
      }
    }
  }
  return found;
}

/** Give each thing a free place near what it hangs on; things that have a place are not touched. */
export function settle(things: Thing[], edges: Relation[], places: Places): void {
  const taken = new Taken(places);
  const beside = neighbours(edges);
  const centre = middle([...places.values()]);
  for (const thing of things) {
    if (places.has(thing.id)) continue;
    const parent = thing.parent ? places.get(thing.parent) : undefined;
    const known = (beside.get(thing.id) ?? []).flatMap((other) => places.get(other) ?? []);
    const near = parent ?? (known.length > 0 ? middle(known) : centre);
    // Towards the other things it is joined to, else outward.
    const pull = known.length > 1 ? middle(known) : { x: 2 * near.x - centre.x, y: 2 * near.y - centre.y };
    const place = taken.free(near, Math.atan2(pull.y - near.y, pull.x - near.x) || 0);
    places.set(thing.id, place);
    taken.add(place);
  }
}

function neighbours(edges: Relation[]): Map<string, string[]> {
  const beside = new Map<string, string[]>();
  const add = (one: string, other: string): void => {
    const known = beside.get(one);
    if (known) known.push(other);
    else beside.set(one, [other]);
  };
  for (const { source, target } of edges) {
    add(source, target);
    add(target, source);
  }
  return beside;
}

function middle(points: Point[]): Point {
  const count = Math.max(points.length, 1);
  return {
    x: points.reduce((sum, point) => sum + point.x, 0) / count,
    y: points.reduce((sum, point) => sum + point.y, 0) / count,
  };
}

/** Which places are taken, in cells as large as a thing with its name. */
class Taken {
  readonly #cells = new Map<string, Point[]>();

  constructor(places: Places) {
    for (const point of places.values()) this.add(point);
  }

  add(point: Point): void {
    const key = this.#key(point.x, point.y);
    this.#cells.set(key, [...(this.#cells.get(key) ?? []), point]);
  }

  /** Return the free place nearest to a point, on rings round it, first in a direction. */
  free(near: Point, direction: number): Point {
    for (let ring = 1; ; ring += 1) {
      const far = 60 + ring * 50;
      const slots = Math.max(8, Math.floor((2 * Math.PI * far) / 70));
      for (let slot = 0; slot < slots; slot += 1) {
        // 0, 1, -1, 2, -2 ... from the direction away
        const turn = direction + ((slot % 2 ? 1 : -1) * Math.ceil(slot / 2) * 2 * Math.PI) / slots;
        const place = { x: near.x + far * Math.cos(turn), y: near.y + far * 0.8 * Math.sin(turn) };
        if (this.#isFree(place)) return place;
      }
    }
  }

  #isFree({ x, y }: Point): boolean {
    for (let column = -1; column <= 1; column += 1) {
      for (let row = -1; row <= 1; row += 1) {
        for (const other of this.#cells.get(this.#key(x + column * WIDE, y + row * HIGH)) ?? []) {
          if (Math.abs(other.x - x) < WIDE && Math.abs(other.y - y) < HIGH) return false;
        }
      }
    }
    return true;
  }

  #key(x: number, y: number): string {
    return `${Math.floor(x / WIDE)} ${Math.floor(y / HIGH)}`;
  }
}
