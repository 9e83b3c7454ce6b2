/**
 * Sends an admitted request to the target and streams the answer back: bounded memory both ways, nothing buffered.
 * Touches the target through the connection's client, and the client's response.
 */
import type { ServerResponse } from "node:http";
import { finished, type Writable } from "node:stream";
import type { Admission } from "@gate/contract";
import type { ContentMasks } from "@gate/masking";
import type { Dispatcher } from "undici";
import { BodyDigest } from "../web/body-digest.ts";
import { WebError } from "../web/errors.ts";
import { forwardedResponseHeaders } from "../web/header-hygiene.ts";
import { tokenSourceOf } from "../web/oauth2.ts";
import { errorProblem, refusalProblem, type ProblemAnswer } from "../web/problem.ts";
import type { RequestHead } from "../web/request-head.ts";
import { upstreamError } from "../web/upstream.ts";
import { contentMasks, maskAnswer, type MaskedAnswer } from "./mask.ts";
import { headersOf, trailersOf } from "./raw-headers.ts";
import { RequestBody, type BodySource } from "./request-body.ts";
import type { HttpConnection } from "./serve.ts";

export interface AnswerOptions {
  readonly connection: HttpConnection;
  readonly response: ServerResponse;
  readonly admission: Admission;
  readonly head: RequestHead;
  /** What is forwarded of the client's headers. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: BodySource;
  /** Asking twice does no more than asking once (RFC 9110 §9.2.1), whatever a header says of the method. */
  readonly safe: boolean;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

export class Answer {
  readonly #options: AnswerOptions;
  readonly #masks: ContentMasks | undefined;
  readonly #body: RequestBody;
  readonly #answerDigest = new BodyDigest();
  #abort: ((error: Error) => void) | undefined;
  #status = 0;
  /** Bytes that the answer's own head promises. */
  #length: number | undefined;
  #finished = false;
  #masked: Record<string, number> = {};
  #end: () => void = () => undefined;

  constructor(options: AnswerOptions) {
    this.#options = options;
    const { connection, admission, head, body } = options;
    this.#body = new RequestBody(connection.gate, admission, head, body);
    this.#masks = contentMasks(options.admission.obligations, options.connection.gate);
  }

  /** Resolves when the answer is complete or has been given up. */
  async run(): Promise<void> {
    const { connection, signal, response } = this.#options;
    const { gate } = connection;
    const over = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    const { statementTimeMs } = gate.limits;
    const stopTimer =
      statementTimeMs === undefined
        ? () => undefined
        : gate.clock.after(statementTimeMs, () => {
            const message = `gate: limit reached: the target took more than ${statementTimeMs} ms`;
            this.#fail(new WebError("peer-wrong", "UPSTREAM_TIMEOUT", 504, message));
          });
    const gone = (): void => {
      if (!this.#finished) this.#fail(new WebError("peer-wrong", "BODY_MALFORMED", 400, "the client is gone"));
    };
    signal.addEventListener("abort", gone, { once: true });
    try {
      if (signal.aborted) gone();
      else await this.#attempt(true);
      await over;
    } finally {
      stopTimer();
      signal.removeEventListener("abort", gone);
      response.removeAllListeners("drain");
    }
  }

  /** @param again may a safe request without a body be sent a second time? */
  async #attempt(again: boolean): Promise<void> {
    const { connection, head, safe } = this.#options;
    const { target, gate } = connection;
    const repeatable = again && safe && head.length === 0;
    let token: string | undefined;
    const headers = this.#headers();
    try {
      const { oauth2 } = target.credential;
      if (oauth2 !== undefined) {
        const source = tokenSourceOf(oauth2, gate.clock);
        token = await source.get();
        headers.push(["authorization", `Bearer ${token}`]);
      }
    } catch (error) {
      this.#fail(upstreamError(error));
      return;
    }
    if (this.#finished) return;
    const path = head.path === "*" ? "*" : target.base + head.path + (head.query === "" ? "" : `?${head.query}`);
    // A dispatcher takes paths that begin with a slash only.
    if (path === "*") {
      this.#fail(new WebError("peer-unsupported", "REQUEST_UNSUPPORTED", 501, "gate: OPTIONS * is not forwarded"));
      return;
    }
    try {
      const request: Dispatcher.DispatchOptions = {
        method: head.method,
        path,
        headers: headers.flat(),
        // Its types leave out async iterables, which it takes.
        body: this.#body.take() as Buffer | null,
        // Never sent twice by the library: a retry is ours to decide.
        idempotent: false,
        // A server that reads no body of such a method would take it for the next request (CL.0): there is none.
        ...(head.length !== 0 && BODILESS.has(head.method) ? { reset: true } : {}),
      };
      connection.client.dispatch(request, this.#handler(repeatable, token));
    } catch (error) {
      this.#fail(upstreamError(error));
    }
  }

  #headers(): [string, string][] {
    const { connection, headers, head, body } = this.#options;
    const out: [string, string][] = headers.map(([name, value]) => [name, value]);
    for (const [name, value] of connection.target.credential.headers) out.push([name, value.reveal()]);
    if (typeof head.length === "number" && head.length > 0 && !body.complete) {
      out.push(["content-length", String(head.length)]);
    }
    return out;
  }

  #handler(repeatable: boolean, token: string | undefined): Dispatcher.DispatchHandler {
    const { connection, response, head } = this.#options;
    const { target, gate } = connection;
    let sink: Writable | undefined;
    let discarded = false;
    let discardedBytes = 0;
    let started = false;
    return {
      onConnect: (abort) => {
        // Not wrapped: a closure here would hold each request's neighbours.
        this.#abort = abort;
        if (this.#finished) abort(new Error("given up"));
      },
      onHeaders: (status, raw, resume) => {
        // 100 was answered by the gate itself; other interim answers are not passed on.
        if (status < 200) return true;
        started = true;
        this.#status = status;
        if (status === 401 && token !== undefined && repeatable) {
          discarded = true;
          return true;
        }
        if (this.#finished) return false;
        try {
          const headers = forwardedResponseHeaders(headersOf(raw), {
            origin: target.origin,
            base: target.base,
          });
          const hasBody = head.method !== "HEAD" && status !== 204 && status !== 304;
          if (!this.#options.body.complete && !this.#options.body.rest.complete) response.shouldKeepAlive = false;
          const length = headers.find(([name]) => name === "content-length")?.[1];
          if (hasBody && this.#masks === undefined && length !== undefined) this.#length = Number(length);
          if (this.#masks === undefined) {
            response.sendDate = !headers.some(([name]) => name === "date");
            response.writeHead(status, headers.flat());
            sink = response;
            // A stream's head goes on before its first byte; a short answer's goes with it, in one write.
            queueMicrotask(() => {
              if (this.#answerDigest.bytes === 0 && !response.writableEnded) response.flushHeaders();
            });
          } else {
            sink = this.#through(maskAnswer(this.#masks, { status, headers, hasBody }));
          }
        } catch (error) {
          this.#fail(error instanceof WebError ? error : upstreamError(error));
          return false;
        }
        sink.on("drain", resume);
        return true;
      },
      onData: (chunk) => {
        if (discarded) {
          discardedBytes += chunk.length;
          if (discardedBytes > DISCARDED_BYTES_MAX) this.#fail(upstreamError(undefined));
          return true;
        }
        if (sink === undefined || this.#finished) return false;
        if (sink === response && !this.#delivered(chunk)) return false;
        return sink.write(chunk);
      },
      onComplete: (raw) => {
        if (discarded) {
          if (token !== undefined && target.credential.oauth2 !== undefined) {
            tokenSourceOf(target.credential.oauth2, gate.clock).refused(token);
          }
          void this.#attempt(false);
          return;
        }
        if (this.#finished || sink === undefined) return;
        if (this.#length !== undefined && this.#length !== this.#answerDigest.bytes) {
          this.#fail(upstreamError(undefined));
          return;
        }
        if (sink === response && response.chunkedEncoding) response.addTrailers(trailersOf(raw));
        sink.end();
        if (sink === response) this.#complete();
      },
      onError: (error) => {
        // An idle connection that the target had just closed: nothing was answered, and nothing can have been done.
        const code = (error as { code?: unknown }).code;
        if (!started && repeatable && !this.#finished && typeof code === "string" && STALE.has(code)) {
          void this.#attempt(false);
          return;
        }
        // The length in a 304 is that of another answer's body (RFC 9110 §8.6); the library counts it against this one.
        if (code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH" && this.#status === 304 && sink !== undefined) {
          sink.end();
          if (sink === response) this.#complete();
          return;
        }
        this.#fail(upstreamError(error));
      },
    };
  }

  /** Puts masks between the target's bytes and the client. */
  #through(masked: MaskedAnswer): Writable {
    const { response } = this.#options;
    // Written with the first byte: until then a body that masks cannot read still gets a proper answer.
    const begin = (): void => {
      if (response.headersSent) return;
      response.sendDate = !masked.headers.some(([name]) => name === "date");
      response.writeHead(this.#status, masked.headers.flat());
    };
    if (masked.streams) {
      begin();
      response.flushHeaders();
    }
    masked.out.on("data", (chunk: Buffer) => {
      if (this.#finished || !this.#delivered(chunk)) return;
      begin();
      if (response.write(chunk)) return;
      masked.out.pause();
      response.once("drain", () => masked.out.resume());
    });
    finished(masked.out, { writable: false }, (error) => {
      this.#masked = masked.counts();
      if (this.#finished) return;
      if (error === undefined || error === null) {
        begin();
        this.#complete();
        response.end();
      } else {
        this.#fail(error instanceof WebError ? error : UNREADABLE);
      }
    });
    return masked.in;
  }

  /** Counts what reaches the client; false when a limit ended the answer. */
  #delivered(chunk: Buffer): boolean {
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
    this.#end();
  }

  #fail(error: WebError): void {
    this.#giveUp(error.code, errorProblem(error, this.#options.connection.gate.session.id));
  }

  /** An answer that has begun can only be cut, which the client sees as incomplete. */
  #giveUp(outcome: string, answer: ProblemAnswer): void {
    if (this.#finished) return;
    this.#finished = true;
    const { connection, response } = this.#options;
    if (outcome !== "limit") connection.gate.note("target-failed", { code: outcome });
    this.#abort?.(new Error("given up"));
    this.#letGo();
    if (response.headersSent) {
      response.destroy();
      connection.link.downstream.destroy();
    } else if (!response.destroyed) {
      // What is left of the request's body belongs to nobody any more.
      if (!this.#options.body.rest.complete) response.shouldKeepAlive = false;
      this.#options.body.rest.resume();
      response.writeHead(answer.status, { ...answer.headers, "content-length": String(answer.body.length) });
      response.end(answer.body);
    }
    this.#record(outcome, false);
    this.#end();
  }

  /** The library's requests refer to each other through it: one that is kept keeps all that follow from the collector. */
  #letGo(): void {
    this.#abort = undefined;
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
/** Methods whose body has no meaning of its own (RFC 9110 §9.3). */
const BODILESS = new Set(["GET", "HEAD", "OPTIONS", "DELETE"]);
/** Bytes of a 401 that is followed by a second attempt. */
const DISCARDED_BYTES_MAX = 1_048_576;
const STALE = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);
