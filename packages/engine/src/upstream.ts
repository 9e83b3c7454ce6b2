/**
 * The socket to the target, which no protocol ever holds: bytes leave only by spending an admission, and only after
 * the record's entries about them are in the store: commands that leave together share one write of the record.
 * Touches node:net and node:tls.
 */
import net from "node:net";
import tls from "node:tls";
import { messageOf } from "@gate/base";
import type { Admission, TlsPeer, Upstream, UpstreamTls } from "@gate/contract";
import { engineAdmission } from "./admission.ts";
import { EngineError } from "./errors.ts";
import { giveBack, ReadBuffer } from "./read-buffer.ts";

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  /** The connection that admissions must belong to. */
  readonly owner: object;
  /** Called before bytes leave; throws when the record cannot be written. */
  readonly commit: () => void;
  /** Called once the connection has ended. */
  readonly onGone?: (upstream: Upstream) => void;
}

/** @throws {EngineError} TARGET_UNREACHABLE. */
export async function dial(options: DialOptions): Promise<Upstream> {
  const reads = new ReadBuffer();
  return new SocketUpstream(await dialSocket(options, reads), reads, options);
}

/** @throws {EngineError} TARGET_UNREACHABLE. */
export function dialSocket(
  options: { readonly host: string; readonly port: number },
  reads?: ReadBuffer,
): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({
      host: options.host,
      port: options.port,
      noDelay: true,
      keepAlive: true,
      ...(reads === undefined ? {} : { onread: reads.onread }),
    });
    const fail = (error: unknown): void => {
      socket.destroy();
      reject(
        new EngineError("operator", "TARGET_UNREACHABLE", `target unreachable: ${reasonOf(error)}`, { cause: error }),
      );
    };
    const timer = setTimeout(() => fail(new Error(`no answer within ${DIAL_MS_MAX} ms`)), DIAL_MS_MAX);
    socket.once("error", fail);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeListener("error", fail);
      // Until the caller listens, an early reset must not end the process.
      socket.on("error", ignore);
      resolve(socket);
    });
    socket.once("close", () => clearTimeout(timer));
  });
}

class SocketUpstream implements Upstream {
  #socket: net.Socket;
  readonly #options: DialOptions;
  /** What was sent since the last flush: whole stretches, and the one that may still grow. */
  #sent: Uint8Array[] = [];
  #buffer: ArrayBufferLike | undefined;
  #from = 0;
  #to = 0;
  #sentBytes = 0;
  #closed: { error?: Error } | undefined;
  #onData: ((chunk: Uint8Array) => void) | undefined;
  #onDrain: (() => void) | undefined;
  #onClose: ((error?: Error) => void) | undefined;
  #early: Uint8Array[] = [];
  #lastError: Error | undefined;

  constructor(socket: net.Socket, reads: ReadBuffer, options: DialOptions) {
    this.#socket = socket;
    this.#options = options;
    reads.onData = this.#data;
    this.#attach(socket);
  }

  send(admission: Admission): void {
    const bytes = engineAdmission(admission).take(this.#options.owner);
    const { buffer, byteOffset, byteLength } = bytes;
    if (byteLength === 0) return;
    // A pipelined chunk arrives as one buffer and leaves as one: neighbouring views are joined without copying.
    if (buffer === this.#buffer && byteOffset === this.#to) {
      this.#to += byteLength;
    } else {
      this.#closeStretch();
      this.#buffer = buffer;
      this.#from = byteOffset;
      this.#to = byteOffset + byteLength;
    }
    this.#sentBytes += byteLength;
    if (this.#sentBytes > OUTPUT_BYTES_MAX) {
      throw new EngineError("bug", "OUTPUT_OVERFLOW", "a protocol sent more than it may without a flush");
    }
  }

  flush(): boolean {
    if (this.#sentBytes === 0) return !this.#socket.writableNeedDrain;
    this.#closeStretch();
    const sent = this.#sent;
    this.#sent = [];
    this.#sentBytes = 0;
    // If it throws, nothing of this ever leaves.
    this.#options.commit();
    if (this.#closed !== undefined) return true;
    const [only] = sent;
    if (sent.length === 1 && only !== undefined) return this.#socket.write(only);
    this.#socket.cork();
    let roomLeft = true;
    for (const bytes of sent) roomLeft = this.#socket.write(bytes);
    this.#socket.uncork();
    return roomLeft;
  }

  #closeStretch(): void {
    if (this.#buffer === undefined) return;
    this.#sent.push(new Uint8Array(this.#buffer, this.#from, this.#to - this.#from));
    this.#buffer = undefined;
  }

  startTls(options: UpstreamTls): Promise<TlsPeer> {
    const plain = this.#socket;
    this.#detach(plain);
    if (this.#early.length > 0) {
      // Bytes that came in clear before the handshake would be read as if TLS had protected them.
      this.destroy();
      return Promise.reject(tlsError("the target sent bytes in clear before TLS"));
    }
    return new Promise((resolve, reject) => {
      const socket = tls.connect({
        socket: plain,
        servername: net.isIP(options.servername) === 0 ? options.servername : "",
        host: options.servername,
        minVersion: "TLSv1.2",
        rejectUnauthorized: options.mode !== "require",
        ...(options.mode === "verify-full" ? {} : { checkServerIdentity: () => undefined }),
        ...(options.ca === undefined ? {} : { ca: options.ca }),
        ...(options.clientCert === undefined ? {} : { cert: options.clientCert }),
        ...(options.clientKey === undefined ? {} : { key: options.clientKey }),
        ...(options.alpn === undefined ? {} : { ALPNProtocols: [options.alpn] }),
      });
      const fail = (error: unknown): void => {
        socket.destroy();
        plain.destroy();
        reject(tlsError(reasonOf(error), error));
      };
      const timer = setTimeout(() => fail(new Error(`no TLS within ${DIAL_MS_MAX} ms`)), DIAL_MS_MAX);
      socket.once("error", fail);
      socket.once("close", () => clearTimeout(timer));
      socket.once("secureConnect", () => {
        clearTimeout(timer);
        socket.removeListener("error", fail);
        // Attached before any check fails: a late "error" event without a listener would end the process.
        this.#socket = socket;
        this.#attach(socket);
        if (options.alpn !== undefined && socket.alpnProtocol !== options.alpn) {
          socket.destroy();
          reject(tlsError(`the target did not agree on the protocol ${options.alpn}`));
          return;
        }
        const certificate = socket.getPeerCertificate(true).raw as Uint8Array | undefined;
        resolve({ certificate: certificate ?? new Uint8Array(0) });
      });
    });
  }

  onData(listener: (chunk: Uint8Array) => void): void {
    this.#onData = listener;
    const early = this.#early;
    this.#early = [];
    for (const chunk of early) listener(chunk);
    this.#socket.resume();
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
  }

  onClose(listener: (error?: Error) => void): void {
    this.#onClose = listener;
    if (this.#closed !== undefined) listener(this.#closed.error);
  }

  recycle(chunk: Uint8Array): void {
    giveBack(chunk);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #attach(socket: net.Socket): void {
    socket.on("data", this.#data);
    socket.on("drain", this.#drain);
    socket.on("error", this.#error);
    socket.on("end", this.#end);
    socket.on("close", this.#close);
  }

  #detach(socket: net.Socket): void {
    socket.removeListener("data", this.#data);
    socket.removeListener("drain", this.#drain);
    socket.removeListener("error", this.#error);
    socket.removeListener("end", this.#end);
    socket.removeListener("close", this.#close);
  }

  readonly #data = (chunk: Uint8Array): void => {
    if (this.#onData !== undefined) {
      this.#onData(chunk);
      return;
    }
    // Nobody listens yet: keep what came and stop reading; `onData` hands it over and reads on.
    this.#early.push(chunk);
    this.#socket.pause();
  };

  readonly #drain = (): void => this.#onDrain?.();

  readonly #error = (error: Error): void => {
    this.#lastError = error;
  };

  readonly #end = (): void => {
    this.#socket.end();
  };

  readonly #close = (): void => {
    if (this.#closed !== undefined) return;
    this.#closed = this.#lastError === undefined ? {} : { error: this.#lastError };
    this.#options.onGone?.(this);
    this.#onClose?.(this.#closed.error);
  };
}

function ignore(): void {
  // "close" follows, and says what there is to say.
}

function tlsError(reason: string, cause?: unknown): EngineError {
  return new EngineError("operator", "TARGET_TLS", `target's TLS was refused: ${reason}`, { cause });
}

/** The code that tools print (ECONNREFUSED, CERT_HAS_EXPIRED) where there is one: it never holds an address. */
function reasonOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "code" in error && typeof error.code === "string") {
    return error.code;
  }
  return messageOf(error);
}

/** How long a TCP connection or TLS handshake to a target may take, in milliseconds. */
const DIAL_MS_MAX = 10_000;
/** Bytes that a protocol may queue for a target between two flushes. */
const OUTPUT_BYTES_MAX = 32 * 1024 * 1024;
