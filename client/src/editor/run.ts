/** A query on its way: sent under an id of ours, so that stopping it stops the server's work too. */

import { root } from "../words";
import { fromJson, fromTriples, type Answer } from "./answer";
import { newId } from "./store";

/** Why there is no answer; each is told in words of its own. */
export type Failure =
  | "wrong" | "refused" | "large" | "limited" | "busy" | "slow" | "memory" | "cancelled" | "offline" | "server";

export interface Failed {
  why: Failure;
  /** The service's own words. */
  detail: string;
  line?: number;
  column?: number;
  /** Seconds after which to try again. */
  after?: number;
}

export type Outcome = { answer: Answer; failed?: undefined } | { failed: Failed; answer?: undefined };

interface Problem {
  title?: string;
  detail?: string;
  line?: number;
  column?: number;
}

const WHY: Record<number, Failure> = {
  400: "wrong", 403: "refused", 413: "large", 429: "limited", 503: "busy", 504: "slow", 507: "memory",
};
const ACCEPT = "application/sparql-results+json, application/n-triples;q=0.9, application/problem+json;q=0.1";
const PATIENCE = 4000;

/** A query that was sent. */
export class Run {
  readonly id = newId();
  private readonly gone = new AbortController();
  private stopped = false;

  constructor(private readonly text: string) {}

  /** Send it, and wait for what comes. */
  async outcome(): Promise<Outcome> {
    const began = performance.now();
    try {
      const reply = await fetch(`${root}/sparql`, {
        method: "POST",
        body: new URLSearchParams({ query: this.text }),
        headers: { Accept: ACCEPT, "X-Query-Id": this.id },
        signal: this.gone.signal,
      });
      const body = await reply.text();
      if (!reply.ok) return { failed: this.failed(reply, body) };
      const graph = !(reply.headers.get("Content-Type") ?? "").includes("json");
      const took = /query;dur=([\d.]+)/.exec(reply.headers.get("Server-Timing") ?? "")?.[1];
      return {
        answer: {
          ...(graph ? fromTriples(body) : fromJson(body)),
          raw: body,
          truncated: reply.headers.get("X-Truncated") === "true",
          took: took === undefined ? undefined : Number(took),
          waited: performance.now() - began,
          version: reply.headers.get("X-Dataset-Version") ?? "",
        },
      };
    } catch (error) {
      if (this.stopped) return { failed: { why: "cancelled", detail: "" } };
      return { failed: { why: "offline", detail: error instanceof Error ? error.message : "" } };
    }
  }

  private failed(reply: Response, body: string): Failed {
    let problem: Problem = {};
    try {
      problem = JSON.parse(body) as Problem;
    } catch {
      problem = { detail: body.slice(0, 500) };
    }
    const cancelled = this.stopped || problem.title === "QueryCancelled";
    const failed: Failed = { why: cancelled ? "cancelled" : (WHY[reply.status] ?? "server"), detail: problem.detail ?? "" };
    if (problem.line !== undefined) failed.line = problem.line;
    if (problem.column !== undefined) failed.column = problem.column;
    const after = Number(reply.headers.get("Retry-After") ?? "");
    if (after > 0) failed.after = after;
    return failed;
  }

  /** Stop it on the server; where that does not answer soon, hang up, which stops it as well. */
  async cancel(): Promise<void> {
    this.stopped = true;
    setTimeout(() => this.gone.abort(), PATIENCE);
    try {
      const reply = await fetch(`${root}/queries/${this.id}`, { method: "DELETE" });
      if (!reply.ok) this.gone.abort();
    } catch {
      this.gone.abort();
    }
  }
}
