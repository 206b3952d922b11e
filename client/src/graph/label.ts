/** Names in lines that are narrow enough to stand below a thing. */

/** The widest a line may be, and the size of the type, in the picture's own units. */
export const WIDE = 112;
export const SIZE = 12;
export const LINE = 14.5;
const MOST = 3;

/** What stays together: a character of Chinese with the marks after it, or a word. */
const PIECE = /[（《“‘([]*[\u2e80-\u9fff\uf900-\ufaff][，。、；：！？）》”’)\]]*|[^\u2e80-\u9fff\uf900-\ufaff\s]+\s*|\s+/g;

/** Return about how wide a text is. */
export function width(text: string): number {
  let wide = 0;
  for (const char of text) wide += char >= "\u2e80" ? SIZE : char === char.toLowerCase() ? SIZE * 0.54 : SIZE * 0.68;
  return wide;
}

/** Break a name into lines of about one length; of a very long one the end is left out. */
export function lines(name: string): string[] {
  const made = broken(name, WIDE);
  if (made.length > MOST) {
    let last = `${made[MOST - 1]} ${made[MOST]}`;
    while (width(`${last}…`) > WIDE) last = last.slice(0, -1);
    return [...made.slice(0, MOST - 1), `${last.trimEnd()}…`];
  }
  // no single character on a line of its own, where the lines before have some to spare
  for (let wide = width(name) / made.length; wide < WIDE; wide += SIZE / 2) {
    const even = broken(name, wide);
    if (even.length === made.length) return even;
  }
  return made;
}

function broken(name: string, wide: number): string[] {
  const made: string[] = [];
  let line = "";
  for (const piece of name.match(PIECE) ?? []) {
    if (line && width((line + piece).trimEnd()) > wide) {
      made.push(line.trim());
      line = "";
    }
    line += piece;
  }
  return [...made, line.trim()].filter(Boolean);
}
