/** Positions as the service sends them, and what is asked of them. */

export interface Place {
  id: string;
  iri: string;
  name: string;
  other: string;
  kind: string;
  accuracy: string;
  source: string;
  sourceName: string;
  at: [longitude: number, latitude: number];
}

interface Feature {
  id: string;
  geometry: { coordinates: [number, number] };
  properties: Record<string, string | boolean>;
}

/** Return the positions of a GeoJSON file that lie in the region of the map, named in a language. */
export function read(text: string, lang: "en" | "zh"): Place[] {
  const { features } = JSON.parse(text) as { features: Feature[] };
  const region = features.filter(({ properties }) => properties["in_region"] === true);
  return region.map(({ id, geometry, properties }) => {
    const said = (name: string): string => String(properties[name] ?? "");
    const [name, other] = lang === "zh" ? [said("name_zh"), said("name")] : [said("name"), said("name_zh")];
    return {
      id,
      iri: said("iri"),
      name: name || other,
      other: name ? other : "",
      kind: said("kind"),
      accuracy: said("accuracy"),
      source: said("source"),
      sourceName: (lang === "zh" && said("source_name_zh")) || said("source_name"),
      at: geometry.coordinates,
    };
  });
}
