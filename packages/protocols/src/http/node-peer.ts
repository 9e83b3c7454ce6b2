/** The client's side of an exchange that Node's parser reads and writes. Touches Node's request and response. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import type { HeaderList } from "../web/header-hygiene.ts";
import type { Expectation } from "../web/http-server.ts";
import { readRequestHead, type RequestHead } from "../web/request-head.ts";
import type { Incoming, KnownHead, Outgoing } from "./peer.ts";

export class NodeIncoming implements Incoming {
  readonly known: KnownHead = { header: {}, request: {} };
  readonly expectation: Expectation;
  readonly #request: IncomingMessage;
  readonly #authority: string;

  constructor(request: IncomingMessage, expectation: Expectation, authority: string) {
    this.#request = request;
    this.expectation = expectation;
    this.#authority = authority;
  }

  head(): RequestHead {
    const { method = "", url = "", httpVersion, rawHeaders } = this.#request;
    return readRequestHead({ method, target: url, version: httpVersion, rawHeaders }, this.#authority);
  }

  get complete(): boolean {
    return this.#request.complete;
  }

  body(): Readable {
    return this.#request;
  }

  discard(bytesMax: number): void {
    const request = this.#request;
    if (request.complete && request.readableEnded) return;
    let left = bytesMax;
    request.on("data", (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) request.socket.destroy();
    });
    request.on("error", ignore);
    request.resume();
  }
}

export class NodeOutgoing implements Outgoing {
  onDrain: (() => void) | undefined;
  onOver: ((whole: boolean) => void) | undefined;
  readonly #response: ServerResponse;
  #written = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on("drain", () => this.onDrain?.());
    response.once("close", () => this.onOver?.(response.writableFinished));
  }

  get keepAlive(): boolean {
    return this.#response.shouldKeepAlive;
  }

  set keepAlive(value: boolean) {
    this.#response.shouldKeepAlive = value;
  }

  get begun(): boolean {
    return this.#response.headersSent;
  }

  get over(): boolean {
    return this.#response.writableEnded || this.#response.destroyed;
  }

  sayContinue(): void {
    this.#response.writeContinue();
  }

  begin(status: number, headers: HeaderList): void {
    const response = this.#response;
    response.sendDate = !headers.some(([name]) => name === "date");
    response.writeHead(status, headers.flat());
    queueMicrotask(() => {
      if (!this.#written && !response.writableEnded) response.flushHeaders();
    });
  }

  write(chunk: Uint8Array): boolean {
    this.#written = true;
    return this.#response.write(chunk);
  }

  end(chunk?: Uint8Array, trailers?: HeaderList): void {
    const response = this.#response;
    if (trailers !== undefined && trailers.length > 0 && response.chunkedEncoding) {
      response.addTrailers(trailers.map(([name, value]): [string, string] => [name, value]));
    }
    if (chunk === undefined) response.end();
    else response.end(chunk);
  }

  destroy(): void {
    this.#response.destroy();
  }
}

function ignore(): void {
  // The connection's end is seen through "close".
}
