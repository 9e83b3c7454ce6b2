/**
 * The target's sftp server: one channel, numbered requests, answers matched to them, and the questions that gate asks
 * for itself. Touches the channel through the library.
 */
import type { Admission } from "@gate/contract";
import type { ClientChannel } from "ssh2";
import type { Serving } from "./connection.ts";
import { SshError } from "./errors.ts";
import { ChannelWriter, guardWindow, softwareOf } from "./library.ts";
import { checked, type Asked, type PathServer, type Resolved } from "./sftp-paths.ts";
import {
  EXTENSIONS,
  extendedRequest,
  initPacket,
  PacketReader,
  pathRequest,
  readResponse,
  STATUS,
  TYPE,
  type Response,
} from "./sftp-wire.ts";

/** An answer and its packet, type byte first, with the number that gate gave the request. */
export type Answered = (response: Response, packet: Buffer) => void;

export class SftpUpstream implements PathServer {
  /** What the client may be told of: the server's extensions, as far as gate understands them. */
  extensions: readonly (readonly [string, Buffer])[] = [];
  /** The exit status, once the channel is closed. */
  readonly closed: Promise<number | undefined>;
  readonly #serving: Serving;
  readonly #channel: ClientChannel;
  readonly #writer: ChannelWriter;
  readonly #pending = new Map<number, Answered>();
  readonly #packets = new PacketReader();
  /** Its REALPATH follows every link; other servers only tidy the text. */
  readonly #resolves: boolean;
  #lastId = 0;
  #onResume: () => void = () => undefined;
  #full = false;
  #ready: { resolve: () => void; reject: (error: SshError) => void } | undefined;

  /** @throws {SshError} when the target cannot be reached, or has no such server of version 3. */
  static async open(serving: Serving, gone: AbortSignal): Promise<SftpUpstream> {
    const client = await serving.upstream.ready;
    if (gone.aborted) throw new SshError("peer-wrong", "TARGET_UNREACHABLE", "the client is gone");
    const opened = await new Promise<SftpUpstream>((resolve, reject) => {
      const { gate } = serving;
      const answered = serving.upstream.expect();
      const name = Buffer.from(gate.spend(gate.housekeeping("sftp", Buffer.from("sftp")))).toString();
      client.subsys(name, (error, channel) => {
        answered();
        if (error !== undefined) {
          reject(new SshError("operator", "TARGET_REFUSED", "the target has no sftp server", { cause: error }));
        } else resolve(new SftpUpstream(serving, channel, softwareOf(client)));
      });
    });
    const close = (): void => opened.close();
    if (gone.aborted) close();
    else gone.addEventListener("abort", close, { once: true });
    await opened.#handshake();
    return opened;
  }

  private constructor(serving: Serving, channel: ClientChannel, software: string) {
    this.#serving = serving;
    this.#resolves = /^OpenSSH_/u.test(software);
    this.#channel = channel;
    this.#writer = new ChannelWriter(channel, serving.upstreamRoom());
    let status: number | undefined;
    channel.on("exit", (code: number | null) => (status = code ?? undefined));
    channel.on("error", () => undefined);
    guardWindow(channel, serving.upstream, () => serving.upstream.end());
    this.closed = new Promise((resolve) => {
      channel.on("close", () => {
        this.#ready?.reject(new SshError("operator", "TARGET_REFUSED", "the target's sftp server ended"));
        resolve(status);
      });
    });
    this.#writer.onDrain(() => {
      this.#full = false;
      this.#onResume();
    });
    channel.on("data", (chunk: Buffer) => {
      try {
        this.#packets.push(chunk, (packet) => this.#answer(packet));
      } catch (error) {
        serving.gate.note("violation", { code: error instanceof SshError ? `TARGET_${error.code}` : "RECORDER" });
        this.close();
      }
    });
    channel.stderr.resume();
  }

  /** True while the target takes nothing more. */
  get full(): boolean {
    return this.#full || this.#pending.size >= PENDING_MAX;
  }

  onResume(listener: () => void): void {
    this.#onResume = listener;
  }

  onStderr(listener: (chunk: Buffer) => void): void {
    this.#channel.stderr.on("data", listener);
  }

  nextId(): number {
    // Numbers come back after 2^32 requests; those in flight are few and recent.
    this.#lastId = (this.#lastId + 1) >>> 0;
    return this.#lastId;
  }

  /** Sends a framed request whose number is one of `nextId`. */
  send(framed: Buffer, answered: Answered): void {
    this.#pending.set(framed.readUInt32BE(5), answered);
    if (!this.#writer.write(framed)) this.#full = true;
  }

  /** Stops reading answers while the client does not take them. */
  pace(client: ChannelWriter): void {
    if (client.queued > ANSWERS_BYTES_MAX) this.#channel.pause();
  }

  resume(): void {
    this.#channel.resume();
  }

  end(): void {
    this.#writer.end();
  }

  close(): void {
    this.#channel.close();
  }

  async realpath(path: string): Promise<Asked> {
    if (!this.#resolves) return { kind: "failed" };
    const { response } = await this.#ask(TYPE.REALPATH, path);
    if (response.kind === "name" && response.count === 1 && response.first !== undefined) {
      return { kind: "path", path: response.first };
    }
    const missing = response.kind === "status" && response.code === STATUS.NO_SUCH_FILE;
    return { kind: missing ? "missing" : "failed" };
  }

  async expand(path: string): Promise<Resolved> {
    const { gate } = this.#serving;
    const packet = extendedRequest(this.nextId(), "expand-path@openssh.com", [path]);
    const { response } = await this.#send(gate.housekeeping("sftp", packet));
    const name = response.kind === "name" && response.count === 1 ? response.first : undefined;
    if (name === undefined || !this.#resolves)
      return { ok: false, given: path, reason: "the target could not expand it" };
    return checked(name);
  }

  async exists(path: string): Promise<boolean> {
    const { response } = await this.#ask(TYPE.LSTAT, path);
    return !(response.kind === "status" && response.code === STATUS.NO_SUCH_FILE);
  }

  /** A question of gate's own. Without an answer, because the channel closed, it stays open for ever with its session. */
  #ask(type: number, path: string): Promise<{ response: Response }> {
    const packet = pathRequest(type, this.nextId(), [path]);
    return this.#send(this.#serving.gate.housekeeping("sftp", packet));
  }

  #send(admission: Admission): Promise<{ response: Response }> {
    return new Promise((resolve, reject) => {
      try {
        this.send(Buffer.from(this.#serving.gate.spend(admission)), (response) => resolve({ response }));
      } catch (error) {
        reject(error instanceof Error ? error : new TypeError("not an error"));
      }
    });
  }

  #handshake(): Promise<void> {
    const { gate } = this.#serving;
    return new Promise((resolve, reject) => {
      this.#ready = { resolve, reject };
      this.#writer.write(gate.spend(gate.housekeeping("sftp", initPacket())));
    });
  }

  #answer(packet: Buffer): void {
    const response = readResponse(packet);
    if (response.kind === "version") {
      const ready = this.#ready;
      this.#ready = undefined;
      if (ready === undefined) throw new SshError("peer-wrong", "PACKET_MALFORMED", "a second VERSION");
      if (response.version !== 3) {
        ready.reject(new SshError("operator", "TARGET_REFUSED", "the target's sftp server is not of version 3"));
        return;
      }
      this.extensions = response.extensions.filter(([name]) => EXTENSIONS.includes(name));
      ready.resolve();
      return;
    }
    const answered = this.#pending.get(response.id);
    if (answered === undefined) throw new SshError("peer-wrong", "PACKET_MALFORMED", "an answer to no request");
    this.#pending.delete(response.id);
    answered(response, packet);
    if (this.#pending.size === PENDING_MAX - 1) this.#onResume();
  }
}

/** Requests that the target has not answered when nothing more is read from the client. */
const PENDING_MAX = 4_096;
/** Bytes of answers that may wait for the client. */
const ANSWERS_BYTES_MAX = 1024 * 1024;
