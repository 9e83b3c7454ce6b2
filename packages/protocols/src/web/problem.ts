/** Answers that the gate gives itself: problem details (RFC 9457). Pure. */
import { STATUS_CODES } from "node:http";
import type { HeldView, Refusal } from "@gate/contract";
import type { WebError } from "./errors.ts";

export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A command that was not admitted. */
export function refusalProblem(refusal: Refusal, session: string): ProblemAnswer {
  const status = refusalStatus(refusal);
  const more = {
    rule: refusal.rule,
    reason: refusal.reason,
    session,
    entry: refusal.entry,
    ...(refusal.hint === undefined ? {} : { hint: refusal.hint }),
  };
  return problem(status, refusal.message, more, status === 429 ? { "retry-after": "1" } : {});
}

export function errorProblem(error: WebError, session: string): ProblemAnswer {
  const message = error.message.startsWith("gate: ") ? error.message : `gate: ${error.message}`;
  return problem(error.status, message, { code: error.code, session });
}

/** 202: the command waits for people, and the client does not wait with it (RFC 7240 §4.1). */
export function heldAnswer(held: HeldView, location: string): ProblemAnswer {
  const body = {
    state: "pending",
    hold: held.id,
    rule: held.rule,
    url: held.url,
    expires: new Date(held.expiresAtMs).toISOString(),
    detail: "gate: held for approval; send the same request again once it is approved",
  };
  return {
    status: 202,
    headers: { ...JSON_HEADERS, location, "preference-applied": "respond-async" },
    body: Buffer.from(`${JSON.stringify(body)}\n`),
  };
}

export function jsonAnswer(status: number, body: unknown): ProblemAnswer {
  return { status, headers: JSON_HEADERS, body: Buffer.from(`${JSON.stringify(body)}\n`) };
}

export function problem(
  status: number,
  detail: string,
  more: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): ProblemAnswer {
  const body = { type: "about:blank", title: STATUS_CODES[status] ?? "Error", status, detail, ...more };
  return {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
    body: Buffer.from(`${JSON.stringify(body)}\n`),
  };
}

/** The whole answer as bytes, for a connection on which nothing else will be said. */
export function rawAnswer(answer: ProblemAnswer): Buffer {
  const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? "Error"}\r\n${lines.join("")}`;
  return Buffer.concat([
    Buffer.from(`${head}content-length: ${answer.body.length}\r\nconnection: close\r\n\r\n`, "latin1"),
    answer.body,
  ]);
}

function refusalStatus(refusal: Refusal): number {
  switch (refusal.reason) {
    case "denied":
    case "not-approved":
    case "expired":
    case "cancelled":
      return 403;
    case "limit":
      return refusal.message.includes("commands a second") ? 429 : 403;
    case "recorder":
    case "session":
      return 503;
  }
}

const JSON_HEADERS = { "content-type": "application/json", "cache-control": "no-store" };
