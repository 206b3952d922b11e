/** A query as a program asks it. */

import { root } from "../words";

/** A language, and the program in it. */
export interface Sample {
  name: string;
  code: string;
}

const JSON_TYPE = "application/sparql-results+json";

/** Return a text as a string of Python: over several lines where that is read more easily. */
function python(text: string): string {
  return text.includes('"""') || text.includes("\\") || text.endsWith('"') ? JSON.stringify(text) : `"""\n${text}\n"""`;
}

function javascript(text: string): string {
  return /[`\\]|\$\{/.test(text) ? JSON.stringify(text) : `\`\n${text}\n\``;
}

function r(text: string): string {
  return text.includes(')---"') ? JSON.stringify(text) : `r"---(\n${text}\n)---"`;
}

/** Return programs that ask a query of this service. */
export function samples(text: string): Sample[] {
  const endpoint = `${location.origin}${root}/sparql`;
  const query = text.trim();
  const triples = /^(?:\s*(?:#[^\n]*|PREFIX\s+\S*\s*<[^>]*>|BASE\s*<[^>]*>))*\s*(?:CONSTRUCT|DESCRIBE)\b/i.test(query);
  const type = triples ? "text/turtle" : JSON_TYPE;
  const end = query.includes("\nSPARQL\n") ? "END_OF_QUERY" : "SPARQL";
  return [
    {
      name: "curl",
      code: `curl ${endpoint} \\\n  -H 'Accept: ${triples ? "text/turtle" : "text/csv"}' \\\n  --data-urlencode query@- <<'${end}'\n${query}\n${end}`,
    },
    {
      name: "Python (anshan_kg)",
      code: `from anshan_kg import KnowledgeGraph\n\nkg = KnowledgeGraph.open()\nanswer = kg.sparql(${python(query)})\nprint(answer${triples ? "" : ".to_pandas()"})`,
    },
    {
      name: "Python (requests)",
      code: `import requests\n\nreply = requests.post(\n    "${endpoint}",\n    data={"query": ${python(query)}},\n    headers={"Accept": "${type}"},\n    timeout=60,\n)\nreply.raise_for_status()\n${triples ? "print(reply.text)" : 'for row in reply.json()["results"]["bindings"]:\n    print({name: cell["value"] for name, cell in row.items()})'}`,
    },
    {
      name: "R",
      code: `library(httr2)\n\nquery <- ${r(query)}\nreply <- request("${endpoint}") |>\n  req_headers(Accept = "${triples ? "text/turtle" : "text/csv"}") |>\n  req_body_form(query = query) |>\n  req_perform()\n${triples ? "cat(resp_body_string(reply))" : "answer <- read.csv(text = resp_body_string(reply))\nprint(answer)"}`,
    },
    {
      name: "JavaScript",
      code: `const reply = await fetch("${endpoint}", {\n  method: "POST",\n  headers: { Accept: "${type}" },\n  body: new URLSearchParams({ query: ${javascript(query)} }),\n});\nif (!reply.ok) throw new Error((await reply.json()).detail);\n${triples ? "console.log(await reply.text());" : "const { results } = await reply.json();\nconsole.table(results.bindings.map((row) => Object.fromEntries(\n  Object.entries(row).map(([name, cell]) => [name, cell.value]),\n)));"}`,
    },
  ];
}
