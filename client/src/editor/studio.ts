/** The query editor: tabs, the field, what is done with a query, and what comes of it. */

import { t } from "../words";
import { codeView, type CodeView } from "./code-view";
import { samples } from "./code";
import { confirmed, copied, cut, el } from "./dom";
import { gallery } from "./gallery";
import { Results, type Formats } from "./results";
import { Run } from "./run";
import { forgetPast, keepPast, keepTabs, newId, past, tabsKept, titleOf, type Tabs } from "./store";

const KEPT_AFTER = 300;

/** Put the editor into an element. */
export class Studio {
  private readonly tabs: Tabs;
  private readonly bar = el("div", { role: "tablist", "aria-label": t("tabs"), class: "tabs" });
  private readonly field = el("div", { class: "field", role: "tabpanel", id: "query-field", "aria-label": t("query") });
  private readonly outcome = el("section", { class: "outcome", "aria-label": t("answer") });
  private readonly results: Results;
  private readonly runButton: HTMLButtonElement;
  private readonly cancelButton: HTMLButtonElement;
  private readonly code: CodeView;
  private now: Run | undefined;
  private keeping: ReturnType<typeof setTimeout> | undefined;

  constructor(place: HTMLElement, first: string, given: string | undefined, formats: Formats) {
    this.tabs = tabsKept(first);
    if (given !== undefined) this.add(given, false);
    this.runButton = el("button", { type: "button", class: "first run", click: () => void this.run() }, t("run"));
    this.cancelButton = el("button", { type: "button", class: "cancel", disabled: true, click: () => void this.cancel() }, t("cancel"));
    const questions = gallery((text) => {
      this.add(text);
      this.code.focus();
    });
    const history = el("dialog", { class: "gallery history", "aria-labelledby": "history-title" });
    const program = el("dialog", { class: "gallery code", "aria-labelledby": "code-title" });
    const share = el("button", { type: "button", class: "share", click: () => void this.share(share) }, t("share"));
    const open = el("button", { type: "button", class: "open-gallery", click: () => questions.showModal() }, t("gallery"));
    const before = el("button", { type: "button", class: "open-history", click: () => this.history(history) }, t("history"));
    const asCode = el("button", { type: "button", class: "open-code", click: () => this.program(program) }, t("code"));
    const more = el("button", { type: "button", class: "tab new-tab", "aria-label": t("new_tab"), title: t("new_tab"), click: () => this.fresh() }, "+");
    place.replaceChildren(
      el("div", { class: "tab-bar" }, this.bar, more),
      this.field,
      el("p", { class: "quiet keys" }, t("keys")),
      el("div", { class: "does", role: "group", "aria-label": t("actions") }, this.runButton, this.cancelButton, open, before, share, asCode),
      this.outcome,
      questions,
      history,
      program,
    );
    this.results = new Results(this.outcome, formats, (line, column, message) => this.code.mark(line, column, message));
    const box = el("div", { class: "code-view" });
    this.field.append(box);
    this.code = codeView(box, this.text(), { run: () => void this.run(), changed: (text) => this.changed(text) });
    this.results.empty();
    this.drawTabs();
  }

  private text(): string {
    return this.tabs.tabs.find((tab) => tab.id === this.tabs.current)?.text ?? "";
  }

  private changed(text: string): void {
    const tab = this.tabs.tabs.find((each) => each.id === this.tabs.current);
    if (!tab) return;
    tab.text = text;
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => {
      keepTabs(this.tabs);
      this.drawTabs();
    }, KEPT_AFTER);
  }

  private add(text: string, shown = true): void {
    const same = this.tabs.tabs.find((tab) => tab.text === text);
    const tab = same ?? { id: newId(), text };
    if (!same) this.tabs.tabs.push(tab);
    this.tabs.current = tab.id;
    keepTabs(this.tabs);
    if (shown) this.select(tab.id);
  }

  private select(id: string): void {
    this.tabs.current = id;
    this.code.replace(this.text());
    keepTabs(this.tabs);
    this.drawTabs();
  }

  private close(id: string): void {
    const at = this.tabs.tabs.findIndex((tab) => tab.id === id);
    this.tabs.tabs.splice(at, 1);
    if (this.tabs.tabs.length === 0) this.tabs.tabs.push({ id: newId(), text: "" });
    const next = this.tabs.current === id ? this.tabs.tabs[Math.max(0, at - 1)]!.id : this.tabs.current;
    this.select(next);
    this.bar.querySelector<HTMLElement>("[aria-selected='true']")?.focus();
  }

  private drawTabs(): void {
    const focused = this.bar.contains(document.activeElement);
    const tabs = this.tabs.tabs.map((tab, at) => {
      const chosen = tab.id === this.tabs.current;
      const name = cut(titleOf(tab.text), 26) || t("tab", at + 1);
      // The cross is for the mouse; the keyboard closes a tab by Delete.
      const cross = el("span", { class: "close-tab", "aria-hidden": "true", title: t("close_tab", name) }, "×");
      const pressed = (event: Event): void => (event.target === cross ? this.close(tab.id) : this.select(tab.id));
      return el(
        "button",
        {
          type: "button", role: "tab", class: "tab", "aria-selected": String(chosen), "aria-controls": "query-field", tabindex: chosen ? 0 : -1,
          "aria-keyshortcuts": "Delete", title: titleOf(tab.text), click: pressed, keydown: (event) => this.walkTabs(event as KeyboardEvent, at),
        },
        name,
        cross,
      );
    });
    this.bar.replaceChildren(...tabs);
    if (focused) this.bar.querySelector<HTMLElement>("[aria-selected='true']")?.focus();
  }

  private fresh(): void {
    const tab = { id: newId(), text: "" };
    this.tabs.tabs.push(tab);
    this.select(tab.id);
    this.code.focus();
  }

  private walkTabs(event: KeyboardEvent, at: number): void {
    const all = this.tabs.tabs;
    const to: Record<string, number> = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 };
    if (event.key === "Delete") {
      this.close(all[at]!.id);
    } else if (event.key in to) {
      const next = all[(to[event.key]! + all.length) % all.length]!;
      event.preventDefault();
      this.select(next.id);
      this.bar.querySelector<HTMLElement>("[aria-selected='true']")?.focus();
    }
  }

  /** Run what is written, and show what comes of it. */
  async run(): Promise<void> {
    const query = this.code.text();
    if (this.now || query.trim() === "") return;
    const run = new Run(query);
    this.now = run;
    this.busy(true);
    this.results.running();
    const { answer, failed } = await run.outcome();
    this.now = undefined;
    this.busy(false);
    if (answer) {
      this.results.answered(answer, query);
      keepPast({ text: query, when: new Date().toISOString(), ...(answer.kind === "truth" ? {} : { rows: answer.rows.length }) });
    } else {
      await this.results.failed(failed, query);
    }
  }

  private async cancel(): Promise<void> {
    this.results.cancelling();
    await this.now?.cancel();
  }

  private busy(is: boolean): void {
    const focused = document.activeElement === this.cancelButton;
    this.runButton.disabled = is;
    this.cancelButton.disabled = !is; // it stays enabled while it works, so that the focus is not lost
    this.outcome.setAttribute("aria-busy", String(is));
    if (!is && focused) this.runButton.focus();
  }

  private async share(button: HTMLButtonElement): Promise<void> {
    const address = new URL(location.href);
    address.search = "";
    address.hash = new URLSearchParams({ query: this.code.text() }).toString();
    window.history.replaceState(null, "", address);
    confirmed(button, (await copied(address.href)) ? t("link_copied") : t("link_above"));
  }

  private history(dialog: HTMLDialogElement): void {
    const all = past();
    const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
    const items = all.map(({ text, when: at, rows }) => {
      const take = (): void => {
        dialog.close();
        this.add(text);
        this.code.focus();
      };
      return el(
        "li",
        {},
        el("button", { type: "button", class: "load", click: take }, t("load")),
        " ",
        el("small", {}, when.format(new Date(at)), rows === undefined ? "" : ` · ${t("rows", rows)}`),
        el("pre", {}, cut(text.replace(/PREFIX\s+\S*\s*<[^>]*>\s*/gi, "").trim(), 400)),
      );
    });
    const forget = (): void => {
      forgetPast();
      dialog.close();
    };
    dialog.replaceChildren(
      el("div", { class: "gallery-head" }, el("h2", { id: "history-title" }, t("history")), el("button", { type: "button", class: "close", click: () => dialog.close() }, t("close"))),
      el("p", { class: "quiet" }, t("history_intro")),
      items.length ? el("ul", { class: "gallery-list" }, ...items) : el("p", { class: "nothing" }, t("history_empty")),
      ...(items.length ? [el("p", {}, el("button", { type: "button", click: forget }, t("forget")))] : []),
    );
    dialog.showModal();
  }

  private program(dialog: HTMLDialogElement): void {
    const parts = samples(this.code.text()).map(({ name, code }) => {
      const copy = el("button", { type: "button", class: "copy", click: () => void copied(code).then((done) => confirmed(copy, done ? t("copied") : t("not_copied"))) }, t("copy"));
      return el("details", { name: "code" }, el("summary", {}, name), el("p", {}, copy), el("pre", { tabindex: 0, role: "region", "aria-label": name }, code));
    });
    parts[0]?.setAttribute("open", "");
    dialog.replaceChildren(
      el("div", { class: "gallery-head" }, el("h2", { id: "code-title" }, t("code")), el("button", { type: "button", class: "close", click: () => dialog.close() }, t("close"))),
      ...parts,
    );
    dialog.showModal();
  }
}
