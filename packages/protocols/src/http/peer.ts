/**
 * The client's side of one exchange, whoever parses its bytes: our own reader for plain requests, Node's for all others.
 * Types only.
 */
import type { Readable } from "node:stream";
import type { Command } from "@gate/contract";
import type { Authentication } from "../web/authenticate.ts";
import type { HeaderList } from "../web/header-hygiene.ts";
import type { Expectation } from "../web/http-server.ts";
import type { RequestHead } from "../web/request-head.ts";
import type { UpstreamRequest } from "./upstream.ts";

/** A request as it comes in. */
export interface Incoming {
  /** @throws {WebError} REQUEST_AMBIGUOUS, REQUEST_UNSUPPORTED. */
  head(): RequestHead;
  /** What was found out about this head, where the same bytes came before on the same connection. */
  readonly known: KnownHead;
  readonly expectation: Expectation;
  /** All of the body has arrived, read or not. */
  readonly complete: boolean;
  /** The body, in pieces as they come. */
  body(): Readable;
  /** Reads and forgets what is left of the body; more than `bytesMax` end the connection. */
  discard(bytesMax: number): void;
}

/** What follows from a head and a connection alone, so that it holds for the same head again. */
export interface KnownHead {
  /** Of the header's bytes. */
  readonly header: {
    who?: Authentication;
    forwarded?: HeaderList;
  };
  /** Of all the head's bytes. */
  readonly request: {
    command?: Command;
    upstream?: Omit<UpstreamRequest, "body">;
    wire?: Buffer;
  };
}

/** The answer as it goes out. */
export interface Outgoing {
  /** Set to false: no request after this one. */
  keepAlive: boolean;
  /** The head is out, or on its way. */
  readonly begun: boolean;
  /** Nothing more can be written. */
  readonly over: boolean;
  /** Called when a write that answered false may be followed by another. */
  onDrain: (() => void) | undefined;
  /** Called once: true when all of the answer was handed to the connection, false when the client is gone before. */
  onOver: ((whole: boolean) => void) | undefined;
  sayContinue(): void;
  /** The head goes with the first bytes of the body, or by itself when none come at once. */
  begin(status: number, headers: HeaderList): void;
  /** @returns false: wait for `onDrain`. */
  write(chunk: Uint8Array): boolean;
  end(chunk?: Uint8Array, trailers?: HeaderList): void;
  /** Cuts the answer off: the client sees that it is not whole. */
  destroy(): void;
}
