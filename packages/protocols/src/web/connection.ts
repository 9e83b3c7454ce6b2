/**
 * One HTTP/1.1 connection of a job: its requests one after the other, in order, over one client of the target. What a
 * request means is the protocol's: it gets each in turn. Touches the link's sockets.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { messageOf } from "@gate/base";
import type { Gate, Link } from "@gate/contract";
import type { Client } from "undici";
import { serveHttp, type Expectation } from "./http-server.ts";
import { problem, rawAnswer } from "./problem.ts";
import type { WebTarget } from "./target.ts";
import { upstreamClient } from "./upstream.ts";

export interface WebConnectionOptions<Target extends WebTarget> {
  readonly link: Link;
  readonly gate: Gate;
  readonly target: Target;
  /** Answers one request. Resolves when its answer is written or the connection has ended; throws only for bugs. */
  readonly onExchange: (
    connection: WebConnection<Target>,
    request: IncomingMessage,
    response: ServerResponse,
    expectation: Expectation,
  ) => Promise<void>;
  /** Takes the connection over; without it every upgrade is refused. */
  readonly onUpgrade?: (connection: WebConnection<Target>, request: IncomingMessage, head: Buffer) => Promise<void>;
}

export class WebConnection<Target extends WebTarget = WebTarget> {
  readonly link: Link;
  readonly gate: Gate;
  readonly target: Target;
  /** Requests without the endpoint's secret; a few are how clients find out that one is needed. */
  unauthenticated = 0;
  readonly #options: WebConnectionOptions<Target>;
  readonly #queue: (() => Promise<void>)[] = [];
  #busy = false;
  /** The answer that is being made. */
  #current: ServerResponse | undefined;
  /** The connection ends with an answer that was given: what was read behind it gets none, so it is not done. */
  #last = false;
  #client: Client | undefined;
  #upgraded = false;
  #stopIdle: () => void = () => undefined;

  constructor(options: WebConnectionOptions<Target>) {
    this.link = options.link;
    this.gate = options.gate;
    this.target = options.target;
    this.#options = options;
  }

  /** The way to the target, for this connection alone. */
  get client(): Client {
    this.#client ??= upstreamClient(this.link, this.target);
    return this.#client;
  }

  /** Resolves when the connection has ended. */
  async run(): Promise<void> {
    const { downstream, signal } = this.link;
    const closed = new Promise<void>((resolve) => downstream.once("close", () => resolve()));
    signal.addEventListener("abort", () => this.#sessionEnds(), { once: true });
    this.#armIdle();
    serveHttp(downstream, {
      onRequest: (request, response, expectation) => this.#enqueue(request, response, expectation),
      onUpgrade: (request, head) => this.#upgrade(request, head),
      onConnect: () => this.refuseConnection(405, "CONNECT_REFUSED", "gate: CONNECT is not carried"),
      onMalformed: (code) => {
        const [status, detail] =
          code === "HPE_HEADER_OVERFLOW"
            ? ([431, "gate: the request's head is too large"] as const)
            : ([400, "gate: the request is not HTTP/1.1, or could be read in two ways"] as const);
        this.refuseConnection(status, code, detail);
      },
    });
    try {
      await closed;
    } finally {
      this.#stopIdle();
      await this.#client?.destroy().catch(() => undefined);
    }
  }

  /** Ends the connection with an answer, where none is under way that it would be mixed up with. */
  refuseConnection(status: number, code: string, detail: string): void {
    const { downstream } = this.link;
    this.gate.note("violation", { code });
    const answer = problem(status, detail, { session: this.gate.session.id, code });
    const current = this.#current;
    if (!downstream.writable || this.#queue.length > 0 || current?.headersSent === true) {
      downstream.destroy();
      return;
    }
    if (current === undefined) {
      downstream.end(rawAnswer(answer));
    } else {
      // Its own body is what cannot be read.
      current.shouldKeepAlive = false;
      current.writeHead(answer.status, { ...answer.headers, "content-length": String(answer.body.length) });
      current.end(answer.body);
    }
    this.gate.clock.after(LINGER_MS_MAX, () => downstream.destroy());
    downstream.resume();
  }

  #enqueue(request: IncomingMessage, response: ServerResponse, expectation: Expectation): void {
    if (this.#queue.length >= PIPELINED_MAX) {
      this.gate.note("violation", { code: "PIPELINE_TOO_LONG" });
      this.link.downstream.destroy();
      return;
    }
    this.#stopIdle();
    this.#queue.push(async () => {
      if (this.#last) return;
      this.#current = response;
      await this.#options.onExchange(this, request, response, expectation);
      this.#last = !response.shouldKeepAlive;
    });
    if (!this.#busy) void this.#next();
  }

  async #next(): Promise<void> {
    this.#busy = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) await next();
    } catch (error) {
      this.gate.note("failed", { error: messageOf(error).slice(0, 200) });
      this.link.downstream.destroy();
    } finally {
      this.#busy = false;
      this.#current = undefined;
    }
    if (!this.#upgraded) this.#armIdle();
  }

  #upgrade(request: IncomingMessage, head: Buffer): void {
    // Behind a request that is not answered yet nobody knows where its answer would end.
    if (this.#busy || this.#queue.length > 0 || this.#upgraded) {
      this.gate.note("violation", { code: "UPGRADE_IN_PIPELINE" });
      this.link.downstream.destroy();
      return;
    }
    const { onUpgrade } = this.#options;
    if (onUpgrade === undefined) {
      this.refuseConnection(400, "UPGRADE_REFUSED", "gate: nothing can be upgraded to here");
      return;
    }
    this.#upgraded = true;
    this.#stopIdle();
    onUpgrade(this, request, head).catch((error: unknown) => {
      this.gate.note("failed", { error: messageOf(error).slice(0, 200) });
      this.link.downstream.destroy();
    });
  }

  #armIdle(): void {
    this.#stopIdle();
    const { clock, limits } = this.gate;
    this.#stopIdle = clock.after(limits.idleTimeMs ?? REQUEST_MS_MAX, () => this.link.downstream.destroy());
  }

  /** Between two requests there is nothing to say; during one its own exchange says it. */
  #sessionEnds(): void {
    const { downstream } = this.link;
    if (!this.#busy) downstream.end();
    this.gate.clock.after(LINGER_MS_MAX, () => downstream.destroy());
  }
}

/** Requests that wait for their turn on one connection. */
const PIPELINED_MAX = 64;
/** How long a connection may take for the head of its next request, in milliseconds, when the policy says nothing. */
const REQUEST_MS_MAX = 300_000;
/** How long a client may take to read the last answer, in milliseconds. */
const LINGER_MS_MAX = 2_000;
