/** An answer as a table: names beside IRIs, sorted by a click, walked through by the arrow keys, in pages. */

import { t } from "../../words";
import { numberIn, type Answer, type Cell } from "../answer";
import { el } from "../dom";
import { address, best, names, schema, shorten, type Schema, type Told } from "../schema";

const ON_A_PAGE = 100;

interface Order {
  column: number;
  down: boolean;
}

/** Draw a table into an element. */
export function tableView(place: HTMLElement, answer: Answer): void {
  let order: Order | undefined;
  let page = 0;
  const pages = Math.max(1, Math.ceil(answer.rows.length / ON_A_PAGE));

  const draw = async (focus?: () => void): Promise<void> => {
    const rows = sorted(answer.rows, order).slice(page * ON_A_PAGE, (page + 1) * ON_A_PAGE);
    const known = await schema().catch(() => undefined);
    const iris = rows.flat().flatMap((cell) => (cell?.type === "uri" ? [cell.value] : []));
    const called = await names(iris).catch(() => new Map<string, Told>());
    const head = answer.columns.map((name, column) => header(name, column));
    const body = rows.map((row, at) =>
      el(
        "tr",
        { "aria-rowindex": page * ON_A_PAGE + at + 2 },
        ...row.map((cell, column) => el("td", { role: "gridcell", tabindex: at === 0 && column === 0 ? 0 : -1, class: kind(cell) }, ...shown(cell, called, known))),
      ),
    );
    const grid = el(
      "table",
      { role: "grid", "aria-label": t("answer_table"), "aria-rowcount": answer.rows.length + 1, class: "answer-grid" },
      el("thead", {}, el("tr", { "aria-rowindex": 1 }, ...head)),
      el("tbody", {}, ...body),
    );
    grid.addEventListener("keydown", (event) => walk(grid, event));
    const box = el("div", { class: "wide", role: "region", "aria-label": t("answer_table"), tabindex: 0 }, grid);
    place.replaceChildren(box, ...(pages > 1 ? [pager()] : []));
    focus?.();
  };

  const header = (name: string, column: number): HTMLTableCellElement => {
    const state = order?.column === column ? (order.down ? "descending" : "ascending") : "none";
    const sort = (): void => {
      order = order?.column === column ? (order.down ? undefined : { column, down: true }) : { column, down: false };
      page = 0;
      void draw(() => place.querySelectorAll<HTMLButtonElement>("thead button")[column]?.focus());
    };
    const sign = state === "ascending" ? " ▲" : state === "descending" ? " ▼" : "";
    return el("th", { scope: "col", role: "columnheader", "aria-sort": state }, el("button", { type: "button", class: "sort", title: t("sort"), click: sort }, name, el("span", { "aria-hidden": "true" }, sign)));
  };

  const pager = (): HTMLElement => {
    const to = (next: number, which: string) => (): void => {
      page = next;
      void draw(() => place.querySelector<HTMLButtonElement>(`.pager .${which}:enabled`)?.focus());
    };
    const from = page * ON_A_PAGE + 1;
    return el(
      "nav",
      { class: "pager", "aria-label": t("pages") },
      el("button", { type: "button", class: "earlier", disabled: page === 0, click: to(page - 1, "earlier") }, t("earlier")),
      el("span", { role: "status" }, t("rows_from_to", from, Math.min(from + ON_A_PAGE - 1, answer.rows.length), answer.rows.length)),
      el("button", { type: "button", class: "later", disabled: page >= pages - 1, click: to(page + 1, "later") }, t("later")),
    );
  };
  void draw();
}

function kind(cell: Cell | undefined): string {
  return numberIn(cell) === undefined ? "" : "count";
}

function shown(cell: Cell | undefined, called: Map<string, Told>, known: Schema | undefined): (Node | string)[] {
  if (!cell) return [];
  if (cell.type === "uri") {
    const short = known ? shorten(cell.value, known.prefixes) : cell.value;
    const at = known ? address(cell.value, known.base) : cell.value;
    const name = called.get(cell.value);
    const link = at ? el("a", { href: at, title: cell.value }, name ? best(name) : short) : el("span", {}, short);
    return name ? [link, " ", el("code", {}, short)] : [link];
  }
  if (cell.type === "bnode") return [el("code", {}, `_:${cell.value}`)];
  if (cell.lang) return [el("span", { lang: cell.lang }, cell.value), " ", el("small", {}, `@${cell.lang}`)];
  return [cell.datatype && known ? el("span", { title: shorten(cell.datatype, known.prefixes) }, cell.value) : cell.value];
}

function sorted(rows: Answer["rows"], order: Order | undefined): Answer["rows"] {
  if (!order) return rows;
  const { column, down } = order;
  const compare = new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;
  return [...rows].sort((one, other) => {
    const [first, second] = [one[column], other[column]];
    if (!first || !second) return (first ? 0 : 1) - (second ? 0 : 1);
    const [a, b] = [numberIn(first), numberIn(second)];
    const found = a !== undefined && b !== undefined ? a - b : compare(first.value, second.value);
    return down ? -found : found;
  });
}

/** Move from cell to cell by the arrow keys; Enter follows the link of a cell. */
function walk(grid: HTMLTableElement, event: KeyboardEvent): void {
  const cell = (event.target as Element).closest("td");
  const rows = grid.tBodies[0]?.rows;
  if (!cell || !rows || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter" && event.target === cell) {
    cell.querySelector("a")?.click();
    return;
  }
  const row = cell.parentElement as HTMLTableRowElement;
  const at = row.sectionRowIndex;
  const last = row.cells.length - 1;
  const column = cell.cellIndex;
  const to: Record<string, [number, number]> = {
    ArrowUp: [at - 1, column], ArrowDown: [at + 1, column], ArrowLeft: [at, column - 1], ArrowRight: [at, column + 1],
    Home: [at, 0], End: [at, last], PageUp: [Math.max(0, at - 10), column], PageDown: [Math.min(rows.length - 1, at + 10), column],
  };
  const [nextRow, nextColumn] = to[event.key] ?? [-1, -1];
  const next = rows[nextRow]?.cells[nextColumn];
  if (!next) return;
  event.preventDefault();
  grid.querySelectorAll("td[tabindex='0']").forEach((each) => each.setAttribute("tabindex", "-1"));
  next.setAttribute("tabindex", "0");
  next.focus();
}
