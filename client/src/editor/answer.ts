/** Answers as the service gives them, read into cells. */

export interface Cell {
  type: "uri" | "literal" | "bnode" | "triple";
  value: string;
  lang?: string;
  datatype?: string;
}

export interface Answer {
  kind: "table" | "truth" | "graph";
  columns: string[];
  rows: (Cell | undefined)[][];
  truth: boolean;
  /** The answer as it came. */
  raw: string;
  /** Whether the service left some out. */
  truncated: boolean;
  /** Milliseconds that the service took, and that passed here. */
  took: number | undefined;
  waited: number;
  version: string;
}

interface Json {
  head: { vars?: string[] };
  boolean?: boolean;
  results?: { bindings: Record<string, JsonCell>[] };
}

interface JsonCell {
  type: string;
  value: unknown;
  "xml:lang"?: string;
  datatype?: string;
}

const XSD = "http://www.w3.org/2001/XMLSchema#";
const NUMBERS = new Set(["integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger", "gYear"].map((name) => XSD + name));

/** Return the number that a cell holds, undefined where it holds none. */
export function numberIn(cell: Cell | undefined): number | undefined {
  if (cell?.type !== "literal") return undefined;
  if (cell.datatype && !NUMBERS.has(cell.datatype)) return undefined;
  const value = cell.value.trim() === "" ? NaN : Number(cell.value);
  return Number.isFinite(value) ? value : undefined;
}

function cellOf(given: JsonCell): Cell {
  if (given.type === "triple") {
    const parts = given.value as Record<"subject" | "predicate" | "object", JsonCell>;
    const text = [parts.subject, parts.predicate, parts.object].map((part) => cellOf(part).value).join(" ");
    return { type: "triple", value: `<<( ${text} )>>` };
  }
  const cell: Cell = { type: given.type === "uri" || given.type === "bnode" ? given.type : "literal", value: String(given.value) };
  if (given["xml:lang"]) cell.lang = given["xml:lang"];
  if (given.datatype) cell.datatype = given.datatype;
  return cell;
}

/** Read an answer in SPARQL results JSON. */
export function fromJson(text: string): Pick<Answer, "kind" | "columns" | "rows" | "truth"> {
  const said = JSON.parse(text) as Json;
  if (said.boolean !== undefined) return { kind: "truth", columns: [], rows: [], truth: said.boolean };
  const columns = said.head.vars ?? [];
  const rows = (said.results?.bindings ?? []).map((row) =>
    columns.map((name) => {
      const cell = row[name];
      return cell ? cellOf(cell) : undefined;
    }),
  );
  return { kind: "table", columns, rows, truth: false };
}

const LINE = /^(<[^>]*>|_:\S+)\s+(<[^>]*>)\s+(.+?)\s*\.\s*$/;
const LITERAL = /^"((?:[^"\\]|\\.)*)"(?:@([\w-]+)|\^\^<([^>]*)>)?$/;
const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/g, (_all, short?: string, long?: string, one?: string) =>
    one === undefined ? String.fromCodePoint(parseInt(short ?? long ?? "20", 16)) : (ESCAPES[one] ?? one),
  );
}

function term(text: string): Cell {
  if (text.startsWith("<") && !text.startsWith("<<")) return { type: "uri", value: unescaped(text.slice(1, -1)) };
  if (text.startsWith("_:")) return { type: "bnode", value: text.slice(2) };
  const found = LITERAL.exec(text);
  if (!found) return { type: "triple", value: text };
  const cell: Cell = { type: "literal", value: unescaped(found[1] ?? "") };
  if (found[2]) cell.lang = found[2];
  if (found[3]) cell.datatype = found[3];
  return cell;
}

/** Read triples in N-Triples into rows of subject, predicate, object. */
export function fromTriples(text: string): Pick<Answer, "kind" | "columns" | "rows" | "truth"> {
  const rows: Cell[][] = [];
  for (const line of text.split("\n")) {
    const found = LINE.exec(line);
    if (found) rows.push([term(found[1]!), term(found[2]!), term(found[3]!)]);
  }
  return { kind: "graph", columns: ["subject", "predicate", "object"], rows, truth: false };
}
