/** What may come next in a query: prefixes, classes, predicates that fit the subject, objects that fit the predicate. */

import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { EditorView } from "@codemirror/view";
import { RDF_TYPE, read, statedOf, type Read } from "./context";
import { fits } from "./match";
import { best, both, expand, schema, search, shorten, type Labels, type Schema } from "./schema";

const KEYWORDS = [
  "SELECT", "CONSTRUCT", "ASK", "DESCRIBE", "WHERE", "DISTINCT", "PREFIX", "FROM", "LIMIT", "OFFSET",
  "ORDER BY", "GROUP BY", "HAVING", "OPTIONAL", "UNION", "MINUS", "FILTER", "BIND", "VALUES", "GRAPH",
  "NOT EXISTS", "EXISTS", "AS", "IN", "DESC", "ASC",
];
const FUNCTIONS = [
  "COUNT", "SUM", "AVG", "MIN", "MAX", "SAMPLE", "GROUP_CONCAT", "STR", "LANG", "LANGMATCHES", "DATATYPE",
  "BOUND", "IRI", "COALESCE", "IF", "CONTAINS", "STRSTARTS", "STRENDS", "STRBEFORE", "STRAFTER", "STRLEN", "SUBSTR",
  "REPLACE", "REGEX", "LCASE", "UCASE", "CONCAT", "ROUND", "ABS", "CEIL", "FLOOR", "YEAR", "isIRI", "isLiteral", "isNumeric",
];
const SHOWN = 60;
const HAN = /\p{Script=Han}/u;

interface Ranked extends Completion {
  rank: number;
}

/** Return what may be written at the cursor; a source for the editor's completion. */
export async function complete(context: CompletionContext): Promise<CompletionResult | null> {
  const known = await schema().catch(() => undefined);
  if (!known) return null;
  const text = context.state.doc.toString();
  const now = read(text, context.pos);
  const { word, position } = now.place;
  if (/^<|^@|^#/.test(word) || /^\d/.test(word)) return null;
  if (word === "" && !context.explicit && position !== "object" && position !== "predicate") return null;
  const written = word.replace(/^[?$]/, "");
  const options: Ranked[] = [];
  if (position === "prologue") {
    options.push(...prefixes(known, word));
  } else {
    if (!/^[?$]/.test(word)) {
      if (position === "predicate") options.push(...predicates(known, now, written));
      if (position === "object") options.push(...objects(known, now, written));
      if (position === "expression" || position === "subject") options.push(...values(known, Object.keys(known.values), written, 0));
      if (position === "expression") options.push(...classes(known, now, written));
      if (needsThings(position, written)) options.push(...(await things(known, now, written, context)));
      options.push(...undeclared(known, now, written));
    }
    options.push(...variables(now, word), ...keywords(position, word));
  }
  const distinct = new Map<string, Ranked>();
  for (const option of options) {
    const before = distinct.get(option.label);
    if (!before || before.rank < option.rank) distinct.set(option.label, option);
  }
  const chosen = [...distinct.values()].sort((one, other) => other.rank - one.rank).slice(0, SHOWN);
  if (chosen.length === 0) return null;
  return { from: now.place.from, options: chosen, filter: false };
}

function term(known: Schema, short: string, labels: Partial<Labels>, type: string, rank: number, definition?: Labels): Ranked {
  return {
    label: short,
    detail: both(labels),
    type,
    rank,
    ...(definition ? { info: () => note(definition) } : {}),
    apply: (view, _completion, from, to) => insert(view, known, short, from, to),
  };
}

function note(definition: Labels): Node {
  const made = document.createElement("p");
  made.textContent = best(definition);
  return made;
}

/** Write a short name, and the PREFIX line it needs where there is none. */
export function insert(view: EditorView, known: Schema, short: string, from: number, to: number): void {
  const text = view.state.doc.toString();
  const { prefixes: declared, prologueEnd } = read(text, 0);
  const prefix = short.includes("://") ? undefined : short.slice(0, short.indexOf(":"));
  const space = prefix === undefined ? undefined : known.prefixes[prefix];
  const written = short.includes("://") ? `<${short}>` : short;
  const changes = [{ from, to, insert: written }];
  if (space !== undefined && prefix !== undefined && declared[prefix] === undefined) {
    const line = `PREFIX ${prefix}: <${space}>`;
    const at = prologueEnd >= 0 ? prologueEnd : afterComments(text);
    changes.unshift({ from: at, to: at, insert: prologueEnd >= 0 ? `\n${line}` : `${line}\n` });
  }
  const added = changes.length > 1 ? changes[0]!.insert.length : 0;
  view.dispatch({ changes, selection: { anchor: from + added + written.length }, userEvent: "input.complete", scrollIntoView: true });
}

/** Return where the first line begins that is no comment. */
function afterComments(text: string): number {
  return /^(?:[ \t]*#[^\n]*\n)*/.exec(text)?.[0].length ?? 0;
}

function prefixes(known: Schema, word: string): Ranked[] {
  return Object.entries(known.prefixes)
    .filter(([prefix]) => `${prefix}:`.startsWith(word))
    .map(([prefix, space], at) => ({ label: `${prefix}: <${space}>`, type: "namespace", rank: 1000 - at }));
}

/** Offer prefixes whose beginning is written, so that their names can follow. */
function undeclared(known: Schema, now: Read, written: string): Ranked[] {
  if (written === "" || written.includes(":") || HAN.test(written) || now.place.position === "head") return [];
  return Object.entries(known.prefixes)
    .filter(([prefix]) => prefix.startsWith(written.toLowerCase()))
    .map(([prefix, space]) => ({
      label: `${prefix}:`,
      detail: space,
      type: "namespace",
      rank: prefix === written.toLowerCase() ? 95 : 45,
      apply: (view: EditorView, _completion: Completion, from: number, to: number) => insert(view, known, `${prefix}:`, from, to),
    }));
}

/** Return the predicates that things have which are what the query says of the subject. */
function fitting(known: Schema, now: Read, subject: string): Map<string, number> {
  const { classes: stated, predicates: used } = statedOf(subject, now.triples);
  const short = (iri: string): string => shorten(iri, known.prefixes);
  let candidates = stated.map(short).filter((name) => known.classes[name]);
  if (candidates.length === 0) {
    const names = used.map(short).filter((name) => name !== "rdf:type" && known.properties[name]);
    const meant = reached(known, now, subject);
    candidates = Object.entries(known.classes)
      .filter(([name, each]) => (names.length ? names.every((one) => each.properties[one]) : meant.includes(name)))
      .map(([name]) => name);
  }
  const found = new Map<string, number>();
  for (const name of candidates) {
    for (const [property, count] of Object.entries(known.classes[name]?.properties ?? {})) {
      found.set(property, Math.max(found.get(property) ?? 0, count));
    }
  }
  return found;
}

/** Return the classes that a variable is of as the object of other triples. */
function reached(known: Schema, now: Read, subject: string): string[] {
  const leading = now.triples.find((triple) => triple.object === subject && !triple.predicate.startsWith("?"));
  return leading ? (known.properties[shorten(leading.predicate, known.prefixes)]?.ends ?? []) : [];
}

function predicates(known: Schema, now: Read, written: string): Ranked[] {
  const fit = fitting(known, now, now.place.subject);
  const found: Ranked[] = [];
  for (const [name, each] of Object.entries(known.properties)) {
    const likeness = fits(written, name, each);
    if (!likeness) continue;
    const suits = fit.get(name) ?? 0;
    const rank = likeness + (suits ? 200 + Math.log10(suits + 1) * 5 : Math.log10(each.count + 1) * 2);
    if (fit.size && !suits && written === "") continue; // what nothing of the kind has is offered only when asked for
    found.push(term(known, name, each, suits ? "property" : "text", rank, each.definition));
  }
  if (fits(written, "a", {})) {
    const type = known.properties["rdf:type"];
    found.push({ label: "a", detail: both(type ?? {}), type: "keyword", rank: written === "" ? 300 : likenessOf("a", written), apply: "a " });
  }
  return found;
}

function likenessOf(name: string, written: string): number {
  return name === written ? 500 : 0;
}

function objects(known: Schema, now: Read, written: string): Ranked[] {
  if (now.place.predicate === RDF_TYPE) return classes(known, now, written);
  const property = known.properties[shorten(now.place.predicate, known.prefixes)];
  return property ? values(known, property.values, written, 200) : [];
}

function classes(known: Schema, now: Read, written: string): Ranked[] {
  const { predicates: used } = statedOf(now.place.subject, now.triples);
  const wanted = used.map((iri) => shorten(iri, known.prefixes)).filter((name) => name !== "rdf:type" && known.properties[name]);
  const found: Ranked[] = [];
  for (const [name, each] of Object.entries(known.classes)) {
    const likeness = fits(written, name, each);
    const suits = wanted.length > 0 && wanted.every((one) => each.properties[one]);
    if (likeness) found.push(term(known, name, each, "class", likeness + (suits ? 200 : 0) + Math.log10(each.count + 1) * 5, each.definition));
  }
  return found;
}

function values(known: Schema, names: string[], written: string, better: number): Ranked[] {
  const found: Ranked[] = [];
  for (const name of names) {
    const labels = known.values[name];
    const likeness = labels ? fits(written, name, labels) : 0;
    if (labels && likeness && (written !== "" || better)) found.push(term(known, name, labels, "constant", likeness + better));
  }
  return found;
}

function needsThings(position: string, written: string): boolean {
  if (position === "predicate" || position === "head" || position === "prologue") return false;
  return written.length >= 2 && !written.endsWith(":");
}

/** Return the things that are called as it is written, wherever no list holds them. */
async function things(known: Schema, now: Read, written: string, context: CompletionContext): Promise<Ranked[]> {
  const gone = new AbortController();
  context.addEventListener("abort", () => gone.abort());
  const text = written.slice(written.indexOf(":") + 1);
  const ends = now.place.position === "object" ? (known.properties[shorten(now.place.predicate, known.prefixes)]?.ends ?? []) : [];
  const hits = await search(text, "", gone.signal).catch(() => []);
  return hits.map((hit, at) => {
    const short = shorten(hit.iri, known.prefixes);
    const suits = ends.includes(hit.type);
    return term(known, short, hit.labels, "constant", (suits ? 180 : 70) - at);
  });
}

function variables(now: Read, word: string): Ranked[] {
  if (now.place.position === "prologue") return [];
  const wanted = /^[?$]/.test(word) ? `?${word.slice(1)}` : word === "" ? "?" : "";
  if (wanted === "") return [];
  return [...now.variables.keys()]
    .filter((name) => name.startsWith(wanted) && name !== word)
    .map((name, at) => ({ label: name, type: "variable", rank: (word === "" ? 30 : 150) - at }));
}

function keywords(position: string, word: string): Ranked[] {
  if (word.length < 2 || /[:?$]/.test(word) || position === "object") return [];
  const wanted = word.toUpperCase();
  const functions = position === "expression" || position === "head" ? FUNCTIONS : [];
  return [
    ...KEYWORDS.filter((name) => name.startsWith(wanted)).map((label) => ({ label, type: "keyword", rank: 90 })),
    ...functions
      .filter((name) => name.toUpperCase().startsWith(wanted))
      .map((label) => ({ label, type: "function", rank: 85, apply: `${label}(` })),
  ];
}

/** Return the IRI that stands at a place of a query, and where. */
export function iriAt(text: string, position: number): { iri: string; from: number; to: number } | undefined {
  const { prefixes: declared } = read(text, 0);
  const around = /[\p{L}\p{N}_:./#<>~%-]/u;
  let from = position;
  let to = position;
  while (from > 0 && around.test(text[from - 1] ?? "")) from -= 1;
  while (to < text.length && around.test(text[to] ?? "")) to += 1;
  const written = text.slice(from, to).replace(/[.]+$/, "");
  if (/^<[^<>]+>$/.test(written)) return { iri: written.slice(1, -1), from, to };
  if (written === "a") return { iri: RDF_TYPE, from, to };
  const iri = expand(written, declared);
  return iri === undefined || written.endsWith(":") ? undefined : { iri, from, to };
}
