/**
 * One request and its answer: read, judged, held where the policy says so, forwarded as judged, answered.
 * Touches the connection's sockets through `Incoming` and `Outgoing`, and the target through its client.
 */
import type { Command, Decision, Facts, HeldView } from "@gate/contract";
import { authenticate, CHALLENGE, type Authentication } from "../web/authenticate.ts";
import { WebError } from "../web/errors.ts";
import { forwardedRequestHeaders, type HeaderList } from "../web/header-hygiene.ts";
import type { Expectation } from "../web/http-server.ts";
import { readPrefer } from "../web/prefer.ts";
import { errorProblem, heldAnswer, problem, refusalProblem, type ProblemAnswer } from "../web/problem.ts";
import { decoded, readUpTo, type BodyPart } from "../web/read-body.ts";
import { headerOf, type RequestHead } from "../web/request-head.ts";
import { Answer } from "./answer.ts";
import { classify, needsBody, plainFacts } from "./classify.ts";
import { commandOf } from "./command.ts";
import type { HttpConnection } from "./connection.ts";
import { maskedRequestHeaders } from "./mask.ts";
import { answerOwnPath, isOwnPath, OWN_HOLDS } from "./own-paths.ts";
import type { Incoming, Outgoing } from "./peer.ts";
import { wireBytes, wireLength } from "./request-body.ts";
import { wireHead } from "./request-wire.ts";
import { requestTo } from "./target-request.ts";

export class Exchange {
  readonly #connection: HttpConnection;
  readonly #incoming: Incoming;
  readonly #outgoing: Outgoing;
  #expectation: Expectation;
  #over: () => void = () => undefined;
  #answer: Answer | undefined;
  /** Aborted when nobody waits for the answer any more; made when somebody asks. */
  #gone: AbortController | undefined;
  #goneReason: "gone" | "detached" | undefined;

  constructor(connection: HttpConnection, incoming: Incoming, outgoing: Outgoing) {
    this.#connection = connection;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#expectation = incoming.expectation;
  }

  /** @param over called once: the answer is written, or the connection has ended. */
  start(over: () => void): void {
    this.#over = over;
    this.#outgoing.onOver = (whole) => {
      // Nobody listens any more once the answer is out.
      if (!whole) this.#leave("gone");
      this.#over();
    };
    try {
      const later = this.#serve();
      if (later !== undefined) {
        later.then(
          () => this.#served(),
          (error: unknown) => this.#failed(error),
        );
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The session is over: what has not begun is told so, what has is cut. */
  sessionEnded(): void {
    this.#outgoing.keepAlive = false;
    if (this.#outgoing.begun) {
      this.#connection.link.downstream.destroy();
      return;
    }
    this.#say(problem(503, "gate: the session has ended", { session: this.#connection.gate.session.id }));
    this.#leave("gone");
  }

  /** What waited is over, and an answer is under way or there is nobody to read one. */
  #served(): void {
    if (this.#answer === undefined && !this.#outgoing.over) this.#outgoing.end();
  }

  #failed(error: unknown): void {
    const { gate } = this.#connection;
    if (!(error instanceof WebError)) {
      this.#connection.failed(error);
      return;
    }
    // What could be read in two ways may have been framed in two ways: nothing behind it is read.
    if (error.kind === "peer-wrong" && error.status === 400) {
      gate.note("violation", { code: error.code, reason: error.message.slice(0, 200) });
      this.#outgoing.keepAlive = false;
    }
    this.#say(errorProblem(error, gate.session.id));
    this.#served();
  }

  #leave(reason: "gone" | "detached"): void {
    this.#goneReason ??= reason;
    this.#gone?.abort(reason);
    this.#answer?.leave();
  }

  #signal(): AbortSignal {
    if (this.#gone === undefined) {
      this.#gone = new AbortController();
      if (this.#goneReason !== undefined) this.#gone.abort(this.#goneReason);
    }
    return this.#gone.signal;
  }

  /** @returns a promise where something has to be waited for. */
  #serve(): Promise<void> | undefined {
    const { gate, link } = this.#connection;
    if (link.signal.aborted) {
      this.sessionEnded();
      return undefined;
    }
    const head = this.#incoming.head();
    const { header } = this.#incoming.known;
    const who = (header.who ??= authenticate(link.endpoint, head.headers));
    if (!who.ok) {
      this.#unauthenticated(who.offered);
      return undefined;
    }
    if (this.#expectation === "other") {
      this.#say(problem(417, "gate: no expectation but 100-continue is understood", { session: gate.session.id }));
      return undefined;
    }
    if (isOwnPath(head.path)) return answerOwnPath(head, gate).then((answer) => this.#say(answer));
    return this.#forward(head, who);
  }

  #forward(head: RequestHead, who: Authentication & { ok: true }): Promise<void> | undefined {
    const { gate } = this.#connection;
    const { known } = this.#incoming;
    const headers = (known.header.forwarded ??= this.#forwarded(head, who));
    const asked = { headers: gate.asked("headers"), query: gate.asked("query"), body: gate.asked("body") };
    const facts = plainFacts({ head, upgrade: undefined, asked, forwarded: headers, body: EMPTY });
    if (facts !== undefined) {
      // The same bytes again ask for the same: what people read of it, and its digest, are known.
      const command = (known.request.command ??= commandOf({ head, facts, headers, upgrade: undefined, body: EMPTY }));
      return this.#submit(command, head, headers, NO_BODY);
    }
    return this.#judge(head, headers, asked);
  }

  #forwarded(head: RequestHead, who: Authentication & { ok: true }): HeaderList {
    const { gate, target } = this.#connection;
    const replaced = new Set(target.credential.headers.map(([name]) => name));
    if (target.credential.oauth2 !== undefined) replaced.add("authorization");
    const authorization = target.forwardAuthorization && !who.authorizationIsOurs;
    const allowed = forwardedRequestHeaders(head.headers, { replaced, authorization });
    return gate.masks.length === 0 ? allowed : maskedRequestHeaders(allowed, gate);
  }

  async #judge(head: RequestHead, headers: HeaderList, asked: Asked): Promise<void> {
    const { gate } = this.#connection;
    let body: BodyPart = head.length === 0 ? NO_BODY : { bytes: EMPTY, complete: false };
    const judge = (read: { readonly body?: Buffer | undefined; readonly part?: Buffer }): Facts =>
      classify({ head, upgrade: undefined, asked, forwarded: headers, body: undefined, ...read });
    let facts = judge(body.complete ? { body: EMPTY } : {});
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
    const known = body.complete ? body.bytes : undefined;
    await this.#submit(commandOf({ head, facts, headers, upgrade: undefined, body: known }), head, headers, body);
  }

  #submit(command: Command, head: RequestHead, headers: HeaderList, body: BodyPart): Promise<void> | undefined {
    const { gate, upstream, target } = this.#connection;
    const { request: known } = this.#incoming.known;
    const request = (known.upstream ??= requestTo(target, head, headers));
    // Where the gate frames the request itself, what is admitted is what leaves, byte for byte.
    const wired = upstream.framesItself === true && target.credential.oauth2 === undefined;
    const bytes = wired ? this.#wire(head, request, body) : body.bytes;
    let detached = false;
    let told = false;
    let stopWaiting = (): void => undefined;
    const detach = (held: HeldView): void => {
      if (detached || this.#outgoing.begun) return;
      detached = true;
      this.#say(heldAnswer(held, `${OWN_HOLDS}${held.id}`));
      this.#leave("detached");
    };
    const onHeld = (held: HeldView): void => {
      if (told) return;
      told = true;
      const prefer = readPrefer(head);
      if (prefer.waitMs !== undefined) stopWaiting = gate.clock.after(prefer.waitMs, () => detach(held));
      else if (prefer.async) detach(held);
    };
    const decided = (decision: Decision): void => {
      if (detached) return;
      if (!decision.admitted) {
        this.#say(refusalProblem(decision.refusal, gate.session.id));
        return;
      }
      const { admission } = decision;
      const source = { ...body, rest: () => this.#rest(), isThere: () => this.#incoming.complete };
      const { facts } = command;
      this.#answer = new Answer({
        connection: this.#connection,
        outgoing: this.#outgoing,
        admission,
        head,
        request,
        body: source,
        wired,
        safe: !facts.writes,
      });
      if (this.#goneReason !== undefined) this.#answer.leave();
      else this.#answer.start();
    };
    const signal = (): AbortSignal => this.#signal();
    const decision = gate.submit(command, bytes, {
      get signal() {
        return signal();
      },
      onHeld,
      // Whoever sends the request commits the record before its first byte leaves.
      commit: "flush",
    });
    if (!(decision instanceof Promise)) {
      decided(decision);
      return undefined;
    }
    return decision.then(decided).finally(() => stopWaiting());
  }

  #wire(head: RequestHead, request: ReturnType<typeof requestTo>, body: BodyPart): Buffer {
    const { known } = this.#incoming;
    const { authority } = this.#connection.target;
    if (head.length === 0) return (known.request.wire ??= wireHead(request, authority, undefined));
    const length = wireLength(head, body);
    return wireBytes(wireHead(request, authority, length), length, body.bytes);
  }

  #read(bytesMax: number, before: BodyPart): Promise<BodyPart> {
    return readUpTo(this.#rest(), bytesMax, before.bytes);
  }

  #rest(): ReturnType<Incoming["body"]> {
    this.#mayContinue();
    return this.#incoming.body();
  }

  /** RFC 9110 §10.1.1: the client waits with its body until it is known that somebody wants it. */
  #mayContinue(): void {
    if (this.#expectation !== "continue") return;
    this.#expectation = undefined;
    this.#outgoing.sayContinue();
  }

  #unauthenticated(offered: boolean): void {
    const { gate } = this.#connection;
    this.#connection.unauthenticated += 1;
    gate.note("unauthenticated", { offered });
    if (this.#connection.unauthenticated >= UNAUTHENTICATED_MAX) this.#outgoing.keepAlive = false;
    const detail = "gate: this endpoint belongs to a job: take the address with its password from GATE_<GRANT>_URL";
    const more = { session: gate.session.id };
    this.#say(problem(401, detail, more, { "www-authenticate": CHALLENGE }));
  }

  /** Writes an answer of the gate's own, unless one has begun. */
  #say(answer: ProblemAnswer): void {
    const outgoing = this.#outgoing;
    if (outgoing.begun || outgoing.over) return;
    // The client may send its body all the same, or its next request: nobody could tell which it is.
    if (this.#expectation === "continue") outgoing.keepAlive = false;
    this.#incoming.discard(REFUSED_BYTES_MAX);
    sayProblem(outgoing, answer);
  }
}

/** Begins and ends an answer of the gate's own. */
export function sayProblem(outgoing: Outgoing, answer: ProblemAnswer): void {
  outgoing.begin(answer.status, [...Object.entries(answer.headers), ["content-length", String(answer.body.length)]]);
  outgoing.end(answer.body);
}

interface Asked {
  readonly headers: readonly string[];
  readonly query: readonly string[];
  readonly body: readonly string[];
}

const EMPTY = Buffer.alloc(0);
const NO_BODY: BodyPart = { bytes: EMPTY, complete: true };
/** Bytes of a body that is read whole to be judged; of a larger one its values are unknown. */
const JUDGED_BYTES_MAX = 1_048_576;
/** Bytes of a body that may wait for people. */
const HELD_BYTES_MAX = 16_777_216;
/** Bytes of a refused body that are read and forgotten. */
const REFUSED_BYTES_MAX = 16_777_216;
/** Requests without the endpoint's secret on one connection. */
const UNAUTHENTICATED_MAX = 8;
