/** The map zooms, moves and filters; without this script it is the picture and the table. */

import { select } from "d3-selection";
import { zoom, zoomIdentity, type D3ZoomEvent } from "d3-zoom";

import { Card } from "../map/card";
import { Chart } from "../map/chart";
import { read, type Place } from "../map/data";
import { lang, t } from "../words";

const FARTHEST = 40;
const STEP = 60;

function start(figure: HTMLElement, svg: SVGSVGElement, places: Place[]): void {
  const box = svg.parentElement ?? figure;
  const form = document.querySelector<HTMLFormElement>(".map-filter");
  let kind = figure.dataset["kind"] ?? "";
  let transform = zoomIdentity;

  const card = new Card(figure, (id) => chart.mark(id)?.focus({ preventScroll: true }));
  const chart = new Chart(svg, places, {
    point: (group, mark) => card.show(group, mark),
    leave: () => card.leave(),
    choose: (group, mark) => {
      if (group.length > 1 && transform.k < FARTHEST / 2) behaviour.scaleBy(picture, 3, centre(mark));
      else card.hold(group, mark);
    },
  });

  const status = document.createElement("p");
  status.className = "quiet";
  status.setAttribute("role", "status");

  function draw(): void {
    const drawn = chart.draw(transform, (place) => !kind || place.kind === kind);
    status.textContent = t("moved", drawn.kilometres, drawn.seen);
    figure.dataset["zoom"] = transform.k.toFixed(2);
  }

  const behaviour = zoom<SVGSVGElement, unknown>()
    .scaleExtent([1, FARTHEST])
    // The wheel scrolls the page; a finger too, unless it is one of two.
    .filter((event: WheelEvent & TouchEvent & MouseEvent) =>
      event.type === "wheel" ? event.ctrlKey : event.type.startsWith("touch") ? event.touches.length > 1 || transform.k > 1 : !event.button,
    )
    .on("zoom", (event: D3ZoomEvent<SVGSVGElement, unknown>) => {
      transform = event.transform;
      if (event.sourceEvent) card.drop();
      draw();
    });
  const picture = select(svg).call(behaviour);

  function centre(mark: SVGGraphicsElement): [number, number] {
    const { x, y, width, height } = mark.getBBox();
    return [x + width / 2, y + height / 2];
  }

  function fit(): void {
    const width = Math.max(300, Math.min(box.clientWidth, 1100));
    const height = Math.max(320, Math.min(width * 0.95, window.innerHeight * 0.85));
    chart.resize(width, height);
    behaviour.translateExtent([
      [0, 0],
      [width, height],
    ]);
    draw();
  }

  svg.classList.add("live");
  figure.prepend(tools(behaviour, picture, status));
  svg.setAttribute("tabindex", "0");
  svg.setAttribute("aria-description", t("help"));
  svg.addEventListener("keydown", (event) => {
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP],
    }; // prettier-ignore
    const move = moves[event.key];
    if (move) behaviour.translateBy(picture, move[0] / transform.k, move[1] / transform.k);
    else if (event.key === "+" || event.key === "=") behaviour.scaleBy(picture, 1.6);
    else if (event.key === "-") behaviour.scaleBy(picture, 1 / 1.6);
    else if (event.key === "0") behaviour.transform(picture, zoomIdentity);
    else return;
    event.preventDefault();
  });

  form?.querySelector("button")?.setAttribute("hidden", "");
  form?.addEventListener("change", () => {
    kind = String(new FormData(form).get("kind") ?? "");
    const address = new URL(location.href);
    if (kind) address.searchParams.set("kind", kind);
    else address.searchParams.delete("kind");
    history.replaceState(null, "", address);
    for (const row of document.querySelectorAll<HTMLElement>(".positions tr[data-kind]")) {
      row.hidden = Boolean(kind) && row.dataset["kind"] !== kind;
    }
    card.drop();
    draw();
  });

  new ResizeObserver(fit).observe(box);
  fit();
  figure.dataset["ready"] = "true";
}

function tools(
  behaviour: ReturnType<typeof zoom<SVGSVGElement, unknown>>,
  picture: ReturnType<typeof select<SVGSVGElement, unknown>>,
  status: HTMLElement,
): HTMLElement {
  const bar = document.createElement("div");
  bar.className = "map-tools";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", t("controls"));
  const buttons: [string, string, () => void][] = [
    ["+", t("zoom_in"), () => behaviour.scaleBy(picture, 1.6)],
    ["−", t("zoom_out"), () => behaviour.scaleBy(picture, 1 / 1.6)],
    ["⤢", t("reset"), () => behaviour.transform(picture, zoomIdentity)],
  ];
  for (const [text, name, act] of buttons) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.title = name;
    button.setAttribute("aria-label", name);
    button.addEventListener("click", act);
    bar.append(button);
  }
  const help = document.createElement("small");
  help.className = "quiet";
  help.textContent = t("help");
  bar.append(help, status);
  return bar;
}

const figure = document.querySelector<HTMLElement>("[data-map]");
const svg = figure?.querySelector<SVGSVGElement>("svg.map");
if (figure && svg) {
  try {
    const answer = await fetch(figure.dataset["map"] ?? "");
    if (!answer.ok) throw new Error(String(answer.status));
    start(figure, svg, read(await answer.text(), lang));
  } catch (error) {
    console.warn(t("failed"), error);
  }
}
