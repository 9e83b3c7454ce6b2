/**
 * A PostgreSQL frontend that sends what it is told to, byte by byte, well-formed or not. Touches one loopback socket.
 */
import net from "node:net";
import sasl from "pg/lib/crypto/sasl.js";

export interface RawMessage {
  readonly type: string;
  readonly body: Buffer;
}

export class RawPostgres {
  readonly #socket: net.Socket;
  #buffer = Buffer.alloc(0);
  #messages: RawMessage[] = [];
  #closed = false;
  #wake: () => void = () => undefined;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on("data", (chunk) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      while (this.#buffer.length >= 5) {
        const size = this.#buffer.readInt32BE(1) + 1;
        if (this.#buffer.length < size) break;
        this.#messages.push({
          type: String.fromCharCode(this.#buffer[0] ?? 0),
          body: Buffer.from(this.#buffer.subarray(5, size)),
        });
        this.#buffer = this.#buffer.subarray(size);
      }
      this.#wake();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#closed = true;
      this.#wake();
    });
  }

  static open(port: number): Promise<RawPostgres> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
      socket.once("error", reject);
      socket.once("connect", () => resolve(new RawPostgres(socket)));
    });
  }

  /** Opens, starts up and signs in with SCRAM; returns once the server is ready. */
  static async login(
    port: number,
    user: string,
    password: string,
    parameters: Readonly<Record<string, string>> = {},
    version = 0x0003_0000,
  ): Promise<RawPostgres> {
    const client = await RawPostgres.open(port);
    client.send(startup({ user, ...parameters }, version));
    await client.authenticate(password);
    await client.until("Z");
    return client;
  }

  /** Answers AuthenticationSASL. @throws when the server says anything else or refuses. */
  async authenticate(password: string): Promise<void> {
    const [first] = await this.until("R");
    if (first?.type !== "R" || first.body.readInt32BE(0) !== 10) throw new Error(describe([first]));
    const session = sasl.startSession(["SCRAM-SHA-256"], undefined);
    const initial = Buffer.from(session.response);
    this.send(frame("p", Buffer.concat([cstring(session.mechanism), int32(initial.length), initial])));
    const [challenge] = await this.until("R");
    if (challenge?.type !== "R") throw new Error(describe([challenge]));
    await sasl.continueSession(session, password, challenge.body.subarray(4).toString(), undefined);
    this.send(frame("p", Buffer.from(session.response)));
    const [final] = await this.until("R");
    if (final?.type !== "R" || final.body.readInt32BE(0) !== 12) throw new Error(describe([final]));
    sasl.finalizeSession(session, final.body.subarray(4).toString());
  }

  send(...bytes: Uint8Array[]): void {
    this.#socket.write(Buffer.concat(bytes));
  }

  /** Messages up to and with the next one of a type, or an ErrorResponse that ends the connection; bounded by 25 s. */
  async until(type: string, timeoutMs = WAIT_MS_MAX): Promise<RawMessage[]> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const end = this.#messages.findIndex((message) => message.type === type);
      if (end !== -1) return this.#messages.splice(0, end + 1);
      if (this.#closed) return this.#messages.splice(0);
      if (Date.now() > deadline) {
        throw new Error(`no ${type} within ${timeoutMs} ms; got ${describe(this.#messages)}`);
      }
      await this.#changed(100);
    }
  }

  /** Waits until the other side closes; everything it sent before. @throws when it stays open for 25 s. */
  async closed(): Promise<RawMessage[]> {
    const deadline = Date.now() + WAIT_MS_MAX;
    while (!this.#closed) {
      if (Date.now() > deadline) throw new Error(`the connection stayed open; got ${describe(this.#messages)}`);
      await this.#changed(100);
    }
    return this.#messages.splice(0);
  }

  async query(sql: string): Promise<RawMessage[]> {
    this.send(query(sql));
    return this.until("Z");
  }

  /** Hands the socket over, with nobody listening on it any more. */
  takeSocket(): net.Socket {
    this.#socket.removeAllListeners("data");
    return this.#socket;
  }

  end(): void {
    this.#socket.destroy();
  }

  #changed(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

export function frame(type: string, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(type, "latin1"), int32(body.length + 4), body]);
}

export function startup(parameters: Readonly<Record<string, string>>, version = 0x0003_0000): Buffer {
  const pairs = Object.entries(parameters).flatMap(([key, value]) => [cstring(key), cstring(value)]);
  const body = Buffer.concat([int32(version), ...pairs, Buffer.from([0])]);
  return Buffer.concat([int32(body.length + 4), body]);
}

export function query(sql: string): Buffer {
  return frame("Q", cstring(sql));
}

export function parse(name: string, sql: string): Buffer {
  return frame("P", Buffer.concat([cstring(name), cstring(sql), int16(0)]));
}

/** Binds text parameters; `binary` asks for binary results. */
export function bind(portal: string, statement: string, values: readonly string[] = [], binary = false): Buffer {
  const parameters = values.flatMap((value) => [int32(Buffer.byteLength(value)), Buffer.from(value)]);
  const formats = binary ? [int16(1), int16(1)] : [int16(0)];
  return frame(
    "B",
    Buffer.concat([cstring(portal), cstring(statement), int16(0), int16(values.length), ...parameters, ...formats]),
  );
}

export function describePortal(portal: string): Buffer {
  return frame("D", Buffer.concat([Buffer.from("P"), cstring(portal)]));
}

export function execute(portal: string, rows = 0): Buffer {
  return frame("E", Buffer.concat([cstring(portal), int32(rows)]));
}

export function describeStatement(name: string): Buffer {
  return frame("D", Buffer.concat([Buffer.from("S"), cstring(name)]));
}

export function closePortal(name: string): Buffer {
  return frame("C", Buffer.concat([Buffer.from("P"), cstring(name)]));
}

export function closeStatement(name: string): Buffer {
  return frame("C", Buffer.concat([Buffer.from("S"), cstring(name)]));
}

export function sync(): Buffer {
  return frame("S", Buffer.alloc(0));
}

export function flush(): Buffer {
  return frame("H", Buffer.alloc(0));
}

export function copyData(data: string | Uint8Array): Buffer {
  return frame("d", Buffer.from(data as Uint8Array));
}

export function copyDone(): Buffer {
  return frame("c", Buffer.alloc(0));
}

export function copyFail(reason: string): Buffer {
  return frame("f", cstring(reason));
}

/** A CancelRequest packet for the body of a BackendKeyData. */
export function cancel(key: Uint8Array): Buffer {
  return Buffer.concat([int32(8 + key.length), int32(80877102), key]);
}

/** Field of an ErrorResponse or NoticeResponse: `C` the SQLSTATE, `M` the message, `H` the hint, `D` the detail. */
export function field(message: RawMessage | undefined, code: string): string | undefined {
  for (const part of message?.body.toString("utf8").split("\0") ?? []) {
    if (part.startsWith(code)) return part.slice(1);
  }
  return undefined;
}

/** Values of a DataRow in text. */
export function values(message: RawMessage): (string | null)[] {
  const count = message.body.readInt16BE(0);
  const found: (string | null)[] = [];
  let at = 2;
  for (let index = 0; index < count; index += 1) {
    const size = message.body.readInt32BE(at);
    at += 4;
    found.push(size < 0 ? null : message.body.subarray(at, at + size).toString("utf8"));
    at += Math.max(0, size);
  }
  return found;
}

export function cstring(text: string): Buffer {
  return Buffer.concat([Buffer.from(text), Buffer.from([0])]);
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
}

function describe(messages: readonly (RawMessage | undefined)[]): string {
  return messages
    .map((message) =>
      message === undefined
        ? "nothing"
        : `${message.type}${message.type === "E" ? `(${field(message, "M") ?? ""})` : ""}`,
    )
    .join(" ");
}

/** How long a test waits for what a busy machine does late. */
const WAIT_MS_MAX = 25_000;
