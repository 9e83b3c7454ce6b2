/**
 * Sends an admitted request to the target and streams the answer back: bounded memory both ways, nothing buffered.
 * Touches the target through the connection's client, and the client's response.
 */
import { finished } from "node:stream";
import type { Admission } from "@gate/contract";
import type { ContentMasks, MaskStream } from "@gate/masking";
import { BodyDigest } from "../web/body-digest.ts";
import { WebError } from "../web/errors.ts";
import { forwardedResponseHeaders, type HeaderList } from "../web/header-hygiene.ts";
import { tokenSourceOf } from "../web/oauth2.ts";
import { errorProblem, refusalProblem, type ProblemAnswer } from "../web/problem.ts";
import type { RequestHead } from "../web/request-head.ts";
import { upstreamError } from "../web/upstream.ts";
import type { HttpConnection } from "./connection.ts";
import { sayProblem } from "./exchange.ts";
import { contentMasks, maskAnswer, maskedBytes, type MaskedAnswer } from "./mask.ts";
import type { Outgoing } from "./peer.ts";
import { RequestBody, type BodySource } from "./request-body.ts";
import type { UpstreamCall, UpstreamEvents, UpstreamRequest } from "./upstream.ts";

export interface AnswerOptions {
  readonly connection: HttpConnection;
  readonly outgoing: Outgoing;
  readonly admission: Admission;
  readonly head: RequestHead;
  readonly request: Omit<UpstreamRequest, "body">;
  readonly body: BodySource & {
    /** Has all of the body arrived? */
    readonly isThere: () => boolean;
  };
  /** The admission holds the request as it leaves. */
  readonly wired: boolean;
  /** Asking twice does no more than asking once (RFC 9110 §9.2.1), whatever a header says of the method. */
  readonly safe: boolean;
}

/** Headers of an answer as the client gets them, with what was found out about them. */
export interface KnownAnswer {
  /** As the target's client gave them. */
  readonly from: HeaderList;
  readonly headers: HeaderList;
  readonly length: number | undefined;
}

/** Where the target's bytes go. */
interface Sink {
  /** @returns false: wait until it can take more. */
  write(chunk: Buffer): boolean;
  end(): void;
}

export class Answer {
  readonly #options: AnswerOptions;
  readonly #masks: ContentMasks | undefined;
  readonly #body: RequestBody;
  readonly #answerDigest = new BodyDigest();
  #call: UpstreamCall | undefined;
  #stopTimer: () => void = () => undefined;
  #status = 0;
  /** Bytes that the answer's own head promises. */
  #length: number | undefined;
  #finished = false;
  #masked: Record<string, number> = {};

  constructor(options: AnswerOptions) {
    this.#options = options;
    const { connection, admission, head, body, wired } = options;
    this.#body = new RequestBody(connection.gate, admission, head, body, wired);
    this.#masks = contentMasks(options.admission.obligations, options.connection.gate);
  }

  /** Goes on until the answer is complete or has been given up. */
  start(): void {
    const { gate } = this.#options.connection;
    const { statementTimeMs } = gate.limits;
    if (statementTimeMs !== undefined) {
      this.#stopTimer = gate.clock.after(statementTimeMs, () => {
        const message = `gate: limit reached: the target took more than ${statementTimeMs} ms`;
        this.#fail(new WebError("peer-wrong", "UPSTREAM_TIMEOUT", 504, message));
      });
    }
    this.#attempt(true);
  }

  /** The client is gone. */
  leave(): void {
    if (!this.#finished) this.#fail(new WebError("peer-wrong", "BODY_MALFORMED", 400, "the client is gone"));
  }

  /** @param again may a safe request without a body be sent a second time? */
  #attempt(again: boolean): void {
    const { connection, head, request, safe } = this.#options;
    const { target, gate } = connection;
    const repeatable = again && safe && head.length === 0;
    // A path that does not begin with a slash could not be put below the target's own.
    if (head.path === "*") {
      this.#fail(new WebError("peer-unsupported", "REQUEST_UNSUPPORTED", 501, "gate: OPTIONS * is not forwarded"));
      return;
    }
    const { oauth2 } = target.credential;
    if (oauth2 === undefined) {
      this.#send(request, repeatable, undefined);
      return;
    }
    tokenSourceOf(oauth2, gate.clock)
      .get()
      .then(
        (token) => {
          const headers: HeaderList = [...request.headers, ["authorization", `Bearer ${token}`]];
          if (!this.#finished) this.#send({ ...request, headers }, repeatable, token);
        },
        (error: unknown) => this.#fail(upstreamError(error)),
      );
  }

  #send(request: Omit<UpstreamRequest, "body">, repeatable: boolean, token: string | undefined): void {
    const { upstream } = this.#options.connection;
    const call = upstream.send({ ...request, body: this.#body }, this.#events(repeatable, token));
    if (this.#finished) call.abort();
    else this.#call = call;
  }

  #events(repeatable: boolean, token: string | undefined): UpstreamEvents {
    const { connection, outgoing, body, head } = this.#options;
    const { target, gate } = connection;
    let sink: Sink | undefined;
    let discarded = false;
    let discardedBytes = 0;
    return {
      onHead: (status, raw) => {
        this.#status = status;
        if (status === 401 && token !== undefined && repeatable) {
          discarded = true;
          return;
        }
        if (this.#finished) return;
        try {
          const { headers, length } = this.#known(raw);
          const hasBody = head.method !== "HEAD" && status !== 204 && status !== 304;
          if (!body.complete && !body.isThere()) outgoing.keepAlive = false;
          if (this.#masks === undefined) {
            if (hasBody) this.#length = length;
            // A stream's head goes on before its first byte; a short answer's goes with it, in one write.
            outgoing.begin(status, headers);
            sink = outgoing;
            outgoing.onDrain = () => this.#call?.resume();
          } else {
            sink = this.#through(maskAnswer(this.#masks, { status, headers, hasBody }));
          }
        } catch (error) {
          this.#fail(error instanceof WebError ? error : upstreamError(error));
        }
      },
      onData: (chunk) => {
        if (discarded) {
          discardedBytes += chunk.length;
          if (discardedBytes > DISCARDED_BYTES_MAX) this.#fail(upstreamError(undefined));
          return true;
        }
        if (sink === undefined || this.#finished) return false;
        if (sink === outgoing && !this.#delivered(chunk)) return false;
        return sink.write(chunk);
      },
      onEnd: (trailers) => {
        if (discarded) {
          if (token !== undefined && target.credential.oauth2 !== undefined) {
            tokenSourceOf(target.credential.oauth2, gate.clock).refused(token);
          }
          if (!this.#finished) this.#attempt(false);
          return;
        }
        if (this.#finished || sink === undefined) return;
        if (this.#length !== undefined && this.#length !== this.#answerDigest.bytes) {
          this.#fail(upstreamError(undefined));
          return;
        }
        if (sink !== outgoing) {
          sink.end();
          return;
        }
        // Recorded first: what ends the answer may begin the next request.
        this.#complete();
        outgoing.end(undefined, trailers);
      },
      onFail: (error, stale) => {
        // An idle connection that the target had just closed: nothing was answered, and nothing can have been done.
        if (stale && repeatable && !this.#finished) this.#attempt(false);
        else this.#fail(upstreamError(error));
      },
    };
  }

  /** What goes on of the target's headers; looked at once for headers that come again. */
  #known(from: HeaderList): KnownAnswer {
    const { connection } = this.#options;
    const { target, lastAnswer } = connection;
    if (lastAnswer?.from === from) return lastAnswer;
    const headers = forwardedResponseHeaders(from, { origin: target.origin, base: target.base });
    const length = headers.find(([name]) => name === "content-length")?.[1];
    const known = { from, headers, length: length === undefined ? undefined : Number(length) };
    connection.lastAnswer = known;
    return known;
  }

  /** Puts masks between the target's bytes and the client. */
  #through(masked: MaskedAnswer): Sink {
    const { outgoing } = this.#options;
    const { through } = masked;
    // Written with the first byte: until then a body that masks cannot read still gets a proper answer.
    const begin = (): void => {
      if (!outgoing.begun) outgoing.begin(this.#status, masked.headers);
    };
    const write = (chunk: Uint8Array | undefined): boolean => {
      if (chunk === undefined || this.#finished || !this.#delivered(chunk)) return true;
      begin();
      return outgoing.write(chunk);
    };
    const end = (error?: unknown): void => {
      this.#masked = masked.counts();
      if (this.#finished) return;
      if (error === undefined || error === null) {
        begin();
        this.#complete();
        outgoing.end();
      } else {
        this.#fail(error instanceof WebError ? error : UNREADABLE);
      }
    };
    if (masked.streams) begin();
    if ("push" in through) return this.#direct(through, write, end);
    outgoing.onDrain = () => through.out.resume();
    through.in.on("drain", () => this.#call?.resume());
    through.out.on("data", (chunk: Buffer) => {
      if (!write(chunk)) through.out.pause();
    });
    finished(through.out, { writable: false }, end);
    return through.in;
  }

  /** Masks without streams around them. */
  #direct(masker: MaskStream, write: (chunk: Uint8Array | undefined) => boolean, end: (error?: unknown) => void): Sink {
    this.#options.outgoing.onDrain = () => this.#call?.resume();
    return {
      write(chunk) {
        try {
          return write(maskedBytes(() => masker.push(chunk)));
        } catch (error) {
          end(error);
          return true;
        }
      },
      end() {
        try {
          write(maskedBytes(() => masker.end()));
          end();
        } catch (error) {
          end(error);
        }
      },
    };
  }

  /** Counts what reaches the client; false when a limit ended the answer. */
  #delivered(chunk: Uint8Array): boolean {
    const { connection, admission } = this.#options;
    this.#answerDigest.push(chunk);
    // What is more than its head says would be the next answer to the client.
    if (this.#length !== undefined && this.#answerDigest.bytes > this.#length) {
      this.#fail(upstreamError(undefined));
      return false;
    }
    const over = connection.gate.count(admission, { bytes: chunk.byteLength });
    if (over === undefined) return true;
    this.#giveUp("limit", refusalProblem(over, connection.gate.session.id));
    return false;
  }

  #complete(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#letGo();
    this.#record(String(this.#status), this.#status < 400);
  }

  #fail(error: WebError): void {
    this.#giveUp(error.code, errorProblem(error, this.#options.connection.gate.session.id));
  }

  /** An answer that has begun can only be cut, which the client sees as incomplete. */
  #giveUp(outcome: string, answer: ProblemAnswer): void {
    if (this.#finished) return;
    this.#finished = true;
    const { connection, outgoing, body } = this.#options;
    if (outcome !== "limit") connection.gate.note("target-failed", { code: outcome });
    this.#call?.abort();
    this.#letGo();
    this.#record(outcome, false);
    if (outgoing.over) return;
    if (outgoing.begun) {
      outgoing.destroy();
      connection.link.downstream.destroy();
    } else {
      // What is left of the request's body belongs to nobody any more.
      if (!body.complete) {
        if (!body.isThere()) outgoing.keepAlive = false;
        body.rest().resume();
      }
      sayProblem(outgoing, answer);
    }
  }

  #letGo(): void {
    this.#stopTimer();
    this.#call = undefined;
    this.#options.outgoing.onDrain = undefined;
  }

  #record(outcome: string, ok: boolean): void {
    const { connection, admission } = this.#options;
    const digests: Record<string, string> = {};
    if (this.#body.digest.bytes > 0) digests["request"] = this.#body.digest.hex();
    if (this.#answerDigest.bytes > 0) digests["answer"] = this.#answerDigest.hex();
    connection.gate.result(admission, {
      outcome,
      ok,
      bytes: this.#answerDigest.bytes,
      ...(Object.keys(digests).length === 0 ? {} : { digests }),
      ...(Object.keys(this.#masked).length === 0 ? {} : { masked: this.#masked }),
    });
  }
}

const UNREADABLE = new WebError(
  "peer-unsupported",
  "UNMASKABLE",
  502,
  "gate: the target's answer cannot be decoded, so the grant's masks cannot be applied to it",
);
/** Bytes of a 401 that is followed by a second attempt. */
const DISCARDED_BYTES_MAX = 1_048_576;
