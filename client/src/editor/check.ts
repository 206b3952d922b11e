/** What is wrong with a query, marked at its place: asked of the service while somebody writes. */

import type { Action, Diagnostic } from "@codemirror/lint";
import type { EditorView } from "@codemirror/view";
import { root, t } from "../words";
import { insert } from "./complete";
import { read, tokens } from "./context";
import { schema, shorten, type Schema } from "./schema";

interface Checked {
  valid: boolean;
  kind?: string;
  line?: number;
  column?: number;
  prefix?: string;
  message?: string;
}

const KINDS = new Set(["prefix", "end", "update", "syntax", "unbound", "twice", "star", "address", "refused", "long"]);

/** Ask what is wrong with a query. */
export async function checked(text: string): Promise<Checked | undefined> {
  try {
    const reply = await fetch(`${root}/sparql/check`, {
      method: "POST",
      body: new URLSearchParams({ query: text }),
      headers: { Accept: "application/json" },
    });
    return reply.ok ? ((await reply.json()) as Checked) : undefined;
  } catch {
    return undefined; // offline, or busy: whoever runs the query is told
  }
}

/** Say what is wrong with a text in the page's language. */
export function said(fault: Checked, text: string): string {
  if (!fault.kind || !KINDS.has(fault.kind)) return fault.message ?? "";
  if (fault.kind === "syntax" && fault.line !== undefined) {
    const { from, to } = marked(text, offsetOf(text, fault.line, fault.column ?? 1));
    return t("fault_syntax", text.slice(from, to));
  }
  return t(`fault_${fault.kind}`, fault.prefix ?? "");
}

/** Return where a line and column lie in a text, counted from 1 as the service does. */
export function offsetOf(text: string, line: number, column: number): number {
  let at = 0;
  for (let left = line - 1; left > 0; left--) {
    const next = text.indexOf("\n", at);
    if (next < 0) return text.length;
    at = next + 1;
  }
  return Math.min(text.length, at + column - 1);
}

/** Return what is to be marked: the words of the line up to where the parser stopped, for the fault lies before. */
export function marked(text: string, at: number): { from: number; to: number } {
  const all = tokens(text);
  const found = all.find((token) => token.from <= at && at < token.to) ?? all.findLast((token) => token.to <= at);
  if (!found) return { from: 0, to: text.length };
  const line = text.lastIndexOf("\n", found.from - 1) + 1;
  const first = all.find((token) => token.from >= line && token.kind !== "comment");
  return { from: Math.min(first?.from ?? found.from, found.from), to: found.to };
}

/** Return the faults of what is written. */
export async function faults(view: EditorView): Promise<Diagnostic[]> {
  const text = view.state.doc.toString();
  if (text.trim() === "") return [];
  const [found, known] = await Promise.all([checked(text), schema().catch(() => undefined)]);
  if (!found) return [];
  if (found.valid) return known ? doubts(text, known) : [];
  const prefix = found.prefix;
  const at = offsetOf(text, found.line ?? 1, found.column ?? 1);
  const here = prefix === undefined ? marked(text, at) : { from: at, to: at + prefix.length + 1 };
  const place = found.line === undefined ? { from: 0, to: text.length } : here;
  const actions: Action[] =
    known && prefix !== undefined && known.prefixes[prefix]
      ? [{ name: t("add_prefix", prefix), apply: (written) => insert(written, known, `${prefix}:`, place.from, place.from + prefix.length + 1) }]
      : [];
  return [{ ...place, severity: "error", message: said(found, text), actions }];
}

/** Return what is no fault, and hardly meant: terms of ours that nothing uses, variables that get no value. */
function doubts(text: string, known: Schema): Diagnostic[] {
  const { prefixes, variables } = read(text, 0);
  const found: Diagnostic[] = [];
  const ours = known.prefixes["akg"] ?? "";
  for (const token of tokens(text)) {
    if (token.kind === "name" && prefixes[token.text.slice(0, token.text.indexOf(":"))] === ours && !token.text.endsWith(":")) {
      const name = shorten(ours + token.text.slice(token.text.indexOf(":") + 1), known.prefixes);
      if (!known.classes[name] && !known.properties[name] && !known.values[name]) {
        found.push({ from: token.from, to: token.to, severity: "warning", message: t("unused_term", token.text) });
      }
    }
    if (token.kind === "variable" && variables.get(token.text.replace(/^\$/, "?")) === 1 && inSelect(text, token.from)) {
      found.push({ from: token.from, to: token.to, severity: "warning", message: t("lone_variable", token.text) });
    }
  }
  return found;
}

/** Whether a place lies between the first SELECT and the brace after it, outside of brackets. */
function inSelect(text: string, at: number): boolean {
  const before = text.slice(0, at);
  return /\bSELECT\b[^{}()]*$/i.test(before.replace(/#[^\n]*/g, "")) && !before.includes("{");
}
