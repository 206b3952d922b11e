/** The query editor: takes the place of the form that the page has without scripts. */

import { Studio } from "../editor/studio";

const form = document.querySelector<HTMLFormElement>("form.query");
const place = document.querySelector<HTMLElement>("#studio");

/** The query in the address, as a shared link has it. */
function shared(): string | undefined {
  return new URLSearchParams(location.hash.slice(1)).get("query") ?? undefined;
}

if (form && place) {
  const written = form.querySelector("textarea")?.value ?? "";
  const asked = place.dataset["asked"] !== undefined; // in the address, or sent by a form
  const formats = { results: (place.dataset["results"] ?? "").split(" "), graphs: (place.dataset["graphs"] ?? "").split(" ") };
  const studio = new Studio(place, place.dataset["first"] ?? "", shared() ?? (asked ? written : undefined), formats);
  place.hidden = false;
  form.hidden = true;
  if (asked) {
    // What the server drew for those without scripts is asked for again, to be looked at in other ways.
    document.querySelector("#drawn-answer")?.remove();
    void studio.run();
  }
}
