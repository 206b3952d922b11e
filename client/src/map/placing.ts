/** Where labels find room, and which marks lie so close that they are drawn as one. */

export type Box = readonly [left: number, top: number, right: number, bottom: number];

export interface Spot {
  x: number;
  y: number;
  anchor: "start" | "middle" | "end";
  box: Box;
  far: boolean;
}

const DISTANCES = [10, 20, 34];
const ANGLES = [0, 180, 315, 45, 225, 135, 270, 90];
const FAR = 14;
const SAMPLES = 8;
const OWN = 11;

/** Return the nearest free place for a label near a point, best direction first; undefined where there is none. */
export function spot(
  [x, y]: readonly [number, number],
  width: number,
  height: number,
  taken: readonly Box[],
  within: Box,
): Spot | undefined {
  for (const away of DISTANCES) {
    for (const angle of ANGLES) {
      const found = beside(x, y, width, height, away, angle);
      if (!inside(found.box, within) || taken.some((other) => overlap(found.box, other))) continue;
      if (!found.far || !crosses([x, y], found.box, taken)) return found;
    }
  }
  return undefined;
}

function beside(x: number, y: number, width: number, height: number, away: number, angle: number): Spot {
  const [across, down] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  const at = x + away * across;
  let middle = y + away * down;
  let anchor: Spot["anchor"] = across > 0 ? "start" : "end";
  let left = across > 0 ? at : at - width;
  if (Math.abs(across) < 0.1) {
    [anchor, left] = ["middle", at - width / 2];
    middle += Math.sign(down) * (height / 2 - 2);
  }
  const box: Box = [left, middle - height / 2, left + width, middle + height / 2];
  return { x: at, y: middle + height * 0.32, anchor, box, far: away > FAR };
}

/** Whether the line that leads from a mark to its label would run over something else. */
function crosses([x, y]: readonly [number, number], box: Box, taken: readonly Box[]): boolean {
  const [endX, endY] = toward(x, y, box);
  for (let i = 1; i <= SAMPLES; i++) {
    const [atX, atY] = [x + ((endX - x) * i) / SAMPLES, y + ((endY - y) * i) / SAMPLES];
    const own = Math.hypot(atX - x, atY - y) < OWN;
    if (!own && taken.some(([l, t, r, b]) => l <= atX && atX <= r && t <= atY && atY <= b)) return true;
  }
  return false;
}

/** Return the point of a label that is nearest to its mark. */
export function toward(x: number, y: number, [left, top, right, bottom]: Box): [number, number] {
  return [Math.min(Math.max(x, left), right), Math.min(Math.max(y, top), bottom)];
}

export function overlap(one: Box, other: Box): boolean {
  return one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];
}

function inside(box: Box, frame: Box): boolean {
  return frame[0] <= box[0] && frame[1] <= box[1] && box[2] <= frame[2] && box[3] <= frame[3];
}

export interface Gathered<T> {
  x: number;
  y: number;
  members: T[];
}

/** Return the marks to draw: things whose marks would lie nearer than `close` share one. */
export function gather<T>(
  things: readonly T[],
  point: (thing: T) => readonly [number, number],
  close: number,
): Gathered<T>[] {
  const groups: Gathered<T>[] = [];
  for (const thing of things) {
    const [x, y] = point(thing);
    const near = groups.find((group) => Math.hypot(group.x - x, group.y - y) < close);
    if (near) near.members.push(thing);
    else groups.push({ x, y, members: [thing] });
  }
  return groups;
}
