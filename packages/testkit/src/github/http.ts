/** A small router over node:http for the doubles: bounded bodies, JSON answers. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** Bytes of a request body that a double reads; a recording of a test job stays far below. */
export const REQUEST_BODY_BYTES_MAX = 64 * 1024 * 1024;

export interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
  /** Named groups of the route's path. */
  readonly params: Readonly<Record<string, string>>;
  /** Text after `bearer ` or `token ` in Authorization. */
  readonly bearer: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly json?: unknown;
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: string;
  readonly path: RegExp;
  answer(call: Call): Answer | Promise<Answer>;
}

/** One request as the double saw it; bodies and tokens are left out. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

export async function serve(
  routes: readonly Route[],
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
): Promise<LoggedRequest> {
  const method = request.method ?? "GET";
  const url = new URL(request.url ?? "/", origin);
  const answer = await answerOf(routes, request, method, url);
  const body = answer.body ?? (answer.json === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(answer.json)));
  response.writeHead(answer.status, {
    ...(answer.json === undefined ? {} : { "content-type": "application/json; charset=utf-8" }),
    ...answer.headers,
    "content-length": body.byteLength,
  });
  response.end(body);
  return { method, path: url.pathname, status: answer.status };
}

async function answerOf(routes: readonly Route[], request: IncomingMessage, method: string, url: URL): Promise<Answer> {
  const body = await readBody(request);
  if (body === undefined) return { status: 413, json: { message: "body too large" } };
  for (const route of routes) {
    const match = route.method === method ? route.path.exec(url.pathname) : null;
    if (match === null) continue;
    const bearer = /^(?:bearer|token) (.+)$/iu.exec(request.headers.authorization ?? "")?.[1];
    try {
      const params = Object.fromEntries(
        Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
      );
      return await route.answer({ method, url, headers: request.headers, body, params, bearer });
    } catch (error) {
      return { status: 500, json: { message: error instanceof Error ? error.message : "unknown error" } };
    }
  }
  return { status: 404, json: { message: "Not Found" } };
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.byteLength;
    if (size > REQUEST_BODY_BYTES_MAX) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The body as a JSON object; anything else reads as an empty one. */
export function jsonBody(call: Call): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(call.body.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** A member as text; numbers become digits, protobuf wrappers are plain values in JSON. */
export function textMember(body: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = Object.hasOwn(body, name) ? body[name] : undefined;
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined;
}
