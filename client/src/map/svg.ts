/** Elements of SVG, made without markup. */

const SPACE = "http://www.w3.org/2000/svg";

type Attributes = Record<string, string | number | undefined>;

export function make<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(key, typeof value === "number" ? value.toFixed(2) : value);
  }
  made.append(...children);
  return made;
}

/** Return the sign of a kind of thing: the same shapes as the server draws. */
export function sign(kind: string, x: number, y: number, size: number, rough: boolean): SVGElement {
  const names = rough ? "map-sign map-rough" : "map-sign";
  const half = size / 2;
  switch (kind) {
    case "mine":
      return make("path", {
        d: `M${x} ${y - half * 1.08}L${x + half * 1.08} ${y + half * 0.81}L${x - half * 1.08} ${y + half * 0.81}Z`,
        class: names,
      });
    case "plant":
      return make("rect", { x: x - half * 0.88, y: y - half * 0.88, width: half * 1.76, height: half * 1.76, class: names });
    case "city":
      return make(
        "g",
        { class: names },
        make("circle", { cx: x, cy: y, r: half, class: "outer" }),
        make("circle", { cx: x, cy: y, r: half * 0.35, class: "inner" }),
      );
    default:
      return make("circle", { cx: x, cy: y, r: half, class: names });
  }
}
