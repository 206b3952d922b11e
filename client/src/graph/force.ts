/**
 * A layout for pictures of many things, by forces: all things push each other away, relations pull.
 *
 * For up to a few thousand things, in about a second; without chance, so that the same picture comes out
 * the same. The forces are those of ForceAtlas2 (Jacomy and others, 2014, doi:10.1371/journal.pone.0098679):
 * what has many relations pushes more, and pulls each of them less.
 */

import type { Relation } from "./model";
import type { Places } from "./place";

/** Pairs of things that are looked at in all; how many rounds that makes depends on the things. */
const WORK = 4e8;
const FEWEST = 60;
const MOST = 300;

const REPULSION = 900;
const GRAVITY = 0.06;

/** Move things that have rough places to better ones. */
export function force(places: Places, edges: Relation[]): void {
  const ids = [...places.keys()];
  const index = new Map(ids.map((id, at) => [id, at]));
  const count = ids.length;
  const x = Float64Array.from(places.values(), (point) => point.x);
  const y = Float64Array.from(places.values(), (point) => point.y);
  const sources = Int32Array.from(edges, (edge) => index.get(edge.source) ?? 0);
  const targets = Int32Array.from(edges, (edge) => index.get(edge.target) ?? 0);
  const mass = new Float64Array(count).fill(1);
  for (const end of [...sources, ...targets]) mass[end] = (mass[end] ?? 0) + 1;
  const dx = new Float64Array(count);
  const dy = new Float64Array(count);
  const rounds = Math.max(FEWEST, Math.min(MOST, Math.round((2 * WORK) / (count * count))));
  const wide = 60 * Math.sqrt(count);
  for (let round = 0; round < rounds; round += 1) {
    dx.fill(0);
    dy.fill(0);
    repel(x, y, mass, dx, dy);
    attract(x, y, mass, dx, dy, sources, targets);
    // steps become smaller, so that it comes to rest
    const step = (wide / 8) * (1 - round / rounds) ** 2 + 1;
    for (let at = 0; at < count; at += 1) {
      const fx = dx[at]! - GRAVITY * mass[at]! * x[at]!;
      const fy = dy[at]! - GRAVITY * mass[at]! * y[at]!;
      const length = Math.hypot(fx, fy) / mass[at]!;
      const scale = Math.min(length, step) / (length || 1) / mass[at]!;
      x[at]! += fx * scale;
      y[at]! += fy * scale;
    }
  }
  ids.forEach((id, at) => places.set(id, { x: x[at] ?? 0, y: y[at] ?? 0 }));
}

type Numbers = Float64Array<ArrayBuffer>;

function repel(x: Numbers, y: Numbers, mass: Numbers, dx: Numbers, dy: Numbers): void {
  const count = x.length;
  for (let one = 0; one < count; one += 1) {
    const [x1, y1, m1] = [x[one]!, y[one]!, REPULSION * mass[one]!];
    let [sumX, sumY] = [0, 0];
    for (let other = one + 1; other < count; other += 1) {
      const ex = x1 - x[other]!;
      const ey = y1 - y[other]!;
      const by = (m1 * mass[other]!) / (ex * ex + ey * ey + 25);
      sumX += ex * by;
      sumY += ey * by;
      dx[other]! -= ex * by;
      dy[other]! -= ey * by;
    }
    dx[one]! += sumX;
    dy[one]! += sumY;
  }
}

function attract(x: Numbers, y: Numbers, mass: Numbers, dx: Numbers, dy: Numbers, sources: Int32Array, targets: Int32Array): void {
  for (let edge = 0; edge < sources.length; edge += 1) {
    const one = sources[edge]!;
    const other = targets[edge]!;
    // a hub pulls each of its many as hard as it must, not as hard as it could
    const by = 3 / Math.sqrt(Math.min(mass[one]!, mass[other]!));
    const ex = (x[other]! - x[one]!) * by;
    const ey = (y[other]! - y[one]!) * by;
    dx[one]! += ex;
    dy[one]! += ey;
    dx[other]! -= ex;
    dy[other]! -= ey;
  }
}
