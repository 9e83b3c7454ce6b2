/**
 * A WebSocket through the gate (RFC 6455): the upgrade is a command of its own, afterwards frames pass as they are and
 * are counted. Touches the link's sockets.
 */
import { request as sendRequest, STATUS_CODES, type IncomingMessage } from "node:http";
import { Transform, type Duplex } from "node:stream";
import type { Admission } from "@gate/contract";
import { authenticate, CHALLENGE } from "../web/authenticate.ts";
import { WebError } from "../web/errors.ts";
import { forwardedRequestHeaders, forwardedResponseHeaders, type HeaderList } from "../web/header-hygiene.ts";
import { isWebSocket } from "../web/http-server.ts";
import { tokenSourceOf } from "../web/oauth2.ts";
import { errorProblem, problem, rawAnswer, refusalProblem, type ProblemAnswer } from "../web/problem.ts";
import { headersOf, readRequestHead, type RequestHead } from "../web/request-head.ts";
import { openUpstream, upstreamError } from "../web/upstream.ts";
import { classify } from "./classify.ts";
import { commandOf } from "./command.ts";
import { isOwnPath } from "./own-paths.ts";
import type { HttpConnection } from "./connection.ts";

/** Resolves when both sides are closed. Throws only for bugs. */
export async function serveWebSocket(
  connection: HttpConnection,
  request: IncomingMessage,
  early: Buffer,
): Promise<void> {
  const { link, gate, target } = connection;
  const { downstream } = link;
  const say = (answer: ProblemAnswer): void => {
    downstream.end(rawAnswer(answer));
    gate.clock.after(LINGER_MS_MAX, () => downstream.destroy());
    downstream.resume();
  };
  const gone = new AbortController();
  downstream.once("close", () => gone.abort("gone"));
  try {
    const head = readRequestHead(
      {
        method: request.method ?? "",
        target: request.url ?? "",
        version: request.httpVersion,
        rawHeaders: request.rawHeaders,
      },
      target.authority,
    );
    const who = authenticate(link.endpoint, head.headers);
    if (!who.ok) {
      gate.note("unauthenticated", { offered: who.offered });
      const more = { session: gate.session.id };
      say(problem(401, "gate: this endpoint belongs to a job", more, { "www-authenticate": CHALLENGE }));
      return;
    }
    checkUpgrade(head, request);
    const replaced = new Set(target.credential.headers.map(([name]) => name));
    if (target.credential.oauth2 !== undefined) replaced.add("authorization");
    const headers = forwardedRequestHeaders(head.headers, {
      replaced,
      authorization: target.forwardAuthorization && !who.authorizationIsOurs,
    });
    const facts = classify({
      head,
      upgrade: "websocket",
      forwarded: headers,
      asked: { headers: gate.asked("headers"), query: gate.asked("query"), body: gate.asked("body") },
      body: undefined,
    });
    const command = commandOf({
      head,
      facts,
      headers,
      body: EMPTY,
      upgrade: "websocket",
      cannotDischarge: (obligation) =>
        obligation.kind === "mask" ? "frames of a WebSocket cannot be masked" : undefined,
    });
    const decision = await gate.submit(command, EMPTY, { signal: gone.signal });
    if (!decision.admitted) {
      say(refusalProblem(decision.refusal, gate.session.id));
      return;
    }
    await pass(connection, { head, headers, early, admission: decision.admission, say });
  } catch (error) {
    if (!(error instanceof WebError)) throw error;
    if (error.kind === "peer-wrong" && error.status === 400) {
      gate.note("violation", { code: error.code, reason: error.message.slice(0, 200) });
    }
    say(errorProblem(error, gate.session.id));
  }
}

function checkUpgrade(head: RequestHead, request: IncomingMessage): void {
  const unsupported = (message: string): WebError => new WebError("peer-wrong", "REQUEST_UNSUPPORTED", 400, message);
  if (!isWebSocket(request)) throw unsupported("only a WebSocket can be upgraded to");
  if (head.length !== 0) throw unsupported("an upgrade has no body");
  if (isOwnPath(head.path)) throw unsupported("there is no WebSocket here");
  if (headersOf(head, "sec-websocket-key").length !== 1 || headersOf(head, "sec-websocket-version").length !== 1) {
    throw unsupported("the WebSocket handshake is not whole");
  }
}

interface Passage {
  readonly head: RequestHead;
  readonly headers: HeaderList;
  readonly early: Buffer;
  readonly admission: Admission;
  readonly say: (answer: ProblemAnswer) => void;
}

async function pass(connection: HttpConnection, passage: Passage): Promise<void> {
  const { link, gate, target } = connection;
  const { head, admission, say } = passage;
  let outcome = "UPSTREAM_UNREACHABLE";
  let bytes = 0;
  let upstream: Duplex | undefined;
  let stopTimer = (): void => undefined;
  try {
    const headers: [string, string][] = [...passage.headers].map(([name, value]) => [name, value]);
    for (const [name, value] of target.credential.headers) headers.push([name, value.reveal()]);
    const { oauth2 } = target.credential;
    if (oauth2 !== undefined) {
      headers.push(["authorization", `Bearer ${await tokenSourceOf(oauth2, gate.clock).get()}`]);
    }
    headers.push(["host", target.authority], ["connection", "Upgrade"], ["upgrade", "websocket"]);
    const socket = await openUpstream(link, target, ["http/1.1"]);
    upstream = socket;
    const late = new WebError("peer-wrong", "UPSTREAM_TIMEOUT", 504, "gate: the target did not answer in time");
    stopTimer = gate.clock.after(HANDSHAKE_MS_MAX, () => socket.destroy(late));
    gate.spend(admission);
    const answer = await handshake(
      socket,
      target.base + head.path + (head.query === "" ? "" : `?${head.query}`),
      headers,
    );
    stopTimer();
    const from = { origin: target.origin, base: target.base };
    const passed = forwardedResponseHeaders(pairs(answer.message.rawHeaders), from);
    outcome = String(answer.message.statusCode);
    if (!answer.upgraded) {
      bytes = await answerPlainly(connection, answer.message, passed);
      return;
    }
    const lines = [...passed, ["connection", "Upgrade"], ["upgrade", "websocket"]].map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    link.downstream.write(Buffer.from(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("")}\r\n`, "latin1"));
    if (answer.early.length > 0) socket.unshift(answer.early);
    if (passage.early.length > 0) link.downstream.unshift(passage.early);
    bytes = await join(connection, socket, admission);
  } catch (error) {
    const known = upstreamError(error);
    outcome = known.code;
    say(errorProblem(known, gate.session.id));
  } finally {
    stopTimer();
    upstream?.destroy();
    gate.result(admission, { outcome, ok: outcome === "101", bytes });
  }
}

interface Handshake {
  readonly message: IncomingMessage;
  readonly upgraded: boolean;
  readonly early: Buffer;
}

function handshake(socket: Duplex, path: string, headers: readonly (readonly [string, string])[]): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const request = sendRequest({
      createConnection: () => socket,
      method: "GET",
      path,
      headers: headers.flat(),
      setHost: false,
    });
    request.on("upgrade", (message, _socket, early) => {
      const ok = message.statusCode === 101 && message.headers.upgrade?.toLowerCase() === "websocket";
      if (ok) resolve({ message, upgraded: true, early });
      else reject(new WebError("peer-wrong", "UPSTREAM_PROTOCOL", 502, "gate: the target upgraded to something else"));
    });
    request.on("response", (message) => resolve({ message, upgraded: false, early: EMPTY }));
    request.on("error", reject);
    request.end();
  });
}

/** The target did not want a WebSocket: its answer, and the end of the connection. */
async function answerPlainly(
  connection: HttpConnection,
  message: IncomingMessage,
  headers: HeaderList,
): Promise<number> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > REFUSED_ANSWER_BYTES_MAX) break;
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const status = message.statusCode ?? 502;
  const lines = headers
    .filter(([name]) => name !== "content-length")
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
  const start = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Error"}\r\n${lines}`;
  const { downstream } = connection.link;
  downstream.write(Buffer.from(`${start}content-length: ${body.length}\r\nconnection: close\r\n\r\n`, "latin1"));
  downstream.end(body);
  return body.length;
}

/** Both directions until either side ends; resolves with the bytes that came from the target. */
function join(connection: HttpConnection, upstream: Duplex, admission: Admission): Promise<number> {
  const { link, gate } = connection;
  const { downstream } = link;
  return new Promise((resolve) => {
    let bytes = 0;
    const end = (): void => {
      upstream.destroy();
      downstream.end();
      gate.clock.after(LINGER_MS_MAX, () => downstream.destroy());
      resolve(bytes);
    };
    const up = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        let bytes: Uint8Array;
        try {
          bytes = gate.spend(gate.continue(admission, chunk));
        } catch (error) {
          // Thrown here it would end the process: the record cannot be written, so nothing goes on.
          done(error instanceof Error ? error : new TypeError("not an error"));
          return;
        }
        done(null, bytes);
      },
    });
    const down = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        if (gate.count(admission, { bytes: chunk.length }) === undefined) done(null, chunk);
        else done(new Error("limit"));
      },
    });
    for (const stream of [upstream, downstream, up, down]) stream.once("error", end).once("close", end);
    downstream.pipe(up).pipe(upstream);
    upstream.pipe(down).pipe(downstream);
  });
}

function pairs(raw: readonly string[]): [string, string][] {
  const out: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) out.push([(raw[at] ?? "").toLowerCase(), raw[at + 1] ?? ""]);
  return out;
}

const EMPTY = Buffer.alloc(0);
/** How long a client may take to read a refusal, in milliseconds. */
const LINGER_MS_MAX = 2_000;
/** How long the target may take to answer the handshake, in milliseconds. */
const HANDSHAKE_MS_MAX = 60_000;
/** Bytes of the target's answer when it does not want a WebSocket. */
const REFUSED_ANSWER_BYTES_MAX = 1_048_576;
