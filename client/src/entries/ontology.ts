/** The contents of the ontology page, sifted by what is typed: either name, or the short name. */

const sift = document.querySelector<HTMLInputElement>("#sift");
const list = sift?.closest("nav");
const told = list?.querySelector<HTMLElement>("[role=status]");

if (sift && list && told) {
  const entries = [...list.querySelectorAll<HTMLAnchorElement>("a[data-also]")].map((link) => ({
    item: link.closest("li"),
    text: `${link.textContent} ${link.dataset["also"]}`.toLowerCase(),
  }));
  sift.closest("p")?.removeAttribute("hidden");
  sift.addEventListener("input", () => {
    const words = sift.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const { item, text } of entries) {
      const fits = words.every((word) => text.includes(word));
      if (item) item.hidden = !fits;
      if (fits) found += 1;
    }
    for (const part of list.querySelectorAll<HTMLDetailsElement>("details")) {
      if (words.length > 0) part.open = true;
    }
    told.textContent = words.length > 0 ? (told.dataset["found"] ?? "{}").replace("{}", String(found)) : "";
  });
}
