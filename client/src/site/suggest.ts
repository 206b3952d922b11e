/** Suggestions in the search field of every page: things by name, and straight to the one that is meant. */

import { combobox, type Option } from "../combobox";
import { lang, root } from "../words";

interface Names {
  en: string;
  zh: string;
}

interface Hit {
  labels: Names;
  kind: Names;
  matched: string;
  address: string;
}

const MOST = 8;
const [mine, theirs] = lang === "zh" ? (["zh", "en"] as const) : (["en", "zh"] as const);
const THEIR_TAG = { en: "en", zh: "zh-Hans" }[theirs];

function optionOf(hit: Hit): Option {
  const label = hit.labels[mine] || hit.labels[theirs];
  const other = hit.labels[theirs];
  const known = hit.matched === hit.labels.en || hit.matched === hit.labels.zh;
  const option: Option = { value: hit.address, label, note: known ? hit.kind[mine] : `${hit.kind[mine]} · ${hit.matched}` };
  return other && other !== label ? { ...option, other, otherLang: THEIR_TAG } : option;
}

async function suggest(text: string, signal: AbortSignal): Promise<Option[]> {
  const asked = new URLSearchParams({ q: text, limit: String(MOST) });
  const reply = await fetch(`${root}/search.json?${asked}`, { signal });
  return reply.ok ? ((await reply.json()) as Hit[]).map(optionOf) : [];
}

for (const input of document.querySelectorAll<HTMLInputElement>("input[data-suggest]")) {
  combobox(input, suggest, (option) => {
    window.location.assign(option.value);
  });
}
