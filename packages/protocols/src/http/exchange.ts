/**
 * One request and its answer: read, judged, held where the policy says so, forwarded as judged, answered.
 * Touches the connection's sockets through Node's request and response, and the target through its client.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Command, Decision, Facts, HeldView } from "@gate/contract";
import { authenticate, CHALLENGE } from "../web/authenticate.ts";
import { WebError } from "../web/errors.ts";
import { forwardedRequestHeaders } from "../web/header-hygiene.ts";
import type { Expectation } from "../web/http-server.ts";
import { readPrefer } from "../web/prefer.ts";
import { errorProblem, heldAnswer, problem, refusalProblem, type ProblemAnswer } from "../web/problem.ts";
import { decoded, readUpTo, type BodyPart } from "../web/read-body.ts";
import { headerOf, readRequestHead, type RequestHead } from "../web/request-head.ts";
import { Answer } from "./answer.ts";
import { classify, needsBody, plainFacts } from "./classify.ts";
import { commandOf } from "./command.ts";
import { maskedRequestHeaders } from "./mask.ts";
import { answerOwnPath, isOwnPath, OWN_HOLDS } from "./own-paths.ts";
import type { HttpConnection } from "./serve.ts";

export class Exchange {
  readonly #connection: HttpConnection;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #expectation: Expectation;
  /** Aborted when nobody waits for the answer any more. */
  readonly #gone = new AbortController();

  constructor(
    connection: HttpConnection,
    request: IncomingMessage,
    response: ServerResponse,
    expectation: Expectation,
  ) {
    this.#connection = connection;
    this.#request = request;
    this.#response = response;
    this.#expectation = expectation;
  }

  /** Resolves when the answer is written, or the connection has ended. Throws only for bugs. */
  async run(): Promise<void> {
    const { gate, link } = this.#connection;
    const response = this.#response;
    const closed = new Promise<void>((resolve) => {
      response.once("close", () => {
        // Nobody listens any more once the answer is out.
        if (!response.writableFinished) this.#gone.abort("gone");
        resolve();
      });
    });
    const ended = (): void => this.#sessionEnded();
    link.signal.addEventListener("abort", ended, { once: true });
    try {
      await Promise.race([this.#serve(), closed]);
    } catch (error) {
      if (!(error instanceof WebError)) throw error;
      // What could be read in two ways may have been framed in two ways: nothing behind it is read.
      if (error.kind === "peer-wrong" && error.status === 400) {
        gate.note("violation", { code: error.code, reason: error.message.slice(0, 200) });
        response.shouldKeepAlive = false;
      }
      this.#say(errorProblem(error, gate.session.id));
    } finally {
      link.signal.removeEventListener("abort", ended);
    }
    if (!response.writableEnded && !response.destroyed) response.end();
    if (!response.closed) await closed;
  }

  async #serve(): Promise<void> {
    const { gate, link, target } = this.#connection;
    if (link.signal.aborted) {
      this.#sessionEnded();
      return;
    }
    const request = this.#request;
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
      this.#unauthenticated(who.offered);
      return;
    }
    if (this.#expectation === "other") {
      this.#say(problem(417, "gate: no expectation but 100-continue is understood", { session: gate.session.id }));
      return;
    }
    if (isOwnPath(head.path)) {
      this.#say(await answerOwnPath(head, gate));
      return;
    }
    await this.#forward(head, !who.authorizationIsOurs);
  }

  async #forward(head: RequestHead, theirAuthorization: boolean): Promise<void> {
    const { gate, target } = this.#connection;
    const asked = { headers: gate.asked("headers"), body: gate.asked("body") };
    const replaced = new Set(target.credential.headers.map(([name]) => name));
    if (target.credential.oauth2 !== undefined) replaced.add("authorization");
    const authorization = target.forwardAuthorization && theirAuthorization;
    const allowed = forwardedRequestHeaders(head.headers, { replaced, authorization });
    const headers = gate.masks.length === 0 ? allowed : maskedRequestHeaders(allowed);
    let body: BodyPart = { bytes: EMPTY, complete: head.length === 0 };
    const judge = (read: { readonly body?: Buffer | undefined; readonly part?: Buffer }): Facts =>
      classify({ head, upgrade: undefined, asked, forwarded: headers, body: undefined, ...read });
    let facts =
      plainFacts({ head, upgrade: undefined, asked, forwarded: headers, body: EMPTY }) ??
      judge(body.complete ? { body: EMPTY } : {});
    // What is allowed whatever its body says need not be read first.
    if (needsBody(head, asked.body) && gate.preview(facts) !== "allow") {
      body = await this.#read(JUDGED_BYTES_MAX, body);
      const coding = headerOf(head, "content-encoding");
      facts = judge(
        body.complete ? { body: await decoded(body.bytes, coding, JUDGED_BYTES_MAX) } : { part: body.bytes },
      );
    }
    // People approve exact bytes, so a held body is read whole before anybody is asked.
    if (!body.complete && gate.preview(facts) === "hold") {
      body = await this.#read(HELD_BYTES_MAX, body);
      if (!body.complete) {
        const message = `gate: a body that needs approval may have at most ${HELD_BYTES_MAX} bytes`;
        throw new WebError("peer-wrong", "BODY_TOO_LARGE", 413, message);
      }
      facts = judge({ part: body.bytes });
    }
    const command = commandOf({
      head,
      facts,
      headers,
      upgrade: undefined,
      body: body.complete ? body.bytes : undefined,
    });
    const decision = await this.#submit(command, body.bytes, head);
    if (decision === undefined) return;
    if (!decision.admitted) {
      this.#say(refusalProblem(decision.refusal, gate.session.id));
      return;
    }
    const answer = new Answer({
      connection: this.#connection,
      response: this.#response,
      admission: decision.admission,
      head,
      headers,
      safe: !facts.writes,
      body: { complete: body.complete, rest: this.#request, beforeRest: () => this.#mayContinue() },
      signal: this.#gone.signal,
    });
    await answer.run();
  }

  /** @returns `undefined` when the client was told to come back later. */
  async #submit(command: Command, bytes: Buffer, head: RequestHead): Promise<Decision | undefined> {
    const { gate } = this.#connection;
    const prefer = readPrefer(head);
    let detached = false;
    let stopWaiting = (): void => undefined;
    const detach = (held: HeldView): void => {
      if (detached || this.#response.headersSent) return;
      detached = true;
      this.#say(heldAnswer(held, `${OWN_HOLDS}${held.id}`));
      this.#gone.abort("detached");
    };
    let told = false;
    try {
      const decision = await gate.submit(command, bytes, {
        signal: this.#gone.signal,
        onHeld: (held) => {
          if (told) return;
          told = true;
          if (prefer.waitMs !== undefined) stopWaiting = gate.clock.after(prefer.waitMs, () => detach(held));
          else if (prefer.async) detach(held);
        },
      });
      return detached ? undefined : decision;
    } finally {
      stopWaiting();
    }
  }

  #read(bytesMax: number, before: BodyPart): Promise<BodyPart> {
    this.#mayContinue();
    return readUpTo(this.#request, bytesMax, before.bytes);
  }

  /** RFC 9110 §10.1.1: the client waits with its body until it is known that somebody wants it. */
  #mayContinue(): void {
    if (this.#expectation !== "continue") return;
    this.#expectation = undefined;
    this.#response.writeContinue();
  }

  #unauthenticated(offered: boolean): void {
    const { gate } = this.#connection;
    this.#connection.unauthenticated += 1;
    gate.note("unauthenticated", { offered });
    if (this.#connection.unauthenticated >= UNAUTHENTICATED_MAX) this.#response.shouldKeepAlive = false;
    const detail = "gate: this endpoint belongs to a job: take the address with its password from GATE_<GRANT>_URL";
    const more = { session: gate.session.id };
    this.#say(problem(401, detail, more, { "www-authenticate": CHALLENGE }));
  }

  #sessionEnded(): void {
    const { gate, link } = this.#connection;
    this.#response.shouldKeepAlive = false;
    if (this.#response.headersSent) {
      link.downstream.destroy();
      return;
    }
    this.#say(problem(503, "gate: the session has ended", { session: gate.session.id }));
    this.#gone.abort("gone");
  }

  /** Writes an answer of the gate's own, unless one has begun. */
  #say(answer: ProblemAnswer): void {
    const response = this.#response;
    if (response.headersSent || response.destroyed) return;
    // The client may send its body all the same, or its next request: nobody could tell which it is.
    if (this.#expectation === "continue") response.shouldKeepAlive = false;
    discard(this.#request);
    response.writeHead(answer.status, { ...answer.headers, "content-length": String(answer.body.length) });
    response.end(answer.body);
  }
}

/** Reads and forgets what is left of a refused body, so that the connection stays usable; a long one ends it. */
function discard(request: IncomingMessage): void {
  if (request.complete && request.readableEnded) return;
  let left = REFUSED_BYTES_MAX;
  request.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.socket.destroy();
  });
  request.on("error", ignore);
  request.resume();
}

function ignore(): void {
  // The connection's end is seen through "close".
}

const EMPTY = Buffer.alloc(0);
/** Bytes of a body that is read whole to be judged; of a larger one its values are unknown. */
const JUDGED_BYTES_MAX = 1_048_576;
/** Bytes of a body that may wait for people. */
const HELD_BYTES_MAX = 16_777_216;
/** Bytes of a refused body that are read and forgotten. */
const REFUSED_BYTES_MAX = 16_777_216;
/** Requests without the endpoint's secret on one connection. */
const UNAUTHENTICATED_MAX = 8;
