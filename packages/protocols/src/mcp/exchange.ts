/**
 * One HTTP exchange of a client: read, judged, held where the policy says so, forwarded as judged, answered.
 * Touches the connection's sockets through Node's request and response, and the target through its client.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Admission, HeldView } from "@gate/contract";
import type { Client } from "undici";
import { authenticate } from "../web/authenticate.ts";
import type { WebConnection } from "../web/connection.ts";
import { WebError } from "../web/errors.ts";
import type { Expectation } from "../web/http-server.ts";
import { readMediaType } from "../web/media-type.ts";
import { readUpTo } from "../web/read-body.ts";
import { headerOf, headersOf, readRequestHead, type RequestHead } from "../web/request-head.ts";
import { upstreamClient } from "../web/upstream.ts";
import { factsOf } from "./classify.ts";
import { plainCommand } from "./command.ts";
import { Definitions } from "./definitions.ts";
import { Delivery } from "./delivery.ts";
import { McpError } from "./errors.ts";
import {
  checkOrigin,
  ENDPOINT_PATH,
  forwardedHeaders,
  isEndpoint,
  mirrors,
  protocolHeaders,
  sessionHeaders,
  single,
} from "./head.ts";
import { Inbound } from "./inbound.ts";
import { Accounts, handshake, judge, type Judged } from "./judge.ts";
import { ResultMasks } from "./mask.ts";
import { readClientBody, type ClientBody, type ClientMessage } from "./message.ts";
import { checkMirrors } from "./mirror.ts";
import { Reply } from "./reply.ts";
import { errorText, failureText, refusalText, TARGET_FAILED } from "./rpc.ts";
import { seal, unseal } from "./seal.ts";
import type { McpTarget } from "./target.ts";
import { send, type TargetAnswer } from "./upstream.ts";
import { hasBatches, isStateless, readVersion, type Version } from "./versions.ts";

export class Exchange {
  readonly #connection: WebConnection<McpTarget>;
  readonly #request: IncomingMessage;
  readonly #reply: Reply;
  readonly #response: ServerResponse;
  readonly #expectation: Expectation;
  /** Aborted when nobody waits for the answer any more. */
  readonly #gone = new AbortController();
  /** For what the gate itself tells the target while an answer streams. */
  #side: Client | undefined;
  readonly #telling: Promise<unknown>[] = [];
  #stopTimer: () => void = () => undefined;

  constructor(
    connection: WebConnection<McpTarget>,
    request: IncomingMessage,
    response: ServerResponse,
    expectation: Expectation,
  ) {
    this.#connection = connection;
    this.#request = request;
    this.#response = response;
    this.#expectation = expectation;
    this.#reply = new Reply(response);
  }

  /** Resolves when the answer is written, or the connection has ended. Throws only for bugs. */
  async run(): Promise<void> {
    const { gate, link } = this.#connection;
    const response = this.#response;
    const closed = new Promise<void>((resolve) => {
      response.once("close", () => {
        this.#gone.abort("gone");
        resolve();
      });
    });
    const ended = (): void => this.#sessionEnded();
    link.signal.addEventListener("abort", ended, { once: true });
    try {
      await Promise.race([this.#serve(), closed]);
    } catch (error) {
      if (!(error instanceof McpError) && !(error instanceof WebError)) throw error;
      if (error.kind === "peer-wrong" && error.status < 500) {
        gate.note("violation", { code: error.code, reason: error.message.slice(0, 200) });
      } else if (error.status >= 500) {
        gate.note("target-failed", { code: error.code });
      }
      if (!this.#request.complete) this.#reply.closeAfter();
      await this.#reply.last(failureText(undefined, error), error.status);
    } finally {
      this.#stopTimer();
      link.signal.removeEventListener("abort", ended);
      this.#leaveSide();
    }
    this.#reply.end();
    if (!response.closed) await closed;
  }

  async #serve(): Promise<void> {
    const { link, target } = this.#connection;
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
    checkOrigin(head, target);
    if (!this.#authenticated(head)) return;
    if (!isEndpoint(head)) throw new McpError("MCP_NOT_FOUND", `gate: the endpoint is ${ENDPOINT_PATH}`);
    if (this.#expectation === "other")
      throw new McpError("MCP_METHOD", "gate: no expectation but 100-continue is understood");
    if (this.#expectation === "continue") this.#response.writeContinue();
    const version = readVersion(single(head, "mcp-protocol-version"));
    const session = this.#session(head, version);
    if (head.method === "POST") {
      await this.#post(head, version, session);
      return;
    }
    if ((head.method !== "GET" && head.method !== "DELETE") || isStateless(version)) {
      this.#reply.headers["allow"] = isStateless(version) ? "POST" : "GET, POST, DELETE";
      throw new McpError("MCP_METHOD", "gate: the endpoint does not have this HTTP method");
    }
    await this.#transport(head, head.method, version, session);
  }

  async #post(head: RequestHead, version: Version, session: string | undefined): Promise<void> {
    const { gate, target, client } = this.#connection;
    const body = await this.#body(head);
    if (body.batch && !hasBatches(version)) {
      throw new McpError("MCP_AMBIGUOUS", "gate: this revision of the protocol has no batches");
    }
    if (isStateless(version) && body.messages.some(({ kind }) => kind === "response")) {
      throw new McpError("MCP_AMBIGUOUS", "gate: in this revision of the protocol clients send no responses");
    }
    checkMirrors(head, version, body);
    const definitions = Definitions.of(target);
    const judged: Judged[] = [];
    for (const message of body.messages) {
      if (body.batch && message.kind !== "response" && message.method === "initialize") {
        throw new McpError("MCP_AMBIGUOUS", "gate: initialize stands alone");
      }
      const one = await judge(message, {
        client,
        target,
        gate,
        definitions,
        head,
        version,
        session,
        headers: protocolHeaders(head, version, session),
        signal: this.#gone.signal,
        onHeld: (asked, held) => this.#tellHeld(head, asked, held),
      });
      judged.push(one);
    }
    const refusals = judged.flatMap((each) =>
      each.kind === "refused" && each.message.kind === "request"
        ? [refusalText(each.message.id, each.refusal, gate.session.id)]
        : [],
    );
    const forwarded = judged.filter((each) => each.kind === "forward");
    if (forwarded.length === 0) {
      await this.#answerHere(body, judged, refusals);
      return;
    }
    const accounts = new Accounts(gate, judged);
    const delivery = this.#delivery(accounts, version, session, definitions, ResultMasks.of(gate));
    for (const refusal of refusals) delivery.add(refusal);
    // People are not the target's time.
    const { statementTimeMs } = gate.limits;
    if (statementTimeMs !== undefined) {
      this.#stopTimer = gate.clock.after(statementTimeMs, () => this.#late(statementTimeMs));
    }
    try {
      const answer = await this.#send("POST", head, version, session, () => {
        const parts = forwarded.map((each) => Buffer.from(gate.spend(each.admission)));
        const [first] = parts;
        if (!body.batch && first !== undefined) return first;
        return Buffer.from(`[${parts.map((part) => part.toString("utf8")).join(",")}]`);
      });
      await this.#deliver(answer, delivery, accounts, body, session);
    } catch (error) {
      if (!(error instanceof McpError) && !(error instanceof WebError)) throw error;
      await this.#failed(error, delivery, accounts, body.batch);
    } finally {
      accounts.close({ outcome: this.#gone.signal.aborted ? "gone" : "no answer", ok: false });
    }
  }

  /** The stream of a session, and its end: HTTP's own, without a message. */
  async #transport(
    head: RequestHead,
    method: "GET" | "DELETE",
    version: Version,
    session: string | undefined,
  ): Promise<void> {
    const { gate, target } = this.#connection;
    const last = single(head, "last-event-id");
    const event = last === undefined ? undefined : unseal(gate, "event", last, session);
    if (last !== undefined && event === undefined) {
      throw new McpError("MCP_SESSION", "gate: Last-Event-ID names no event of this session");
    }
    const name = method === "GET" ? "transport/listen" : "transport/close";
    const facts = factsOf({ method: name });
    let admission: Admission;
    if (gate.preview(facts) === "allow") {
      admission = handshake(gate, name, EMPTY);
    } else {
      const command = plainCommand("transport", `${method} ${name}`, facts, [session ?? "", event ?? ""]);
      const decision = await gate.submit(command, EMPTY, { signal: this.#gone.signal });
      if (!decision.admitted) {
        this.#reply.json(403, refusalText(undefined, decision.refusal, gate.session.id));
        return;
      }
      ({ admission } = decision);
    }
    let outcome = "no answer";
    const definitions = Definitions.of(target);
    const masks = ResultMasks.of(gate);
    const accounts = new Accounts(gate, []);
    const delivery = this.#delivery(accounts, version, session, definitions, masks, admission);
    try {
      const answer = await this.#send(method, head, version, session, () => gate.spend(admission), event);
      outcome = String(answer.status);
      await this.#deliver(answer, delivery, accounts, undefined, session);
    } finally {
      const result = { outcome, ok: outcome.startsWith("2"), ...delivery.summary() };
      if (admission.entry >= 0) gate.result(admission, result);
      else gate.note("stream-ended", { method: name, outcome, bytes: result.bytes ?? 0 });
    }
  }

  #delivery(
    accounts: Accounts,
    version: Version,
    session: string | undefined,
    definitions: Definitions,
    masks: ResultMasks | undefined,
    stream?: Parameters<typeof Delivery.prototype.countOn>[0],
  ): Delivery {
    const { gate } = this.#connection;
    const delivery = new Delivery({
      gate,
      reply: this.#reply,
      accounts,
      masks,
      session,
      batches: hasBatches(version),
      inbound: new Inbound({
        gate,
        definitions,
        version,
        session,
        masks,
        expects: (id) => stream !== undefined || accounts.expects(id),
        refuse: (text) => this.#tellTarget(text, version, session),
        signal: this.#gone.signal,
      }),
    });
    if (stream !== undefined) delivery.countOn(stream);
    return delivery;
  }

  async #deliver(
    answer: TargetAnswer,
    delivery: Delivery,
    accounts: Accounts,
    body: ClientBody | undefined,
    session: string | undefined,
  ): Promise<void> {
    const { gate } = this.#connection;
    const opened = answer.header("mcp-session-id");
    if (opened !== undefined && opened !== session) {
      if (!SESSION.test(opened))
        throw new McpError("MCP_UPSTREAM", "gate: the target's id of the MCP session is malformed");
      this.#reply.headers["mcp-session-id"] = seal(gate, "session", opened);
    }
    if (answer.type === "text/event-stream" && answer.status === 200) {
      await delivery.stream(answer.body);
      return;
    }
    if (answer.type === "application/json") {
      await delivery.whole(await answer.text(), answer.status, body?.batch ?? false);
      return;
    }
    answer.discard();
    if (answer.status < 300 && !accounts.waiting) {
      await delivery.nothing(answer.status, body?.batch ?? false);
      return;
    }
    const text = errorText(accounts.ids()[0], TARGET_FAILED, `gate: the target answered with status ${answer.status}`);
    await this.#reply.last(text, answer.status < 300 ? 502 : answer.status);
  }

  #send(
    method: "POST" | "GET" | "DELETE",
    head: RequestHead,
    version: Version,
    session: string | undefined,
    spend: () => Uint8Array,
    event?: string,
  ): Promise<TargetAnswer> {
    const { client, target, gate } = this.#connection;
    return send({
      client,
      target,
      gate,
      method,
      headers: [
        ...forwardedHeaders(head),
        ...protocolHeaders(head, version, session),
        ...(method === "POST" ? ([["content-type", "application/json"]] as const) : []),
        ...(event === undefined ? [] : ([["last-event-id", event]] as const)),
        ...(isStateless(version) ? mirrors(head) : []),
      ],
      spend,
      signal: this.#gone.signal,
    });
  }

  /** The answer to a request of the target's that the client never saw. */
  #tellTarget(text: string, version: Version, session: string | undefined): void {
    const { link, target, gate } = this.#connection;
    if (this.#telling.length >= TELLING_MAX) {
      gate.note("target-failed", { code: "TOO_MANY_REQUESTS" });
      return;
    }
    this.#side ??= upstreamClient(link, target);
    const bytes = Buffer.from(text);
    const told = send({
      client: this.#side,
      target,
      gate,
      method: "POST",
      headers: [
        ["accept", "application/json, text/event-stream"],
        ["content-type", "application/json"],
        ...sessionHeaders(version, session),
      ],
      spend: () => gate.spend(gate.housekeeping("refusal", bytes)),
      signal: this.#connection.link.signal,
    })
      .then((answer) => answer.discard())
      .catch(() => gate.note("target-failed", { code: "REFUSAL_NOT_TAKEN" }));
    this.#telling.push(told);
  }

  /** What is being told may outlive the exchange, but not for long. */
  #leaveSide(): void {
    const side = this.#side;
    if (side === undefined) return;
    const destroy = (): void => void side.destroy().catch(() => undefined);
    const stop = this.#connection.gate.clock.after(TELL_MS_MAX, destroy);
    void Promise.allSettled(this.#telling).then(() => {
      stop();
      destroy();
    });
  }

  async #answerHere(body: ClientBody, judged: readonly Judged[], refusals: readonly string[]): Promise<void> {
    const { gate } = this.#connection;
    if (refusals.length > 0) {
      await this.#reply.last(body.batch ? `[${refusals.join(",")}]` : (refusals[0] ?? ""));
      return;
    }
    // Notifications have no answer; their refusal is HTTP's.
    const refused = judged.find((each) => each.kind === "refused");
    if (refused === undefined) this.#reply.json(202, undefined);
    else this.#reply.json(403, refusalText(undefined, refused.refusal, gate.session.id));
  }

  async #failed(error: McpError | WebError, delivery: Delivery, accounts: Accounts, batch: boolean): Promise<void> {
    const { gate } = this.#connection;
    gate.note("target-failed", { code: error.code });
    const texts = accounts.ids().map((id) => failureText(id, error));
    accounts.close({ outcome: error.code, ok: false });
    for (const text of texts) delivery.add(text);
    if (!batch && texts.length === 0) delivery.add(failureText(undefined, error));
    await delivery.finish(error.status, batch);
  }

  /** People are asked: the client hears of it at once and every 10 s, where its answer can be a stream. */
  #tellHeld(head: RequestHead, message: ClientMessage, held: HeldView): void {
    if (message.kind !== "request" || message.method === "initialize") return;
    if (!headersOf(head, "accept").join(",").includes("text/event-stream")) return;
    this.#reply.startEvents();
    this.#told += 1;
    const meta = message.params["_meta"];
    const token: unknown =
      typeof meta === "object" && meta !== null && "progressToken" in meta ? meta.progressToken : undefined;
    if (typeof token !== "string" && typeof token !== "number") {
      void this.#reply.comment();
      return;
    }
    const params = {
      progressToken: token,
      // Below whatever the target counts: progress only ever grows.
      progress: this.#told / PROGRESS_PARTS,
      message: `gate: held for approval ${held.id}: ${held.url}`,
    };
    void this.#reply.event(JSON.stringify({ jsonrpc: "2.0", method: "notifications/progress", params }));
  }
  #told = 0;

  async #body(head: RequestHead): Promise<ClientBody> {
    const { type, charset } = readMediaType(headerOf(head, "content-type"));
    if (type !== "application/json" || (charset !== undefined && !/^utf-?8$/.test(charset))) {
      throw new McpError("MCP_MALFORMED", "gate: Content-Type must be application/json");
    }
    if (headerOf(head, "content-encoding") !== undefined) {
      throw new McpError("MCP_MALFORMED", "gate: a message has no Content-Encoding");
    }
    const { bytes, complete } = await readUpTo(this.#request, MESSAGE_BYTES_MAX);
    if (!complete) throw new McpError("MCP_TOO_LARGE", `gate: a message may have at most ${MESSAGE_BYTES_MAX} bytes`);
    return readClientBody(bytes);
  }

  /** The target's id of the MCP session that the client names. */
  #session(head: RequestHead, version: Version): string | undefined {
    const sealed = single(head, "mcp-session-id");
    if (sealed === undefined || isStateless(version)) return undefined;
    const session = unseal(this.#connection.gate, "session", sealed);
    if (session === undefined) {
      throw new McpError(
        "MCP_SESSION",
        "gate: this MCP session was not opened through this job's session: initialize again",
      );
    }
    return session;
  }

  #authenticated(head: RequestHead): boolean {
    const { link, gate } = this.#connection;
    const secret = head.path.startsWith(`${ENDPOINT_PATH}/`) ? head.path.slice(ENDPOINT_PATH.length + 1) : undefined;
    const carried = secret === undefined ? head.headers : [...head.headers, ["gate-endpoint", secret] as const];
    const who = authenticate(link.endpoint, carried);
    if (who.ok) return true;
    this.#connection.unauthenticated += 1;
    gate.note("unauthenticated", { offered: who.offered });
    if (this.#connection.unauthenticated >= UNAUTHENTICATED_MAX) this.#reply.closeAfter();
    const message = "gate: this endpoint belongs to a job: take its address from GATE_MCP_CONFIG or GATE_<GRANT>_URL";
    this.#reply.json(401, errorText(undefined, TARGET_FAILED, message), { "www-authenticate": 'Bearer realm="gate"' });
    this.#request.resume();
    return false;
  }

  #late(afterMs: number): void {
    const message = `gate: limit reached: the target took more than ${afterMs} ms`;
    this.#connection.gate.note("limit", { limit: "statement_time" });
    void this.#reply.last(errorText(undefined, TARGET_FAILED, message), 504);
    this.#gone.abort("late");
  }

  #sessionEnded(): void {
    this.#reply.closeAfter();
    void this.#reply.last(errorText(undefined, TARGET_FAILED, "gate: the session has ended"), 503);
    this.#gone.abort("gone");
  }
}

const EMPTY = Buffer.alloc(0);
/** Visible ASCII (2025-11-25, session management); what is longer is no id. */
const SESSION = /^[\x21-\x7e]{1,1024}$/;
/** Bytes of one message or batch of a client's. */
const MESSAGE_BYTES_MAX = 4_194_304;
/** Requests without the endpoint's secret on one connection. */
const UNAUTHENTICATED_MAX = 8;
/** Refusals of its own requests that the target is told during one exchange. */
const TELLING_MAX = 100;
/** How long the target may take to read a refusal of its own request, in milliseconds. */
const TELL_MS_MAX = 10_000;
const PROGRESS_PARTS = 1_000_000;
