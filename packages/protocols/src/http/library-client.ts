/** undici as the client of a target that speaks HTTP/2. Touches the target through it. */
import type { Client } from "undici";
import { headersOf, trailersOf } from "./raw-headers.ts";
import type { UpstreamCall, UpstreamClient, UpstreamEvents, UpstreamRequest } from "./upstream.ts";

export class LibraryClient implements UpstreamClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  send(request: UpstreamRequest, events: UpstreamEvents): UpstreamCall {
    let abort: ((error: Error) => void) | undefined;
    let proceed: (() => void) | undefined;
    let given = false;
    let started = false;
    let over = false;
    let status = 0;
    const end = (): boolean => {
      if (over || given) return false;
      over = true;
      // The library's requests refer to each other through these: one that is kept keeps all that follow.
      abort = undefined;
      proceed = undefined;
      return true;
    };
    const call: UpstreamCall = {
      resume: () => proceed?.(),
      abort: () => {
        given = true;
        const now = abort;
        abort = undefined;
        proceed = undefined;
        now?.(new Error("given up"));
      },
    };
    try {
      this.#client.dispatch(
        {
          method: request.method,
          path: request.path,
          headers: request.headers.flat(),
          // Its types leave out async iterables, which it takes.
          body: request.body.take() as Buffer | null,
          // Never sent twice by the library: a retry is ours to decide.
          idempotent: false,
          ...(request.last ? { reset: true } : {}),
        },
        {
          onConnect: (cut) => {
            if (given) cut(new Error("given up"));
            else abort = cut;
          },
          onHeaders: (code, raw, resume) => {
            // 100 was answered by the gate itself; other interim answers are not passed on.
            if (code < 200) return true;
            started = true;
            status = code;
            if (given) return false;
            proceed = resume;
            events.onHead(code, headersOf(raw));
            return !given;
          },
          onData: (chunk) => !given && events.onData(chunk),
          onComplete: (raw) => {
            if (end()) events.onEnd(trailersOf(raw));
          },
          onError: (error) => {
            const code = (error as { code?: unknown }).code;
            if (!end()) return;
            // The length in a 304 is that of another answer's body (RFC 9110 §8.6); the library counts it against this one.
            if (code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH" && status === 304) events.onEnd([]);
            else events.onFail(error, !started && typeof code === "string" && STALE.has(code));
          },
        },
      );
    } catch (error) {
      if (end()) events.onFail(error, false);
    }
    return call;
  }

  destroy(): void {
    this.#client.destroy().catch(() => undefined);
  }
}

const STALE = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);
