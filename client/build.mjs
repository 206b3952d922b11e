// Bundles the scripts and styles of the pages: `node build.mjs [--watch]`, after `npm ci`.
//
// One script for each file in src/entries, one style sheet out of all files in src/style, in the order
// of their names. Names carry a hash of the content, so that browsers may keep the files for ever;
// manifest.json tells which file is which, and which sources they were made from.

import { build, context } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.env.ANSHAN_KG_CLIENT_OUT ?? join(here, "..", "src", "anshan_kg", "web", "static", "built");

/** All files below a folder, in the order of their names. */
function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** The digest of everything the bundles depend on; hatch_build.py computes the same. */
function digestOfSources() {
  const hash = createHash("sha256");
  const sources = ["build.mjs", "package-lock.json", "package.json", "tsconfig.json"].map((name) => join(here, name));
  const named = [...sources, ...filesIn(join(here, "src"))].map((file) => [relative(here, file).split(sep).join("/"), file]);
  for (const [name, file] of named.sort(([one], [other]) => (one < other ? -1 : 1))) {
    hash.update(name).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

const styles = filesIn(join(here, "src", "style")).filter((file) => file.endsWith(".css"));
const scripts = readdirSync(join(here, "src", "entries")).filter((name) => name.endsWith(".ts")).sort();

/** Writes the licences of what is in the bundles: they ask for it. */
function licences(inputs) {
  const folders = new Set();
  for (const input of inputs) {
    const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input.split(sep).join("/"));
    if (found) folders.add(found[1]);
  }
  const parts = [...folders].sort().map((folder) => {
    const about = JSON.parse(readFileSync(join(here, folder, "package.json"), "utf8"));
    const file = readdirSync(join(here, folder)).find((name) => /^licen[cs]e/i.test(name));
    const text = file ? readFileSync(join(here, folder, file), "utf8").trim() : "";
    return `${about.name} ${about.version}, ${about.license}\n\n${text}\n`;
  });
  return `The scripts in this folder contain parts of the packages below.\n\n${parts.join(`\n${"-".repeat(78)}\n\n`)}`;
}

const report = {
  name: "report",
  setup(building) {
    building.onEnd(({ errors, metafile }) => {
      if (errors.length || !metafile) return;
      const files = {};
      for (const [file, made] of Object.entries(metafile.outputs)) {
        if (!made.entryPoint) continue;
        const name = made.entryPoint.startsWith("style:") ? "site.css" : basename(made.entryPoint).replace(/\.ts$/, ".js");
        const content = readFileSync(join(here, file));
        const integrity = `sha384-${createHash("sha384").update(content).digest("base64")}`;
        files[name] = { file: basename(file), integrity };
      }
      writeFileSync(join(out, "LICENSES.txt"), licences(Object.keys(metafile.inputs)));
      writeFileSync(join(out, "manifest.json"), `${JSON.stringify({ sources: digestOfSources(), files }, null, 1)}\n`);
    });
  },
};

const allStyles = {
  name: "all-styles",
  setup(building) {
    building.onResolve({ filter: /^style:all$/ }, () => ({ path: "all", namespace: "style" }));
    building.onLoad({ filter: /.*/, namespace: "style" }, () => ({
      contents: styles.map((file) => `@import ${JSON.stringify(`./${basename(file)}`)};`).join("\n"),
      loader: "css",
      resolveDir: join(here, "src", "style"),
    }));
  },
};

const options = {
  absWorkingDir: here,
  entryPoints: [...scripts.map((name) => ({ in: join("src", "entries", name), out: basename(name, ".ts") })), { in: "style:all", out: "site" }],
  outdir: out,
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox115", "safari16.4"],
  minify: true,
  charset: "utf8",
  legalComments: "none",
  entryNames: "[name]-[hash]",
  chunkNames: "part-[hash]",
  metafile: true,
  logLevel: "warning",
  plugins: [allStyles, report],
};

if (existsSync(out)) rmSync(out, { recursive: true });
mkdirSync(out, { recursive: true });
if (process.argv.includes("--watch")) {
  await (await context(options)).watch();
} else {
  await build(options);
}
