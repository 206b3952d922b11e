/** The card beside a mark: what it is, who says where it lies, and where to read on. */

import { root, t } from "../words";
import type { Place } from "./data";

export class Card {
  private readonly element = document.createElement("div");
  /** The mark whose card stays until it is closed. */
  private held: string | undefined;

  constructor(
    private readonly box: HTMLElement,
    private readonly back: (id: string) => void,
  ) {
    this.element.className = "card map-card";
    this.element.hidden = true;
    box.append(this.element);
    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.held) this.close();
    });
    document.addEventListener("pointerdown", (event) => {
      if (this.held && event.target instanceof Node && !this.element.contains(event.target)) this.drop();
    });
  }

  /** Show the card of a mark while it is pointed at. */
  show(places: readonly Place[], mark: Element): void {
    if (!this.held) this.fill(places, mark);
  }

  /** Take away what is only shown. */
  leave(): void {
    if (!this.held) this.element.hidden = true;
  }

  /** Keep the card of a mark, and go to its first link. */
  hold(places: readonly Place[], mark: Element): void {
    this.held = places[0]?.id;
    this.fill(places, mark);
    this.element.classList.add("held");
    this.element.querySelector("a")?.focus({ preventScroll: true });
  }

  /** Take the card away without going anywhere. */
  drop(): void {
    this.held = undefined;
    this.element.hidden = true;
    this.element.classList.remove("held");
  }

  private close(): void {
    const id = this.held;
    this.drop();
    if (id) this.back(id);
    // The mark has the focus again, which is no reason to show the card anew.
    this.element.hidden = true;
  }

  private fill(places: readonly Place[], mark: Element): void {
    this.element.replaceChildren(...places.map(entry));
    this.element.hidden = false;
    const [around, at] = [this.box.getBoundingClientRect(), mark.getBoundingClientRect()];
    const width = this.element.offsetWidth;
    const left = Math.min(Math.max(at.left - around.left, 0), Math.max(around.width - width, 0));
    const below = at.bottom - around.top + 8;
    this.element.style.left = `${left}px`;
    this.element.style.top = `${below}px`;
  }
}

function entry(place: Place): HTMLElement {
  const made = document.createElement("div");
  const title = document.createElement("p");
  title.append(link(address(place.iri), place.name));
  if (place.other) title.append(" ", small(place.other));
  const facts = document.createElement("p");
  facts.append(small(`${t(`kind_${place.kind}`)} · ${t(`accuracy_${place.accuracy}`)}`));
  const source = document.createElement("p");
  const slug = place.source.slice(place.source.lastIndexOf("/") + 1);
  source.append(small(`${t("source")}: `), link(`${root}/sources/${slug}`, place.sourceName));
  const more = document.createElement("p");
  more.append(link(`#${place.id}`, t("table")));
  made.append(title, facts, source, more);
  return made;
}

function address(iri: string): string {
  const path = new URL(iri).pathname;
  return `${root}/page${path.slice(path.indexOf("/id/"))}`;
}

function link(href: string, text: string): HTMLAnchorElement {
  const made = document.createElement("a");
  made.href = href;
  made.textContent = text;
  return made;
}

function small(text: string): HTMLElement {
  const made = document.createElement("small");
  made.textContent = text;
  return made;
}
