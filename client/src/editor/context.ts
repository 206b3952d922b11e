/** What stands where in a query, also in one that is half written: tokens, prefixes, triples, the cursor's place. */

export interface Token {
  kind: "string" | "iri" | "comment" | "variable" | "tag" | "name" | "word" | "number" | "sign";
  text: string;
  from: number;
  to: number;
}

export interface Triple {
  subject: string;
  predicate: string;
  object: string;
}

export interface Place {
  /** Where in a triple the cursor stands, or what else it stands in. */
  position: "subject" | "predicate" | "object" | "expression" | "head" | "prologue";
  subject: string;
  predicate: string;
  /** The word before the cursor that is being written. */
  word: string;
  from: number;
}

export interface Read {
  prefixes: Record<string, string>;
  /** Where the last PREFIX line ends; -1 where there is none. */
  prologueEnd: number;
  triples: Triple[];
  variables: Map<string, number>;
  place: Place;
}

const TOKEN = new RegExp(
  [
    String.raw`(?<string>"""(?:[^"\\]|\\.|"(?!""))*(?:""")?|'''(?:[^'\\]|\\.|'(?!''))*(?:''')?|"(?:[^"\\\n\r]|\\.)*"?|'(?:[^'\\\n\r]|\\.)*'?)`,
    String.raw`(?<iri><[^<>"{}|^\x60\\\x00-\x20]*>)`,
    String.raw`(?<comment>#[^\n\r]*)`,
    String.raw`(?<variable>[?$][\p{L}\p{N}_]+)`,
    String.raw`(?<tag>@[A-Za-z][A-Za-z0-9-]*)`,
    String.raw`(?<name>(?:[\p{L}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_-])?)?:(?:[\p{L}\p{N}_:.-]*[\p{L}\p{N}_:-])?)`,
    String.raw`(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)`,
    String.raw`(?<word>[\p{L}_][\p{L}\p{N}_-]*)`,
    String.raw`(?<sign>\^\^|&&|\|\||[!<>]=|[^\s])`,
  ].join("|"),
  "gsu",
);

/** Return the tokens of a query. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const kind = Object.entries(match.groups ?? {}).find(([, value]) => value !== undefined)?.[0] as Token["kind"];
    found.push({ kind, text: match[0], from: match.index, to: match.index + match[0].length });
  }
  return found;
}

const WORD = /[?$<@]?[\p{L}\p{N}_:./#-]*$/u;
const RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const TERMS = new Set(["A", "TRUE", "FALSE"]);
const KEYWORDS_BEFORE_BRACKETS = new Set(["VALUES"]);

interface Frame {
  bracket: string;
  position: Place["position"];
  subject: string;
  predicate: string;
}

/**
 * Read a query up to its end, and tell what stands at the cursor.
 *
 * Terms of triples are IRIs where a prefix says so, else as they are written.
 */
export function read(text: string, cursor: number): Read {
  const before = text.slice(0, cursor);
  const word = WORD.exec(before)?.[0] ?? "";
  const from = cursor - word.length;
  const all = tokens(text).filter((token) => token.kind !== "comment");
  const result: Read = {
    prefixes: {},
    prologueEnd: -1,
    triples: [],
    variables: new Map(),
    place: { position: "head", subject: "", predicate: "", word, from },
  };
  let state: Frame = { bracket: "", position: "head", subject: "", predicate: "" };
  const stack: Frame[] = [];
  let placed = false;
  let anonymous = 0;
  let inValues = false;

  const term = (token: Token): string => {
    if (token.kind === "iri") return token.text.slice(1, -1);
    if (token.kind === "word" && token.text === "a") return RDF_TYPE;
    if (token.kind === "name") {
      const at = token.text.indexOf(":");
      const space = result.prefixes[token.text.slice(0, at)];
      return space === undefined ? token.text : space + token.text.slice(at + 1);
    }
    return token.text.replace(/^\$/, "?");
  };
  const here = (): void => {
    placed = true;
    result.place = { position: state.position, subject: state.subject, predicate: state.predicate, word, from };
  };
  const taken = (value: string): void => {
    if (state.position === "subject") {
      state.subject = value;
      state.position = "predicate";
    } else if (state.position === "predicate") {
      state.predicate = value;
      state.position = "object";
    } else if (state.position === "object") {
      // subject and predicate stay: `;` and `,` go on with them
      result.triples.push({ subject: state.subject, predicate: state.predicate, object: value });
      state.position = "subject";
    }
  };
  const open = (bracket: string, position: Place["position"], subject = ""): void => {
    stack.push(state);
    state = { bracket, position, subject, predicate: "" };
  };
  const close = (): Frame => {
    const closed = state;
    state = stack.pop() ?? { bracket: "", position: "head", subject: "", predicate: "" };
    return closed;
  };

  for (let at = 0; at < all.length; at++) {
    const token = all[at]!;
    if (!placed && token.from >= from) here();
    if (token.from >= from && token.to <= cursor && word !== "") continue; // what is being written is not yet said
    const upper = token.kind === "word" ? token.text.toUpperCase() : "";
    if (token.kind === "variable") {
      const name = token.text.replace(/^\$/, "?");
      result.variables.set(name, (result.variables.get(name) ?? 0) + 1);
    }
    if (upper === "PREFIX") {
      const [name, space] = [all[at + 1], all[at + 2]];
      const whole = name?.kind === "name" && space?.kind === "iri";
      if (whole) {
        result.prefixes[name.text.slice(0, -1)] = space.text.slice(1, -1);
        result.prologueEnd = space.to;
        at += 2;
      }
      if (!placed && (whole ? space.to >= cursor : name === undefined || name.to >= from)) {
        placed = true;
        result.place.position = "prologue";
      }
      continue;
    }
    if (token.text === "{") {
      open("{", inValues ? "expression" : "subject");
      inValues = false;
    } else if (token.text === "}") {
      close();
      if (state.position !== "head") state.position = "subject";
    } else if (token.text === "(") {
      open("(", state.position === "predicate" ? "predicate" : "expression", state.subject);
    } else if (token.text === ")") {
      close();
      if (state.position === "predicate") state.position = "object"; // it was a path
      else taken("()"); // or a list
    } else if (token.text === "[") {
      open("[", "predicate", `[${++anonymous}]`);
    } else if (token.text === "]") {
      taken(close().subject);
    } else if (upper === "SELECT" || upper === "ORDER" || upper === "GROUP" || upper === "LIMIT" || upper === "OFFSET") {
      state.position = "head";
    } else if (state.position === "expression" || state.position === "head") {
      inValues ||= upper === "VALUES";
    } else if (token.text === ".") {
      state.position = "subject";
    } else if (token.text === ";") {
      state.position = "predicate";
    } else if (token.text === ",") {
      state.position = "object";
    } else if (upper !== "" && !TERMS.has(upper)) {
      state.position = KEYWORDS_BEFORE_BRACKETS.has(upper) ? "head" : "subject";
      inValues = upper === "VALUES";
      const next = all[at + 1];
      if ((upper === "GRAPH" || upper === "SERVICE") && next && next.from < from) at += 1; // names no subject
    } else if (token.text === "^^") {
      at += 1; // the type of a literal
    } else if (token.kind === "sign" || token.kind === "tag") {
      if ("/|".includes(token.text) && state.position === "object") state.position = "predicate"; // a path goes on
    } else {
      taken(term(token));
    }
  }
  if (!placed) here();
  return result;
}

/** Return the classes and predicates that a query states of a subject. */
export function statedOf(subject: string, triples: Triple[]): { classes: string[]; predicates: string[] } {
  const own = triples.filter((triple) => triple.subject === subject);
  return {
    classes: own.filter(({ predicate, object }) => predicate === RDF_TYPE && !object.startsWith("?")).map(({ object }) => object),
    predicates: own.map(({ predicate }) => predicate).filter((predicate) => predicate !== "" && !predicate.startsWith("?")),
  };
}

export { RDF_TYPE };
