/** What the explorer asks the server: pictures, ways between two things, suggestions. */

import type { Option } from "../combobox";
import { lang, root } from "../words";
import { type Labels, merged, type Picture, question, type Relation, type State, type Thing } from "./model";

export interface Way {
  nodes: Thing[];
  legs: Relation[][];
}

export interface Ways {
  from: Thing;
  to: Thing;
  paths: Way[];
  relations: Record<string, Labels>;
}

/** A problem as the server tells it. */
export class Refused extends Error {}

const KEPT = 40;

async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = await fetch(`${root}${path}`, { headers: { Accept: "application/json" }, signal: signal ?? null });
  if (answer.ok) return (await answer.json()) as T;
  const told = (await answer.json().catch(() => ({}))) as { detail?: string };
  throw new Refused(told.detail ?? answer.statusText);
}

/** Pictures, the last ones kept: going back asks nothing, a step more asks for what it brings. */
export class Pictures {
  readonly #kept = new Map<string, Picture>();

  async of(state: State): Promise<Picture> {
    const key = question(state);
    let picture = this.#kept.get(key);
    if (!picture) {
      const known = this.#longest(state);
      picture = known
        ? merged(known[1], await ask<Picture>(`/graph.json?${key}&known=${known[0]}`))
        : await ask<Picture>(`/graph.json?${key}`);
    }
    this.#keep(key, picture);
    return picture;
  }

  /** Keep a picture under the name of a state that asks for it in other words. */
  also(state: State, picture: Picture): void {
    this.#keep(question(state), picture);
  }

  #keep(key: string, picture: Picture): void {
    this.#kept.delete(key);
    this.#kept.set(key, picture);
    const oldest = this.#kept.keys().next().value;
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }

  /** Return the picture of the most of a state's steps that is kept, and how many these are. */
  #longest(state: State): [number, Picture] | undefined {
    for (let steps = state.steps.length - 1; steps >= 0; steps -= 1) {
      const found = this.#kept.get(question(state, steps));
      if (found) return [steps, found];
    }
    return undefined;
  }
}

export function ways(from: string, to: string, leftOut: string[]): Promise<Ways> {
  const parts = new URLSearchParams({ from, to });
  for (const each of leftOut) parts.append("without", each);
  return ask<Ways>(`/graph/paths.json?${parts}`);
}

interface Hit {
  iri: string;
  type: string;
  labels?: Labels;
  matched: string;
}

/** Suggest things by name; `short` makes the short name of an IRI. */
export async function suggest(text: string, signal: AbortSignal): Promise<Option[]> {
  const parts = new URLSearchParams({ q: text, limit: "8" });
  const hits = await ask<Hit[]>(`/search?${parts}`, signal);
  return hits.map(({ iri, labels, matched }) => {
    const [label, other] = lang === "zh" ? [labels?.zh, labels?.en] : [labels?.en, labels?.zh];
    const said: Option = { value: iri, label: label || other || matched };
    if (other && other !== said.label) Object.assign(said, { other, otherLang: lang === "zh" ? "en" : "zh-Hans" });
    if (matched && ![label, other].includes(matched)) said.note = matched;
    return said;
  });
}

/** Return a link to the evidence of a relation. */
export function why(edge: Relation): string {
  return `${root}/why?${new URLSearchParams({ s: edge.source, p: edge.relation, o: edge.target })}`;
}

/** Return a link to the page of a thing; `base` is what the IRIs of the graph begin with. */
export function page(thing: Thing, base: string): string {
  return thing.iri.startsWith(base) ? `${root}/page/${thing.iri.slice(base.length)}` : thing.iri;
}
