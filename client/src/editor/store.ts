/** What is kept in the browser: tabs and history. Where nothing may be kept, they last as long as the page. */

export interface Tab {
  id: string;
  text: string;
}

export interface Tabs {
  tabs: Tab[];
  current: string;
}

export interface Past {
  text: string;
  when: string;
  rows?: number;
}

const TABS = "anshan-kg.tabs";
const PAST = "anshan-kg.history";
const MOST_PAST = 60;
const LONGEST_KEPT = 200_000;

function kept<T>(key: string): T | undefined {
  try {
    const text = localStorage.getItem(key);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

function keep(key: string, value: unknown): void {
  try {
    const text = JSON.stringify(value);
    if (text.length <= LONGEST_KEPT) localStorage.setItem(key, text);
  } catch {
    // full, or forbidden: nothing is lost but the memory of it
  }
}

/** Return a new id. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Return the tabs of the last visit; one with a text where there are none. */
export function tabsKept(text: string): Tabs {
  const found = kept<Tabs>(TABS);
  const tabs = Array.isArray(found?.tabs)
    ? found.tabs.filter((tab) => typeof tab?.id === "string" && typeof tab.text === "string")
    : [];
  if (tabs.length === 0) tabs.push({ id: newId(), text });
  const current = tabs.find((tab) => tab.id === found?.current)?.id ?? tabs[0]!.id;
  return { tabs, current };
}

/** Keep the tabs. */
export function keepTabs(tabs: Tabs): void {
  keep(TABS, tabs);
}

/** Return what was run before, the latest first. */
export function past(): Past[] {
  const found = kept<Past[]>(PAST);
  return Array.isArray(found) ? found.filter((each) => typeof each?.text === "string") : [];
}

/** Keep what was run. */
export function keepPast(run: Past): void {
  keep(PAST, [run, ...past().filter((each) => each.text !== run.text)].slice(0, MOST_PAST));
}

/** Forget what was run. */
export function forgetPast(): void {
  keep(PAST, []);
}

/** Return what a query is called: its first comment, else what it begins with. */
export function titleOf(text: string): string {
  const comment = /^\s*#\s*(?!view:|zh:|for:)(\S[^\n]*)/.exec(text)?.[1];
  return (comment ?? text.replace(/PREFIX\s+\S*\s*<[^>]*>/gi, "").replace(/\s+/g, " ")).trim();
}
