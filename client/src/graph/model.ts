/**
 * What the explorer shows, as values: the state that the address holds, and the picture it asks for.
 *
 * Nothing here touches the page or the network. The state says which things a picture begins with and
 * the steps by which it grew; the server makes the same picture of the same state every time.
 */

/** A name in both languages. */
export interface Labels {
  en: string;
  zh: string;
}

export type Direction = "out" | "in";

/** Some neighbours of a thing: relation, direction, class of the neighbours, and how many. */
export type Group = [relation: string, direction: Direction, type: string, count: number];

export interface Thing {
  id: string;
  iri: string;
  type: string;
  labels: Labels;
  degree: number;
  groups?: Group[];
  /** The step that brought it; 0 is the beginning. */
  step: number;
  /** The thing from which it was reached. */
  parent?: string;
}

export interface Relation {
  id: string;
  source: string;
  relation: string;
  target: string;
  kind: "stated" | "editorial" | "inferred";
  claims: number;
  low: boolean;
  disputed: boolean;
}

/** What a step brought, and how many such neighbours it left out. */
export interface Taken {
  thing: string;
  added: number;
  left: number;
}

export interface Picture {
  address: string;
  nodes: Thing[];
  edges: Relation[];
  steps: Taken[];
  relations: Record<string, Labels>;
  types: Record<string, Labels>;
  total: number;
}

export type Layout = "free" | "layered";

export interface State {
  things: string[];
  hops: string;
  via: string[];
  /** `thing`, or `thing,direction,relation,class,limit`, as the server reads them. */
  steps: string[];
  drop: string[];
  hide: string[];
  select: string;
  layout: Layout;
  /** How many steps the layout covers; what later ones brought was put beside it. */
  laid: number;
}

const EVERYTHING = "*";

export function isWhole(state: State): boolean {
  return state.things.includes(EVERYTHING);
}

export function beginning(things: string[] = [], hops = "", select = ""): State {
  return { things, hops, via: [], steps: [], drop: [], hide: [], select, layout: "free", laid: 0 };
}

export const everything = (): State => beginning([EVERYTHING]);

/** Return the state that the query part of an address holds. */
export function parse(address: string): State {
  const given = new URLSearchParams(address);
  const focus = given.getAll("focus");
  return {
    things: [...given.getAll("thing"), ...focus].filter(Boolean),
    hops: given.get("hops") ?? (focus.length > 0 ? "1" : ""),
    via: given.getAll("via").filter(Boolean),
    steps: given.getAll("then").filter(Boolean),
    drop: given.getAll("drop").filter(Boolean),
    hide: given.getAll("hide").filter(Boolean),
    select: given.get("select") ?? focus[0] ?? "",
    layout: given.get("layout") === "layered" ? "layered" : "free",
    laid: Math.max(0, Math.trunc(Number(given.get("laid"))) || 0),
  };
}

/** Return what the server is asked for: what is taken out, hidden or selected is no matter of its. */
export function question(state: State, steps = state.steps.length): string {
  const parts = new URLSearchParams();
  for (const thing of state.things) parts.append("thing", thing);
  if (state.hops) parts.append("hops", state.hops);
  for (const each of state.via) parts.append("via", each);
  for (const step of state.steps.slice(0, steps)) parts.append("then", step);
  return parts.toString();
}

/** Return a state as the query part of an address; `parse` reads it. */
export function write(state: State): string {
  const parts = new URLSearchParams(question(state));
  for (const each of state.drop) parts.append("drop", each);
  for (const each of state.hide) parts.append("hide", each);
  if (state.select) parts.append("select", state.select);
  if (state.layout !== "free") parts.append("layout", state.layout);
  if (state.laid > 0) parts.append("laid", String(state.laid));
  return parts.toString().replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%2F", "/");
}

/** Return a state in the words of the picture's own address: short names for whatever was given. */
export function canonical(state: State, picture: Picture): State {
  const { things, hops, via, steps } = parse(picture.address);
  const short = new Map(picture.nodes.flatMap((node) => [[node.iri, node.id], [node.id, node.id]]));
  const select = short.get(state.select) ?? (state.select && (parse(picture.address).select || things[0])) ?? "";
  return { ...state, things, hops, via, steps, select };
}

/** Return the step that adds the neighbours of a thing, all or those of a group. */
export function expanding(thing: string, group?: Group): string {
  return group ? [thing, group[1], group[0], group[2]].join(",") : `${thing},any`;
}

/** Return a state with steps more; what they name is not left out any longer. */
export function grown(state: State, steps: string[], select = state.select): State {
  const named = new Set(steps.map((step) => step.split(",", 1)[0]));
  return {
    ...state,
    steps: [...state.steps, ...steps],
    drop: state.drop.filter((each) => !named.has(each)),
    select,
  };
}

export function without(state: State, thing: string): State {
  return { ...state, drop: [...state.drop, thing], select: state.select === thing ? "" : state.select };
}

/** Return a state with a relation or class hidden, or shown again. */
export function toggled(state: State, term: string): State {
  const hidden = state.hide.includes(term);
  return { ...state, hide: hidden ? state.hide.filter((each) => each !== term) : [...state.hide, term] };
}

/** Return a picture with what later steps brought. */
export function merged(picture: Picture, more: Picture): Picture {
  return {
    ...more,
    nodes: [...picture.nodes, ...more.nodes],
    edges: [...picture.edges, ...more.edges],
    relations: { ...picture.relations, ...more.relations },
    types: { ...picture.types, ...more.types },
  };
}

export interface Visible {
  nodes: Thing[];
  edges: Relation[];
}

/**
 * Return what is drawn of a picture.
 *
 * A thing that only hidden relations joined is not drawn, unless somebody asked for that very thing.
 */
export function visible(picture: Picture, state: State): Visible {
  const hidden = new Set(state.hide);
  const dropped = new Set(state.drop);
  let nodes = picture.nodes.filter((node) => !dropped.has(node.id) && !hidden.has(node.type));
  const ids = new Set(nodes.map((node) => node.id));
  const edges = picture.edges.filter(
    (edge) => ids.has(edge.source) && ids.has(edge.target) && !hidden.has(edge.relation),
  );
  if (hidden.size > 0) {
    const kept = new Set([...state.things, ...state.steps.map((step) => step.split(",", 1)[0])]);
    for (const edge of edges) kept.add(edge.source).add(edge.target);
    nodes = nodes.filter((node) => kept.has(node.id));
  }
  return { nodes, edges };
}

/** Return how many things of each class, and relations of each kind, there are; most first. */
export function counted(items: string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts].sort((one, other) => other[1] - one[1] || (one[0] < other[0] ? -1 : 1));
}

/** Return how many neighbours of each group of a thing are drawn already. */
export function drawnOf(thing: string, shown: Visible): Map<string, number> {
  const types = new Map(shown.nodes.map((node) => [node.id, node.type]));
  const counts = new Map<string, number>();
  for (const edge of shown.edges) {
    for (const [here, there, direction] of [
      [edge.source, edge.target, "out"],
      [edge.target, edge.source, "in"],
    ] as const) {
      if (here !== thing) continue;
      const key = groupKey([edge.relation, direction, types.get(there) ?? ""]);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}

export const groupKey = (group: readonly [string, string, string, ...unknown[]]): string =>
  group.slice(0, 3).join(" ");
