/** What came of a query: how long it took, the answer in the view one likes, files of it, or why there is none. */

import { root, t } from "../words";
import { chartable, edgesOf, flowing, mappable } from "./able";
import type { Answer } from "./answer";
import { checked, said } from "./check";
import { el } from "./dom";
import type { Failed } from "./run";
import { tableView } from "./views/table";

type View = "table" | "graph" | "chart" | "line" | "sankey" | "map" | "raw";

const VIEWS: View[] = ["table", "graph", "chart", "sankey", "map", "raw"];

/** Return the view that a query asks for by a comment `#view: chart`. */
export function wished(query: string): View | undefined {
  const word = /^[ \t]*#[ \t]*view:[ \t]*([a-z]+)/im.exec(query)?.[1]?.toLowerCase();
  if (word === "bar") return "chart";
  return word === "line" || VIEWS.includes(word as View) ? (word as View) : undefined;
}

export interface Formats {
  results: string[];
  graphs: string[];
}

/** Where the answer is shown. */
export class Results {
  private clock: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly place: HTMLElement,
    private readonly formats: Formats,
    private readonly jump: (line: number, column: number, message: string) => void,
  ) {}

  /** Show that there is nothing yet. */
  empty(): void {
    this.stopClock();
    this.place.replaceChildren(el("p", { class: "nothing" }, t("not_run")));
  }

  /** Show that a query runs, and for how long. */
  running(): void {
    this.stopClock();
    const began = performance.now();
    const seconds = el("span", {}, "0");
    this.clock = setInterval(() => (seconds.textContent = ((performance.now() - began) / 1000).toFixed(1)), 100);
    const visible = el("span", { "aria-hidden": "true" }, " ", seconds, " s");
    this.place.replaceChildren(el("p", { class: "state running" }, el("span", { role: "status" }, t("running")), visible));
  }

  /** Show that a query is being stopped. */
  cancelling(): void {
    this.stopClock();
    this.place.replaceChildren(el("p", { class: "state", role: "status" }, t("cancelling")));
  }

  private stopClock(): void {
    clearInterval(this.clock);
  }

  /** Show why there is no answer, and what to do. */
  async failed(failed: Failed, query: string): Promise<void> {
    this.stopClock();
    const head = el("p", { class: `state failed ${failed.why}`, role: "alert" }, el("strong", {}, t(`state_${failed.why}`)));
    const parts: HTMLElement[] = [head, el("p", {}, t(`advice_${failed.why}`, failed.after ?? ""))];
    if (failed.why === "wrong" && failed.line !== undefined) {
      const { line, column = 1 } = failed;
      const fault = await checked(query);
      const words = fault && !fault.valid ? said(fault, query) : failed.detail;
      const go = el("button", { type: "button", class: "jump", click: () => this.jump(line, column, words) }, t("jump", line, column));
      parts.splice(1, 1, el("p", {}, words), el("p", {}, go));
    }
    if (failed.detail && failed.why !== "cancelled") {
      parts.push(el("details", {}, el("summary", {}, t("service_says")), el("p", { lang: "en" }, failed.detail)));
    }
    this.place.replaceChildren(el("div", { class: "problem" }, ...parts));
  }

  /** Show an answer. */
  answered(answer: Answer, query: string): void {
    this.stopClock();
    const wish = wished(query);
    const body = el("div", { class: "answer", id: "answer-view" });
    const able: Partial<Record<View, boolean>> = {
      table: answer.kind !== "truth",
      graph: edgesOf(answer).length > 0,
      chart: chartable(answer) !== undefined,
      sankey: flowing(answer) !== undefined,
      map: mappable(answer) !== undefined,
      raw: true,
    };
    const buttons = new Map<View, HTMLButtonElement>();
    const show = (view: View): void => {
      const pressed: View = view === "line" ? "chart" : view;
      for (const [name, button] of buttons) button.setAttribute("aria-pressed", String(name === pressed));
      this.draw(body, answer, view);
    };
    for (const view of VIEWS) {
      if (!able[view] && view !== wish) continue;
      buttons.set(view, el("button", { type: "button", "aria-controls": "answer-view", click: () => show(view) }, t(`view_${view}`)));
    }
    const views = el("div", { class: "switches", role: "group", "aria-label": t("views") }, ...buttons.values());
    this.place.replaceChildren(this.about(answer), views, body, this.downloads(answer, query));
    show(wish ?? "table");
  }

  private about(answer: Answer): HTMLElement {
    const count = answer.kind === "truth" ? "" : t(answer.kind === "graph" ? "triples" : "rows", answer.rows.length);
    const took = answer.took === undefined ? "" : t("took", Math.round(answer.took), Math.round(answer.waited));
    const line = el("p", { class: "state done", role: "status" }, el("strong", {}, count || t("answer")), took ? ` · ${took}` : "");
    if (answer.truncated) line.append(" ", el("strong", { class: "cut" }, t("cut", answer.rows.length)));
    return line;
  }

  private draw(body: HTMLElement, answer: Answer, view: View): void {
    if (answer.kind === "truth" && view !== "raw") {
      body.replaceChildren(el("p", { class: "truth" }, el("strong", {}, answer.truth ? t("yes") : t("no")), " ", el("code", {}, String(answer.truth))));
    } else if (view === "raw") {
      body.replaceChildren(el("pre", { class: "raw", tabindex: 0, role: "region", "aria-label": t("view_raw") }, pretty(answer)));
    } else if (answer.rows.length === 0) {
      body.replaceChildren(el("p", { class: "nothing" }, t("no_rows")));
    } else if (view === "table") {
      tableView(body, answer);
    } else {
      body.replaceChildren(el("p", { class: "quiet", role: "status" }, t("drawing")));
      void drawn(body, answer, view).catch(() => body.replaceChildren(el("p", { class: "nothing", role: "alert" }, t("state_offline"))));
    }
  }

  /** Offer the answer in every format that the service knows for it. */
  private downloads(answer: Answer, query: string): HTMLElement {
    const names = answer.kind === "graph" ? this.formats.graphs : this.formats.results;
    const buttons = names.map((name) => el("button", { type: "button", class: "file", click: () => void download(query, name) }, name));
    return el("p", { class: "files" }, `${t("files")}: `, ...buttons.flatMap((button) => [button, " "]));
  }
}

/** Draw a picture of an answer; what draws it is fetched when the first one is looked at. */
async function drawn(body: HTMLElement, answer: Answer, view: View): Promise<void> {
  if (view === "graph") return (await import("./views/graph")).graphView(body, answer);
  if (view === "sankey") return (await import("./views/sankey")).sankeyView(body, answer);
  if (view === "map") return (await import("./views/map")).mapView(body, answer);
  return (await import("./views/chart")).chartView(body, answer, view === "line" ? "line" : "bar");
}

const MOST_RAW = 300_000;

function pretty(answer: Answer): string {
  const text = answer.kind === "graph" || answer.raw.length > MOST_RAW ? answer.raw : JSON.stringify(JSON.parse(answer.raw), null, 2);
  return text.length > MOST_RAW ? `${text.slice(0, MOST_RAW)}\n… ${t("rest_in_files")}` : text;
}

/** Save an answer; it is asked for again in its format, which the service has kept. */
async function download(query: string, format: string): Promise<void> {
  const reply = await fetch(`${root}/sparql`, { method: "POST", body: new URLSearchParams({ query, format }) });
  if (!reply.ok) return;
  const address = URL.createObjectURL(await reply.blob());
  const link = el("a", { href: address, download: `answer.${format === "rdfxml" ? "rdf" : format}` });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
