/**
 * The way to the target: our own client over HTTP/1.1, undici's over HTTP/2. Which of them speaks is known from the
 * start where the target has no TLS, and after its first handshake otherwise. Touches the target through the link.
 */
import type { TLSSocket } from "node:tls";
import type { Gate, Link } from "@gate/contract";
import type { HeaderList } from "../web/header-hygiene.ts";
import { openUpstream, targetUnreachable, upstreamClient } from "../web/upstream.ts";
import type { WebTarget } from "../web/target.ts";
import { LibraryClient } from "./library-client.ts";
import type { RequestBody } from "./request-body.ts";
import { OwnClient } from "./own-client.ts";
import { sentLater } from "./sent-later.ts";
import { duplexWire } from "./wire.ts";

/** A request as the target gets it. */
export interface UpstreamRequest {
  readonly method: string;
  readonly path: string;
  /** All but Host, Connection and what frames the body; with the target's credential. */
  readonly headers: HeaderList;
  readonly body: RequestBody;
  /** The connection ends with the answer. */
  readonly last: boolean;
}

/** What becomes of it. After `onEnd` or `onFail` nothing more is called. */
export interface UpstreamEvents {
  onHead(status: number, headers: HeaderList): void;
  /** @returns false: pause until `resume`. */
  onData(chunk: Buffer): boolean;
  onEnd(trailers: HeaderList): void;
  /** @param stale the connection ended before one byte of an answer had come */
  onFail(error: unknown, stale: boolean): void;
}

export interface UpstreamCall {
  resume(): void;
  /** Nobody waits for the answer any more. */
  abort(): void;
}

export interface UpstreamClient {
  send(request: UpstreamRequest, events: UpstreamEvents): UpstreamCall;
  destroy(): void;
}

export class TargetUpstream {
  readonly #link: Pick<Link, "connect" | "dial">;
  readonly #gate: Gate;
  readonly #target: WebTarget;
  #client: UpstreamClient | undefined;
  /** Does the gate frame requests to this target itself? `undefined` before the first handshake. */
  framesItself: boolean | undefined;
  #destroyed = false;

  constructor(link: Pick<Link, "connect" | "dial">, gate: Gate, target: WebTarget) {
    this.#link = link;
    this.#gate = gate;
    this.#target = target;
    if (target.tls !== undefined) return;
    this.framesItself = true;
    const open = async () => {
      try {
        return await link.dial();
      } catch (error) {
        throw targetUnreachable(error);
      }
    };
    this.#client = new OwnClient({ authority: target.authority, clock: gate.clock, open });
  }

  send(request: UpstreamRequest, events: UpstreamEvents): UpstreamCall {
    if (this.#client !== undefined) return this.#client.send(request, events);
    return sentLater(this.#shakeHands(), events, (client) => client.send(request, events));
  }

  destroy(): void {
    this.#destroyed = true;
    this.#client?.destroy();
  }

  /** One handshake offers both; what the target chose stays. @throws {WebError} UPSTREAM_UNREACHABLE, UPSTREAM_TLS. */
  async #shakeHands(): Promise<UpstreamClient> {
    const target = this.#target;
    const link = this.#link;
    const gate = this.#gate;
    const first = (await openUpstream(link, target, ["h2", "http/1.1"])) as TLSSocket;
    if (this.#client !== undefined || this.#destroyed) {
      first.destroy();
      if (this.#client === undefined) throw targetUnreachable(undefined);
      return this.#client;
    }
    this.framesItself = first.alpnProtocol !== "h2";
    if (this.framesItself) {
      const open = async () => duplexWire(await openUpstream(link, target, ["http/1.1"]), gate);
      this.#client = new OwnClient({
        authority: target.authority,
        clock: gate.clock,
        open,
        first: duplexWire(first, gate),
      });
    } else {
      this.#client = new LibraryClient(upstreamClient(link, target, first));
    }
    return this.#client;
  }
}
