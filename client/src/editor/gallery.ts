/** The named questions, to learn the model from: what each asks, which terms it uses; one click takes it into the editor. */

import { lang, root, t } from "../words";
import { el } from "./dom";
import { fits } from "./match";
import { best, schema, type Labels, type Schema } from "./schema";

interface Question {
  name: string;
  title: Labels;
  audience: string;
  uses?: string[];
  notes?: string;
}

let asked: Promise<Question[]> | undefined;

function questions(): Promise<Question[]> {
  asked ??= fetch(`${root}/ask.json`).then((reply) => reply.json() as Promise<Question[]>);
  return asked;
}

/** Return the dialog; `take` gets the text of the question that was chosen. */
export function gallery(take: (text: string) => void): HTMLDialogElement {
  const found = el("ul", { class: "gallery-list" });
  const count = el("p", { role: "status", class: "quiet" });
  const field = el("input", { type: "search", "aria-label": t("gallery_search"), placeholder: t("gallery_search"), autocomplete: "off" });
  const dialog = el(
    "dialog",
    { class: "gallery", "aria-labelledby": "gallery-title" },
    el("div", { class: "gallery-head" }, el("h2", { id: "gallery-title" }, t("gallery")), el("button", { type: "button", class: "close", click: () => dialog.close() }, t("close"))),
    el("p", {}, t("gallery_intro")),
    el("p", {}, field),
    count,
    found,
  );
  const draw = async (): Promise<void> => {
    const [all, known] = await Promise.all([questions(), schema()]);
    const written = field.value.trim();
    const chosen = all.filter((question) => matches(question, written, known));
    count.textContent = t("gallery_found", chosen.length, all.length);
    found.replaceChildren(...chosen.map((question) => item(question, known)));
  };
  const item = (question: Question, known: Schema): HTMLElement => {
    const load = async (): Promise<void> => {
      const reply = await fetch(`${root}/ask/${question.name}.rq?lang=${lang}`);
      if (!reply.ok) return;
      dialog.close();
      take(await reply.text());
    };
    const terms = (question.uses ?? []).map((short) => {
      const named = known.classes[short] ?? known.properties[short];
      return el("li", { title: named?.definition ? best(named.definition) : short }, named ? best(named) : short);
    });
    return el(
      "li",
      {},
      el("h3", {}, best(question.title)),
      question.notes && lang === "en" ? el("p", { class: "quiet" }, question.notes) : null,
      el("p", { class: "uses-head" }, t("teaches")),
      el("ul", { class: "uses" }, ...terms),
      el(
        "p",
        { class: "gallery-does" },
        el("button", { type: "button", class: "load", click: () => void load() }, t("load")),
        " ",
        el("a", { href: `${root}/ask/${question.name}` }, t("as_form")),
        " ",
        el("code", {}, question.name),
      ),
    );
  };
  field.addEventListener("input", () => void draw());
  dialog.addEventListener("toggle", () => {
    if (dialog.open) void draw().catch(() => (count.textContent = t("state_offline")));
  });
  return dialog;
}

function matches(question: Question, written: string, known: Schema): boolean {
  if (written === "") return true;
  return written.split(/\s+/).every(
    (word) =>
      fits(word, question.name, question.title) > 0 ||
      (question.uses ?? []).some((short) => fits(word, short, known.classes[short] ?? known.properties[short] ?? {}) > 0),
  );
}
