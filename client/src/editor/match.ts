/** How well something written fits a name: 0 for not at all. */

import type { Labels } from "./schema";

const WHOLE = 100;
const START = 80;
const WORD_START = 60;
const INSIDE = 40;

function plain(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

function likeness(written: string, name: string): number {
  const at = name.indexOf(written);
  if (at < 0) return 0;
  if (at === 0) return name.length === written.length ? WHOLE : START;
  return /[^\p{L}\p{N}]/u.test(name[at - 1] ?? "") ? WORD_START : INSIDE;
}

/** Return how well a text fits a term by its short name and its names in both languages. */
export function fits(written: string, short: string, labels: Partial<Labels>): number {
  const wanted = plain(written);
  if (wanted === "") return 1;
  const whole = plain(short);
  const local = whole.slice(whole.indexOf(":") + 1);
  // `claimSubject` is found by `subject` as well as by `claim`
  const parts = plain(short.slice(short.indexOf(":") + 1).replace(/([a-z])([A-Z])/g, "$1 $2"));
  const texts = wanted.includes(":") ? [whole] : [local, parts, plain(labels.en ?? ""), plain(labels.zh ?? ""), whole];
  return Math.max(...texts.map((text) => likeness(wanted, text)));
}
