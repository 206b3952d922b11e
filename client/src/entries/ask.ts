/** Forms of questions: fields that suggest things, and buttons that copy addresses and queries. */

import { combobox, type Option } from "../combobox";
import { confirmed, copied } from "../editor/dom";
import { lang, root, t } from "../words";

interface Hit {
  iri: string;
  labels: { en: string; zh: string };
  matched: string;
}

const MOST = 12;

/** Ask for the things that are called as it is written, of each of some classes. */
async function suggest(text: string, classes: string[], signal: AbortSignal): Promise<Option[]> {
  const asked = (classes.length ? classes : [""]).map(async (type) => {
    const query = new URLSearchParams({ q: text, limit: String(MOST), ...(type ? { type } : {}) });
    const reply = await fetch(`${root}/search?${query}`, { headers: { Accept: "application/json" }, signal });
    return reply.ok ? ((await reply.json()) as Hit[]) : [];
  });
  const hits = (await Promise.all(asked)).flat().slice(0, MOST);
  return hits.map(({ iri, labels, matched }) => {
    const [label, other] = lang === "zh" ? [labels.zh || labels.en, labels.en] : [labels.en || labels.zh, labels.zh];
    const note = [other, matched].find((name) => name && name !== label);
    return { value: iri, label, ...(note ? { note } : {}) };
  });
}

for (const field of document.querySelectorAll<HTMLInputElement>("input[data-of]")) {
  // The field shows a name, and a hidden one beside it holds the IRI that the name stands for.
  const { name } = field;
  const thing = document.createElement("input");
  thing.type = "hidden";
  thing.value = field.dataset["thing"] ?? "";
  const named = (): void => {
    field.name = thing.value ? "" : name;
    thing.name = thing.value ? name : "";
  };
  field.after(thing);
  field.dataset["found"] = t("found", "{n}");
  const classes = (field.dataset["of"] ?? "").split(" ").filter(Boolean);
  combobox(field, (text, signal) => suggest(text, classes, signal), ({ value }) => {
    thing.value = value;
    named();
  });
  field.addEventListener("input", () => {
    thing.value = "";
    named();
  });
  named();
}

for (const text of document.querySelectorAll<HTMLElement>("[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = t("copy");
  button.addEventListener("click", () => {
    void copied(text.textContent ?? "").then((done) => confirmed(button, t(done ? "copied" : "not_copied")));
  });
  (text.closest("pre") ?? text).after(button);
}
