/**
 * The sftp subsystem, parsed in both directions: each operation on a path is a command of its own; what goes through an
 * open handle is the data of the command that opened it. Requests are worked off one after the other, in their order:
 * a path is resolved, judged and used before the next request can change what it means.
 * Touches both channels through the library.
 */
import { messageOf } from "@gate/base";
import type { Admission, Decision } from "@gate/contract";
import type { ServerChannel } from "ssh2";
import { continued, heldLine, STATUS_UNREACHABLE, stderrLine, type Serving } from "./connection.ts";
import type { Ended } from "./ended.ts";
import { SshError } from "./errors.ts";
import { ChannelWriter, guardWindow } from "./library.ts";
import { OpenFile } from "./sftp-file.ts";
import { commandOf, extensionOperation, handleOperation, operationOf, type Operation } from "./sftp-operations.ts";
import { SftpUpstream } from "./sftp-upstream.ts";
import {
  PacketReader,
  readRequest,
  STATUS,
  statusPacket,
  TYPE,
  versionPacket,
  withId,
  type Request,
  type Response,
} from "./sftp-wire.ts";

export class SftpSession implements Ended {
  readonly #serving: Serving;
  readonly #channel: ServerChannel;
  readonly #client: ChannelWriter;
  readonly #gone: AbortSignal;
  readonly #packets = new PacketReader();
  readonly #files = new Map<string, OpenFile>();
  readonly #queue: Buffer[] = [];
  #queuedBytes = 0;
  #busy = false;
  #clientEnded = false;
  #up: SftpUpstream | undefined;
  #unknown = 0;
  #refusals = 0;

  constructor(serving: Serving, channel: ServerChannel, gone: AbortSignal) {
    this.#serving = serving;
    this.#channel = channel;
    this.#gone = gone;
    this.#client = new ChannelWriter(channel, serving.room);
    channel.on("error", ignore);
    guardWindow(channel, serving.windows, () => serving.violation("WINDOW"));
  }

  async run(): Promise<void> {
    const { live, gate } = this.#serving;
    live.add(this);
    try {
      const up = await SftpUpstream.open(this.#serving, this.#gone);
      this.#up = up;
      up.onResume(() => this.#pace());
      this.#client.onDrain(() => {
        up.resume();
        this.#pace();
      });
      up.onStderr((chunk) => {
        if (gate.masks.length === 0) this.#client.write(chunk, "error");
      });
      this.#channel.on("data", (chunk: Buffer) => this.#guard(() => this.#take(chunk)));
      this.#channel.on("end", () => {
        this.#clientEnded = true;
        this.#guard(() => this.#drain());
      });
      const exit = await up.closed;
      this.#finish(exit);
    } catch (error) {
      const ours = error instanceof SshError;
      gate.note("target-refused", { code: ours ? error.code : "RECORDER" });
      this.#say(`gate: ${messageOf(error)}`);
      this.#finish(STATUS_UNREACHABLE);
    } finally {
      live.delete(this);
    }
  }

  get busy(): boolean {
    return this.#busy || this.#queue.length > 0;
  }

  end(message: string): void {
    this.#say(message);
    this.#up?.close();
    this.#finish(STATUS_UNREACHABLE);
  }

  #take(chunk: Buffer): void {
    try {
      this.#packets.push(chunk, (packet) => {
        this.#queue.push(packet);
        this.#queuedBytes += packet.length;
      });
    } finally {
      // What came before a packet that cannot be read is answered.
      this.#drain();
    }
  }

  #drain(): void {
    while (!this.#busy) {
      const packet = this.#queue.shift();
      if (packet === undefined) break;
      this.#queuedBytes -= packet.length;
      const later = this.#handle(packet);
      if (later === undefined) continue;
      this.#busy = true;
      later.then(
        () =>
          this.#guard(() => {
            this.#busy = false;
            this.#drain();
          }),
        (error: unknown) => this.#break(error),
      );
    }
    if (this.#clientEnded && !this.#busy && this.#queue.length === 0) this.#up?.end();
    this.#pace();
  }

  /** Reads on from the client only while there is room for what it asks, and it takes what it is answered. */
  #pace(): void {
    const full =
      this.#queue.length > QUEUE_MAX ||
      this.#queuedBytes > QUEUE_BYTES_MAX ||
      this.#client.queued > UNREAD_BYTES_MAX ||
      this.#up?.full === true;
    if (full) this.#channel.pause();
    else if (this.#channel.isPaused()) this.#channel.resume();
  }

  #handle(packet: Buffer): Promise<void> | undefined {
    let request: Request;
    try {
      request = readRequest(packet);
    } catch (error) {
      // A number to answer to: the session stays usable.
      if (!(error instanceof SshError) || packet.length < 5 || packet[0] === TYPE.INIT) throw error;
      this.#serving.gate.note("violation", { code: error.code });
      this.#status(packet.readUInt32BE(1), STATUS.BAD_MESSAGE, `gate: ${error.message}`);
      return undefined;
    }
    switch (request.kind) {
      case "init":
        this.#client.write(versionPacket(this.#upstream.extensions));
        return undefined;
      case "read":
      case "write":
      case "close":
      case "readdir":
      case "fstat":
        this.#data(request, packet);
        return undefined;
      case "fsetstat":
        return this.#setstat(request, packet);
      case "extended":
        return this.#extended(request, packet);
      case "lstat":
      case "stat":
      case "open":
      case "opendir":
      case "mkdir":
      case "remove":
      case "rmdir":
      case "rename":
      case "symlink":
      case "readlink":
      case "realpath":
      case "setstat":
        return this.#operate(request.id, (number) => operationOf(this.#upstream, request, number));
    }
  }

  /** What belongs to an open handle goes on under the admission that opened it. */
  #data(request: Extract<Request, { handle: string }>, packet: Buffer): void {
    const file = this.#files.get(request.handle);
    const refused = file === undefined ? "no such handle" : misuse(request, file);
    if (file === undefined || refused !== undefined) {
      this.#status(request.id, STATUS.PERMISSION_DENIED, `gate: ${refused ?? ""}`);
      return;
    }
    if (request.kind === "write") file.wrote(request.offset, request.data);
    if (request.kind === "close") this.#files.delete(request.handle);
    this.#forward(packet, file.admission, request.id, (response, answer) => {
      if (request.kind === "close") this.#closed(file, response.kind === "status" && response.code === STATUS.OK);
      if (request.kind !== "read" || response.kind !== "data") return answer;
      file.read(request.offset, response.data);
      const over = this.#serving.gate.count(file.admission, { bytes: response.data.byteLength });
      if (over === undefined) return answer;
      file.over = over.message;
      return statusPacket(request.id, STATUS.PERMISSION_DENIED, over.message);
    });
  }

  /** Attributes of an open file: a command of its own, like the one on its path. */
  async #setstat(request: Extract<Request, { kind: "fsetstat" }>, packet: Buffer): Promise<void> {
    const file = this.#files.get(request.handle);
    if (file === undefined) {
      this.#status(request.id, STATUS.PERMISSION_DENIED, "gate: no such handle");
      return;
    }
    await this.#submit(
      request.id,
      handleOperation(file.as.path, request.attrs, withId(packet, this.#upstream.nextId())),
      async () => this.#files.get(request.handle) === file,
    );
  }

  async #extended(request: Extract<Request, { kind: "extended" }>, packet: Buffer): Promise<void> {
    const { extension, id } = request;
    switch (extension.name) {
      case "limits@openssh.com":
        this.#forward(packet, this.#serving.gate.housekeeping("sftp", EMPTY), id, (_response, answer) => answer);
        return;
      case "fstatvfs@openssh.com":
      case "fsync@openssh.com": {
        const file = this.#files.get(extension.handle);
        if (file === undefined) this.#status(id, STATUS.PERMISSION_DENIED, "gate: no such handle");
        else this.#forward(packet, file.admission, id, (_response, answer) => answer);
        return;
      }
      case "copy-data": {
        const [from, to] = [this.#files.get(extension.handle), this.#files.get(extension.toHandle)];
        if (from?.as.readable !== true || to?.as.writable !== true || from.as.directory || to.as.directory) {
          this.#status(id, STATUS.PERMISSION_DENIED, "gate: these handles are not open for that");
          return;
        }
        from.copied();
        to.copied();
        this.#forward(packet, to.admission, id, (_response, answer) => answer);
        return;
      }
      case "unknown":
        this.#unknown += 1;
        if (this.#unknown <= NOTES_MAX) {
          this.#serving.gate.note("refused", { what: `sftp extension ${extension.given.slice(0, 64)}` });
        }
        this.#status(id, STATUS.OP_UNSUPPORTED, "gate: this extension is not supported");
        return;
      case "expand-path@openssh.com":
      case "posix-rename@openssh.com":
      case "hardlink@openssh.com":
      case "statvfs@openssh.com":
      case "lsetstat@openssh.com": {
        await this.#operate(id, (number) => extensionOperation(this.#upstream, extension, number));
      }
    }
  }

  async #operate(id: number, make: (number: number) => Promise<Operation | undefined>): Promise<void> {
    const number = this.#upstream.nextId();
    const operation = await make(number);
    if (operation === undefined) return;
    await this.#submit(id, operation, async () => {
      const again = await make(number);
      return again?.packet.equals(operation.packet) === true;
    });
  }

  /** `same`: whether the operation still means what it meant, asked after a hold. */
  async #submit(id: number, operation: Operation, same: () => Promise<boolean>): Promise<void> {
    const { gate } = this.#serving;
    const { packet, opens } = operation;
    if (opens !== undefined && this.#files.size >= HANDLES_MAX) {
      this.#status(id, STATUS.FAILURE, `gate: more than ${HANDLES_MAX} open files`);
      return;
    }
    // No `await` for an answer that is there: with it each operation would cost a turn of the loop.
    const answered = gate.submit(commandOf(operation), packet, {
      signal: this.#gone,
      onHeld: (held) => this.#say(heldLine(held)),
    });
    const decision: Decision = answered instanceof Promise ? await answered : answered;
    if (!decision.admitted) {
      const { message, hint } = decision.refusal;
      this.#status(id, STATUS.PERMISSION_DENIED, hint === undefined ? message : `${message} (${hint})`);
      // OpenSSH's clients show their own words for the status, but what comes on stderr as it is.
      this.#refusals += 1;
      if (this.#refusals <= NOTES_MAX) this.#say(message);
      return;
    }
    const { admission } = decision;
    // Minutes may have passed: a link may lead elsewhere by now.
    if (answered instanceof Promise && !(await same())) {
      this.#status(id, STATUS.PERMISSION_DENIED, "gate: the path has changed while the operation was held");
      gate.result(admission, { outcome: "changed", ok: false });
      return;
    }
    this.#upstream.send(Buffer.from(gate.spend(admission)), (response, own) => {
      const answer = withId(own, id);
      if (opens !== undefined && response.kind === "handle") {
        const [path] = operation.paths;
        const name = path === undefined ? "" : path.ok ? path.path : path.given;
        this.#files.set(response.handle, new OpenFile({ path: name, ...opens }, admission));
      } else {
        const failed = response.kind === "status" && response.code !== STATUS.OK;
        const outcome = response.kind === "status" ? `status ${response.code}` : response.kind;
        gate.result(admission, { outcome, ok: !failed });
      }
      this.#client.write(answer);
      this.#upstream.pace(this.#client);
    });
  }

  /** Sends a request on under an admission that there is already; `change` may put another answer in its place. */
  #forward(
    packet: Buffer,
    admission: Admission,
    id: number,
    change: (response: Response, answer: Buffer) => Buffer,
  ): void {
    const { gate } = this.#serving;
    const up = this.#upstream;
    const own = withId(packet, up.nextId());
    const bytes = admission.entry < 0 ? own : continued(gate, admission, own);
    up.send(bytes as Buffer, (response, answer) => {
      this.#client.write(change(response, withId(answer, id)));
      up.pace(this.#client);
    });
  }

  #closed(file: OpenFile, ok: boolean): void {
    const { gate } = this.#serving;
    if (!file.as.directory) gate.note("transfer", file.detail());
    gate.result(file.admission, { outcome: ok ? "closed" : "not closed", ok, bytes: file.bytes });
  }

  #status(id: number, code: number, message: string): void {
    this.#client.write(statusPacket(id, code, message));
  }

  #say(line: string): void {
    this.#client.write(stderrLine(line, false), "error");
  }

  #finish(status: number | undefined): void {
    for (const file of this.#files.values()) this.#closed(file, false);
    this.#files.clear();
    this.#client.end(() => {
      if (status !== undefined) this.#channel.exit(status);
    });
  }

  /** The client's bytes cannot be followed any more, or the record cannot be written. */
  #break(error: unknown): void {
    const code = error instanceof SshError ? error.code : "RECORDER";
    this.#serving.gate.note("violation", { code });
    this.#say(`gate: ${messageOf(error)}`);
    this.#up?.close();
    this.#finish(STATUS_UNREACHABLE);
  }

  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#break(error);
    }
  }

  get #upstream(): SftpUpstream {
    if (this.#up === undefined) throw new TypeError("the upstream is not open");
    return this.#up;
  }
}

/** A handle is used for what it was opened for, and no longer once a limit was reached. */
function misuse(request: Request, file: OpenFile): string | undefined {
  const { directory, readable, writable } = file.as;
  if (request.kind === "read" && (directory || !readable)) return "this handle is not open for reading";
  if (request.kind === "write" && (directory || !writable)) return "this handle is not open for writing";
  if (request.kind === "readdir" && !directory) return "this handle is no directory";
  return request.kind === "read" ? file.over : undefined;
}

function ignore(): void {
  // The channel's close says what there is to say.
}

const EMPTY = new Uint8Array();
/** Requests of a client that wait for their turn. */
const QUEUE_MAX = 256;
/** Bytes of them. */
const QUEUE_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes of answers, refusals above all, that a client has not taken when nothing more is read from it. */
const UNREAD_BYTES_MAX = 2 * 1024 * 1024;
/** Handles that are open at once in one sftp session. */
const HANDLES_MAX = 1_024;
/** Entries about unknown extensions, and lines about refusals, for one session. */
const NOTES_MAX = 16;
