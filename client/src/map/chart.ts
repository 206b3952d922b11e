/** The map drawn anew for every window and zoom: marks and type keep their size, labels their room. */

import { geoGraticule, geoPath, geoTransverseMercator, type GeoProjection } from "d3-geo";
import type { ZoomTransform } from "d3-zoom";

import { t } from "../words";
import type { Place } from "./data";
import { gather, spot, toward, type Box, type Gathered } from "./placing";
import { make, sign } from "./svg";

const MARK = 13;
const CLOSE = 16;
const MARGIN = { left: 56, right: 8, top: 8, bottom: 24 };
const PADDING = 56;
const RADIUS = 6371.0088;
const STEPS = [0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5];
const LENGTHS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200];

export interface Drawn {
  /** Kilometres that the scale bar shows. */
  kilometres: number;
  /** Things whose marks lie in the frame. */
  seen: number;
}

/** Handlers of what is done to a mark. */
export interface Doing {
  point(places: Place[], mark: SVGAElement): void;
  leave(): void;
  choose(places: Place[], mark: SVGAElement): void;
}

export class Chart {
  private readonly layer = make("g");
  private base: GeoProjection = geoTransverseMercator();
  private width = 0;
  private height = 0;

  constructor(
    private readonly svg: SVGSVGElement,
    private readonly everything: Place[],
    private readonly doing: Doing,
  ) {
    const kept = [...svg.children].filter((child) => child.tagName === "title" || child.tagName === "desc");
    svg.replaceChildren(...kept, this.layer);
  }

  /** Fit the whole region into a picture of a size. */
  resize(width: number, height: number): void {
    [this.width, this.height] = [width, height];
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("width", String(width));
    this.svg.setAttribute("height", String(height));
    const longitudes = this.everything.map(({ at }) => at[0]);
    const meridian = (Math.min(...longitudes) + Math.max(...longitudes)) / 2;
    const room = Math.min(PADDING, width / 8);
    this.base = geoTransverseMercator()
      .rotate([-meridian, 0])
      .fitExtent(
        [
          [MARGIN.left + room, MARGIN.top + room / 2],
          [width - MARGIN.right - room, height - MARGIN.bottom - room / 2],
        ],
        { type: "MultiPoint", coordinates: this.everything.map(({ at }) => at) },
      );
  }

  /** Draw what is chosen, as far as it is zoomed. */
  draw(transform: ZoomTransform, chosen: (place: Place) => boolean): Drawn {
    const [x, y] = this.base.translate();
    const projection = geoTransverseMercator()
      .rotate(this.base.rotate())
      .scale(this.base.scale() * transform.k)
      .translate([x * transform.k + transform.x, y * transform.k + transform.y]);
    const frame: Box = [MARGIN.left, MARGIN.top, this.width - MARGIN.right, this.height - MARGIN.bottom];
    const at = (place: Place): [number, number] => projection(place.at) ?? [NaN, NaN];
    const shown = this.everything.filter(chosen).filter((place) => holds(frame, at(place)));
    const focused = document.activeElement instanceof SVGAElement ? document.activeElement.dataset["id"] : undefined;
    const bar = this.bar(projection, frame);
    this.layer.replaceChildren(
      make("rect", { x: frame[0], y: frame[1], width: frame[2] - frame[0], height: frame[3] - frame[1], class: "map-ground" }),
      ...this.graticule(projection, frame),
      bar.drawn,
      this.north(frame),
      ...this.marks(gather(shown, at, CLOSE), frame, bar.box),
    );
    // What had the focus is another element now, of the same thing.
    if (focused) this.mark(focused)?.focus({ preventScroll: true });
    return { kilometres: bar.kilometres, seen: shown.length };
  }

  /** Return the mark that stands for a thing, alone or with others. */
  mark(id: string): SVGAElement | undefined {
    return [...this.layer.querySelectorAll<SVGAElement>("a")].find((each) =>
      (each.dataset["ids"] ?? "").split(" ").includes(id),
    );
  }

  private marks(groups: Gathered<Place>[], frame: Box, bar: Box): SVGElement[] {
    const half = MARK / 2 + 1;
    const taken: Box[] = groups.map(({ x, y }) => [x - half, y - half, x + half, y + half]);
    taken.push(bar, [frame[2] - 46, frame[1], frame[2], frame[1] + 52]);
    return groups.map(({ x, y, members }) => {
      const first = members[0] as Place;
      const several = members.length > 1;
      const name = several ? t("together", members.length) : first.name;
      const place = several ? undefined : spot([x, y], measure(name), 15, taken, frame);
      const parts: SVGElement[] = [];
      if (place) {
        taken.push(place.box);
        if (place.far) {
          const end = toward(x, y, place.box);
          parts.push(make("line", { x1: x, y1: y, x2: end[0], y2: end[1], class: "map-leader" }));
        }
        parts.push(make("text", { x: place.x, y: place.y, "text-anchor": place.anchor, class: "map-name" }, name));
      }
      return this.link(members, name, x, y, parts);
    });
  }

  private link(members: Place[], name: string, x: number, y: number, parts: SVGElement[]): SVGAElement {
    const first = members[0] as Place;
    const several = members.length > 1;
    const drawn = several
      ? [
          make("circle", { cx: x, cy: y, r: MARK * 0.75, class: "map-several" }),
          make("text", { x, y: y + 4, "text-anchor": "middle", class: "map-count" }, String(members.length)),
        ]
      : [sign(first.kind, x, y, MARK, first.accuracy === "approximate")];
    // A finger needs more room than a mark has.
    const reach = make("circle", { cx: x, cy: y, r: 12, fill: "transparent" });
    // What is seen in a mark has to be part of what it is called.
    const told = several ? `${members.length}: ${members.map((each) => each.name).join(", ")}` : `${name}, ${t(`kind_${first.kind}`)}, ${t(`accuracy_${first.accuracy}`)}`;
    const link = make(
      "a",
      { href: `#${first.id}`, class: `map-point map-${first.kind}`, "aria-label": told },
      reach,
      ...drawn,
      ...parts,
    );
    link.dataset["id"] = first.id;
    link.dataset["ids"] = members.map((each) => each.id).join(" ");
    link.addEventListener("pointerenter", () => this.doing.point(members, link));
    link.addEventListener("pointerleave", () => this.doing.leave());
    link.addEventListener("focus", () => this.doing.point(members, link));
    link.addEventListener("blur", () => this.doing.leave());
    link.addEventListener("click", (event) => {
      event.preventDefault();
      this.doing.choose(members, link);
    });
    return link;
  }

  private *graticule(projection: GeoProjection, frame: Box): Generator<SVGElement> {
    const corners = [frame[0], frame[2]].flatMap((x) =>
      [frame[1], frame[3]].map((y): [number, number] => projection.invert?.([x, y]) ?? [0, 0]),
    );
    const longitudes = corners.map((corner) => corner[0]);
    const latitudes = corners.map((corner) => corner[1]);
    const [west, east] = [Math.min(...longitudes), Math.max(...longitudes)];
    const [south, north] = [Math.min(...latitudes), Math.max(...latitudes)];
    const most = Math.max(3, Math.floor((frame[2] - frame[0]) / 90));
    const step = STEPS.find((each) => (east - west) / each <= most) ?? 5;
    projection.clipExtent([
      [frame[0], frame[1]],
      [frame[2], frame[3]],
    ]);
    const lines = geoGraticule()
      .extent([
        [west - step, south - step],
        [east + step, north + step],
      ])
      .step([step, step])();
    yield make("path", { d: geoPath(projection)(lines) ?? "", class: "map-graticule" });
    projection.clipExtent(null);
    for (let i = Math.ceil(south / step); i * step <= north; i++) {
      const y = projection([west, i * step])?.[1] ?? NaN;
      if (y >= frame[1] && y <= frame[3]) yield degrees(`${round(i * step)}°N`, frame[0] - 6, y + 4, "end");
    }
    for (let i = Math.ceil(west / step); i * step <= east; i++) {
      const x = projection([i * step, south])?.[0] ?? NaN;
      if (x >= frame[0] && x <= frame[2] - 14) yield degrees(`${round(i * step)}°E`, x, frame[3] + 16, "middle");
    }
  }

  private bar(projection: GeoProjection, frame: Box): { drawn: SVGElement; box: Box; kilometres: number } {
    const pixels = projection.scale() / RADIUS;
    const longest = Math.min(160, (frame[2] - frame[0]) / 3);
    const kilometres = LENGTHS.filter((each) => each * pixels <= longest).at(-1) ?? 0.1;
    const length = kilometres * pixels;
    const [x, y] = [frame[0] + 14, frame[3] - 14];
    const drawn = make(
      "g",
      { class: "map-scale" },
      make("rect", { x, y: y - 5, width: length, height: 5, class: "map-bar" }),
      make("rect", { x, y: y - 5, width: length / 2, height: 5, class: "map-bar map-bar-full" }),
      degrees("0", x, y - 9, "middle"),
      degrees(`${kilometres} ${t("kilometres")}`, x + length, y - 9, "middle"),
    );
    return { drawn, box: [frame[0], frame[3] - 40, x + length + 44, frame[3]], kilometres };
  }

  private north(frame: Box): SVGElement {
    const [x, y] = [frame[2] - 24, frame[1] + 14];
    return make(
      "g",
      { class: "map-north" },
      make("path", { d: `M${x} ${y}l7 22l-7 -6l-7 6Z`, class: "map-arrow" }),
      degrees(t("north"), x, y + 36, "middle"),
    );
  }
}

function holds([left, top, right, bottom]: Box, [x, y]: readonly [number, number]): boolean {
  return left <= x && x <= right && top <= y && y <= bottom;
}

function degrees(text: string, x: number, y: number, anchor: string): SVGTextElement {
  return make("text", { x, y, "text-anchor": anchor, class: "map-degrees" }, text);
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

const pencil = document.createElement("canvas").getContext("2d");

/** Return how wide a name is, in the face in which it is drawn. */
function measure(name: string): number {
  if (!pencil) return name.length * 12;
  pencil.font = `650 12.5px ${getComputedStyle(document.body).fontFamily}`;
  return pencil.measureText(name).width + 2;
}
