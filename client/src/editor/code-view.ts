/** The field that a query is written in: CodeMirror, in a shadow root so that its styles need no `<style>`. */

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, LanguageSupport, syntaxHighlighting } from "@codemirror/language";
import { linter, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { styleTags, tags } from "@lezer/highlight";
import { SparqlLanguage } from "codemirror-lang-sparql";
import { lang, t } from "../words";
import { faults, marked, offsetOf } from "./check";
import { complete, iriAt } from "./complete";
import { el } from "./dom";
import { best, both, names, schema, shorten } from "./schema";

export interface CodeView {
  text(): string;
  replace(text: string): void;
  focus(): void;
  /** Put the cursor to a line and column, and mark what is wrong there. */
  mark(line: number, column: number, message: string): void;
}

interface Does {
  run(): void;
  changed(text: string): void;
}

const looks = EditorView.theme({
  "&": { backgroundColor: "var(--card)", color: "var(--ink)", fontSize: "0.9rem", border: "1px solid var(--soft)", borderRadius: "var(--round)" },
  "&.cm-focused": { outline: "3px solid var(--link)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", maxHeight: "60vh" },
  ".cm-content, .cm-gutter": { minHeight: "12rem" },
  ".cm-gutters": { backgroundColor: "var(--sunk)", color: "var(--soft)", borderRight: "1px solid var(--line)" },
  ".cm-content": { caretColor: "var(--ink)", padding: "0.5rem 0" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--ink)" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--faint) 45%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--faint)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--link) 28%, transparent)",
  },
  ".cm-selectionMatch": { backgroundColor: "color-mix(in srgb, var(--target) 25%, transparent)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "color-mix(in srgb, var(--observed) 30%, transparent)" },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "color-mix(in srgb, var(--iron) 30%, transparent)" },
  ".cm-placeholder": { color: "var(--soft)" },
  ".cm-panels": { backgroundColor: "var(--sunk)", color: "var(--ink)", borderTop: "1px solid var(--line)" },
  ".cm-panel input, .cm-panel button": { fontFamily: "var(--text)", color: "inherit", backgroundColor: "var(--card)", backgroundImage: "none", border: "1px solid var(--soft)" },
  ".cm-tooltip": {
    backgroundColor: "var(--card)", color: "var(--ink)", border: "1px solid var(--soft)", borderRadius: "var(--round)",
    fontFamily: "var(--text)", maxWidth: "min(36rem, 92vw)", overflowWrap: "anywhere", zIndex: "20",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--text)", maxHeight: "16rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "0.25rem 0.5rem", display: "flex", flexWrap: "wrap", gap: "0 0.6rem", alignItems: "baseline" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--link)", color: "var(--paper)" },
  ".cm-completionLabel": { fontFamily: "var(--mono)" },
  ".cm-completionDetail": { fontStyle: "normal", color: "var(--soft)", marginLeft: "0" },
  "li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-completionInfo": { padding: "0.25rem 0.75rem", maxWidth: "20rem" },
  ".cm-completionInfo p, .told p": { margin: "0.25rem 0" },
  ".told": { padding: "0.35rem 0.75rem" },
  ".told code": { color: "var(--soft)", fontFamily: "var(--mono)", fontSize: "0.85em" },
  ".cm-diagnostic": { padding: "0.35rem 0.75rem" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--iron)" },
  ".cm-diagnostic-warning": { borderLeft: "4px solid var(--target)" },
  ".cm-diagnosticAction": { backgroundColor: "var(--link)", color: "var(--paper)", padding: "0.1rem 0.5rem", cursor: "pointer" },
});

// The words of the grammar stand out by weight, so that no colour is needed to tell them.
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.definitionKeyword], color: "var(--iron)", fontWeight: "600" },
  { tag: [tags.function(tags.variableName), tags.standard(tags.name)], color: "var(--iron)" },
  { tag: tags.variableName, color: "var(--ours)" },
  { tag: [tags.url, tags.namespace, tags.propertyName, tags.labelName, tags.typeName, tags.className], color: "var(--link)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--observed)" },
  { tag: [tags.number, tags.bool, tags.literal], color: "var(--target)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--soft)", fontStyle: "italic" },
]);

/** The language, with the short names told apart that it leaves alone. */
const sparql = SparqlLanguage.configure({
  props: [styleTags({ A_predicate: tags.keyword, Pname_ln: tags.propertyName, Pname_ns: tags.namespace, Langtag: tags.annotation })],
});

/** The editor's own words, by the English ones it asks for. */
const PHRASES: [string, string][] = [
  ["Find", "find"], ["Replace", "replace"], ["next", "find_next"], ["previous", "find_previous"], ["all", "find_all"],
  ["match case", "find_case"], ["by word", "find_word"], ["regexp", "find_pattern"], ["replace", "replace"],
  ["replace all", "replace_all"], ["close", "close"], ["Completions", "completions"], ["Diagnostics", "diagnostics"],
  ["No diagnostics", "no_diagnostics"], ["current match", "find_current"], ["on line", "on_line"], ["Go to line", "go_to_line"],
  ["go", "go"], ["replaced $ matches", "replaced_all"], ["replaced match on line $", "replaced_one"],
];

/** Put an editor into an element. */
export function codeView(place: HTMLElement, text: string, does: Does): CodeView {
  const inside = place.attachShadow({ mode: "open" });
  const host = el("div");
  inside.append(host);
  const run = (): boolean => {
    does.run();
    return true;
  };
  const view = new EditorView({
    parent: host,
    root: inside,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        bracketMatching(),
        closeBrackets(),
        indentOnInput(),
        indentUnit.of("  "),
        highlightSelectionMatches(),
        search({ top: true }),
        new LanguageSupport(sparql),
        syntaxHighlighting(colours),
        autocompletion({ override: [complete], icons: false, maxRenderedOptions: 60, activateOnTypingDelay: 150 }),
        linter(faults, { delay: 600 }),
        lintGutter(),
        hoverTooltip(told, { hoverTime: 350 }),
        placeholder(t("write_here")),
        EditorView.lineWrapping,
        EditorState.phrases.of(Object.fromEntries(PHRASES.map(([english, key]) => [english, t(key)]))),
        EditorView.contentAttributes.of({ "aria-label": "SPARQL", "aria-description": t("keys"), spellcheck: "false", lang: "en" }),
        Prec.highest(keymap.of([{ key: "Mod-Enter", run }])),
        // Tab is left to the browser, so that nobody is caught in the field.
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...searchKeymap, ...historyKeymap, ...defaultKeymap]),
        EditorView.domEventHandlers({ beforeinput: overSelection }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) does.changed(update.state.doc.toString());
        }),
        looks,
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    replace: (given) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: given }, selection: { anchor: 0 } }),
    focus: () => view.focus(),
    mark: (line, column, message) => {
      const text = view.state.doc.toString();
      const at = offsetOf(text, line, column);
      view.dispatch({ selection: { anchor: at }, scrollIntoView: true });
      view.dispatch(setDiagnostics(view.state, [{ ...marked(text, at), severity: "error", message }]));
      view.focus();
    },
  };
}

/**
 * Write over a selection.
 *
 * Left to itself a browser merges the lines by giving them inline styles, which the page forbids and says so.
 */
function overSelection(event: InputEvent, view: EditorView): boolean {
  const { data, inputType } = event;
  if (inputType !== "insertText" || !data || event.isComposing || view.state.selection.main.empty) return false;
  if (/^[()[\]{}"']$/.test(data)) return false; // brackets and quotes are put around it
  event.preventDefault();
  view.dispatch(view.state.replaceSelection(data), { userEvent: "input.type", scrollIntoView: true });
  return true;
}

/** Tell what the IRI under the pointer is called and means. */
async function told(view: EditorView, position: number): Promise<{ pos: number; end: number; create(): { dom: HTMLElement } } | null> {
  const found = iriAt(view.state.doc.toString(), position);
  const known = await schema().catch(() => undefined);
  if (!found || !known) return null;
  const short = shorten(found.iri, known.prefixes);
  const named = known.classes[short] ?? known.properties[short] ?? (await names([found.iri], true).catch(() => undefined))?.get(found.iri);
  if (!named) return null;
  const definition = named.definition ? best(named.definition) : "";
  const dom = el("div", { class: "told", lang: lang === "zh" ? "zh-Hans" : "en" });
  dom.append(el("p", {}, el("strong", {}, both(named)), " ", el("code", {}, short)));
  if (definition) dom.append(el("p", {}, definition));
  if ("count" in named && typeof named.count === "number") dom.append(el("p", {}, el("small", {}, t("times_used", named.count))));
  return { pos: found.from, end: found.to, create: () => ({ dom }) };
}
