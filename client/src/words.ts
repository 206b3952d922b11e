/** The words of the page's language, which the server puts into the page; see `language.py`. */

const held = document.getElementById("words")?.textContent;
const words: Record<string, string> = held ? (JSON.parse(held) as Record<string, string>) : {};

/** The language of the page. */
export const lang: "en" | "zh" = document.documentElement.lang.startsWith("zh") ? "zh" : "en";

/** The path that every address of the site begins with, "" mostly. */
export const root: string = document.documentElement.dataset["root"] ?? "";

/**
 * Return a word or sentence, its `{}` filled in one after the other.
 *
 * A word that is missing is shown by its key: the tests look for that.
 */
export function t(key: string, ...parts: (string | number)[]): string {
  let next = 0;
  return (words[key] ?? key).replaceAll("{}", () => String(parts[next++] ?? ""));
}
