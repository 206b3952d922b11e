/** How things of a class look: a shape and a family of classes that share a colour. */

/** Families of classes; each has a colour `--graph-<family>` in the style sheet. */
export type Family = "place" | "firm" | "site" | "material" | "process" | "field" | "policy" | "person" | "other";

/** Shapes, as cytoscape calls them. */
export type Shape =
  | "ellipse" | "round-rectangle" | "rectangle" | "hexagon" | "triangle" | "diamond" | "octagon"
  | "pentagon" | "rhomboid" | "star" | "tag" | "barrel" | "cut-rectangle" | "vee";

const KINDS: Record<string, [Family, Shape]> = {
  "akg:Place": ["place", "ellipse"],
  "akg:Enterprise": ["firm", "round-rectangle"],
  "akg:Organization": ["firm", "cut-rectangle"],
  "akg:GovernmentBody": ["firm", "barrel"],
  "akg:ResearchOrganization": ["firm", "rectangle"],
  "akg:Facility": ["site", "hexagon"],
  "akg:Mine": ["site", "triangle"],
  "akg:InvestmentProject": ["site", "pentagon"],
  "akg:MaterialType": ["material", "diamond"],
  "akg:ProcessStep": ["process", "rectangle"],
  "akg:ValorisationChain": ["process", "rhomboid"],
  "akg:IndustrialBase": ["field", "star"],
  "akg:IndustrialCluster": ["field", "octagon"],
  "akg:ClusterScheme": ["field", "tag"],
  "akg:Measure": ["policy", "vee"],
  "akg:ActionPlan": ["policy", "tag"],
  "akg:Person": ["person", "ellipse"],
  "akg:OfficeHolding": ["person", "round-rectangle"],
};

export function familyOf(type: string): Family {
  return KINDS[type]?.[0] ?? "other";
}

export function shapeOf(type: string): Shape {
  return KINDS[type]?.[1] ?? "ellipse";
}

const CORNERS: Partial<Record<Shape, [number, number][]>> = {
  rectangle: [[-0.9, -0.7], [0.9, -0.7], [0.9, 0.7], [-0.9, 0.7]],
  "cut-rectangle": [[-0.55, -0.75], [0.55, -0.75], [0.95, -0.35], [0.95, 0.35], [0.55, 0.75], [-0.55, 0.75], [-0.95, 0.35], [-0.95, -0.35]],
  barrel: [[-0.8, -0.8], [0.8, -0.8], [0.95, 0], [0.8, 0.8], [-0.8, 0.8], [-0.95, 0]],
  hexagon: [[-1, 0], [-0.5, -0.87], [0.5, -0.87], [1, 0], [0.5, 0.87], [-0.5, 0.87]],
  triangle: [[0, -0.95], [1, 0.85], [-1, 0.85]],
  diamond: [[0, -1], [1, 0], [0, 1], [-1, 0]],
  octagon: [[-0.41, -1], [0.41, -1], [1, -0.41], [1, 0.41], [0.41, 1], [-0.41, 1], [-1, 0.41], [-1, -0.41]],
  pentagon: [[0, -1], [0.95, -0.31], [0.59, 0.81], [-0.59, 0.81], [-0.95, -0.31]],
  rhomboid: [[-1, -0.75], [0.4, -0.75], [1, 0.75], [-0.4, 0.75]],
  star: [[0, -1], [0.28, -0.32], [1, -0.31], [0.42, 0.16], [0.62, 0.9], [0, 0.45], [-0.62, 0.9], [-0.42, 0.16], [-1, -0.31], [-0.28, -0.32]],
  tag: [[-1, -0.75], [0.4, -0.75], [1, 0], [0.4, 0.75], [-1, 0.75]],
  vee: [[-1, -0.9], [0, -0.45], [1, -0.9], [0, 1]],
};

/** Return the outline of a shape round a point, as the `d` of an SVG path. */
export function outline(shape: Shape, x: number, y: number, radius: number): string {
  const corners = CORNERS[shape];
  const at = (dx: number, dy: number): string => `${round(x + dx * radius)} ${round(y + dy * radius)}`;
  if (corners) return `M${corners.map(([dx, dy]) => at(dx, dy)).join("L")}Z`;
  const [wide, high] = shape === "round-rectangle" ? [1, 0.75] : [0.95, 0.95];
  if (shape === "round-rectangle") {
    return `M${at(-0.6, -high)}L${at(0.6, -high)}Q${at(wide, -high)} ${at(wide, -0.35)}L${at(wide, 0.35)}Q${at(wide, high)} ${at(0.6, high)}L${at(-0.6, high)}Q${at(-wide, high)} ${at(-wide, 0.35)}L${at(-wide, -0.35)}Q${at(-wide, -high)} ${at(-0.6, -high)}Z`;
  }
  const r = round(radius * wide);
  return `M${at(-wide, 0)}a${r} ${r} 0 1 0 ${round(2 * radius * wide)} 0a${r} ${r} 0 1 0 ${round(-2 * radius * wide)} 0Z`;
}

const round = (value: number): number => Math.round(value * 10) / 10;
