/** What a query can be written with, as the service counts it, and what things are called. */

import { lang, root } from "../words";

export interface Labels {
  en: string;
  zh: string;
}

export interface Term extends Labels {
  definition?: Labels;
  count: number;
}

export interface ClassTerm extends Term {
  properties: Record<string, number>;
}

export interface PropertyTerm extends Term {
  ends: string[];
  values: string[];
}

export interface Schema {
  version: string;
  base: string;
  prefixes: Record<string, string>;
  classes: Record<string, ClassTerm>;
  properties: Record<string, PropertyTerm>;
  values: Record<string, Labels>;
}

export interface Hit {
  iri: string;
  type: string;
  labels: Labels;
  matched: string;
}

export interface Told extends Labels {
  definition?: Labels;
}

/** The name in the language of the page, else in the other. */
export function best(labels: Partial<Labels>): string {
  return (lang === "zh" ? labels.zh || labels.en : labels.en || labels.zh) ?? "";
}

/** Both names, the page's language first. */
export function both(labels: Partial<Labels>): string {
  const names = lang === "zh" ? [labels.zh, labels.en] : [labels.en, labels.zh];
  return [...new Set(names.filter(Boolean))].join(" · ");
}

let asked: Promise<Schema> | undefined;

/** Return the schema; it is fetched once, and again where that failed. */
export function schema(): Promise<Schema> {
  asked ??= fetch(`${root}/sparql/schema.json`)
    .then((reply) => {
      if (!reply.ok) throw new Error(String(reply.status));
      return reply.json() as Promise<Schema>;
    })
    .catch((error: unknown) => {
      asked = undefined;
      throw error;
    });
  return asked;
}

/** Return the IRI that a short name stands for by some prefixes, undefined where it stands for none. */
export function expand(short: string, prefixes: Record<string, string>): string | undefined {
  const at = short.indexOf(":");
  const space = at < 0 ? undefined : prefixes[short.slice(0, at)];
  return space === undefined ? undefined : space + short.slice(at + 1).replaceAll("\\", "");
}

/** Return the short name of an IRI, or the IRI itself where no prefix covers it. */
export function shorten(iri: string, prefixes: Record<string, string>): string {
  const end = Math.max(iri.lastIndexOf("/"), iri.lastIndexOf("#")) + 1;
  const local = iri.slice(end);
  if (/^[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_-])?$/u.test(local)) {
    for (const [prefix, space] of Object.entries(prefixes)) if (space === iri.slice(0, end)) return `${prefix}:${local}`;
  }
  return iri;
}

/** Return where a thing is shown on this site; foreign things have their own address. */
export function address(iri: string, base: string): string {
  if (iri.startsWith(base) && iri !== base) {
    const path = iri.slice(base.length);
    return path.startsWith("ref/") ? `${root}/${path}` : `${root}/page/${path}`;
  }
  return /^https?:\/\//.test(iri) ? iri : "";
}

const known = new Map<string, Told | null>();

/** Return what some things are called, with one request for all that are not known yet. */
export async function names(iris: Iterable<string>, definitions = false): Promise<Map<string, Told>> {
  const wanted = [...new Set(iris)];
  const missing = wanted.filter((iri) => !known.has(iri) || (definitions && known.get(iri)?.definition === undefined));
  for (let at = 0; at < missing.length; at += MOST) {
    const part = missing.slice(at, at + MOST);
    const body = new URLSearchParams(part.map((iri) => ["iri", iri]));
    if (definitions) body.set("definitions", "true");
    const reply = await fetch(`${root}/sparql/names`, { method: "POST", body });
    if (!reply.ok) break;
    const said = (await reply.json()) as { names: Record<string, Told> };
    for (const iri of part) known.set(iri, said.names[iri] ?? null);
  }
  const found = new Map<string, Told>();
  for (const iri of wanted) {
    const name = known.get(iri);
    if (name) found.set(iri, name);
  }
  return found;
}

const MOST = 2000;

/** Return the things whose names match, of a class if one is given. */
export async function search(text: string, type: string, signal: AbortSignal): Promise<Hit[]> {
  const query = new URLSearchParams({ q: text, limit: "20", ...(type ? { type } : {}) });
  const reply = await fetch(`${root}/search?${query}`, { headers: { Accept: "application/json" }, signal });
  return reply.ok ? ((await reply.json()) as Hit[]) : [];
}
