/**
 * One program at the target: exec, a login shell, or a subsystem that is passed as it is. Asks the gate, waits, starts
 * it upstream, moves bytes both ways, gives the client its exit. Touches both connections through the library.
 */
import { createHash, type Hash } from "node:crypto";
import { messageOf, sha256Hex } from "@gate/base";
import type { Admission, Command, Refusal } from "@gate/contract";
import type { Client, ClientChannel, PseudoTtyInfo, ServerChannel } from "ssh2";
import { Cast } from "./cast.ts";
import { execFacts, shellFacts, subsystemFacts } from "./classify.ts";
import {
  continued,
  dischargeOpaque,
  dischargeText,
  heldLine,
  refusalLines,
  STATUS_REFUSED,
  STATUS_UNREACHABLE,
  stderrLine,
  type Serving,
} from "./connection.ts";
import type { Ended } from "./ended.ts";
import { SshError } from "./errors.ts";
import { consumed } from "./gcm.ts";
import { ChannelWriter, guardWindow } from "./library.ts";
import type { Loans } from "./lending.ts";
import { MaskedInput } from "./masked-input.ts";
import { MaskedOutput } from "./masked-output.ts";

export type Program =
  | { readonly kind: "exec"; readonly command: string }
  | { readonly kind: "shell" }
  | { readonly kind: "subsystem"; readonly name: string };

export interface Setup {
  readonly pty: PseudoTtyInfo | undefined;
  readonly env: ReadonlyMap<string, string>;
  /** What the client lends to the target meanwhile. */
  readonly loans: Loans | undefined;
}

export class Process implements Ended {
  readonly #serving: Serving;
  readonly #program: Program;
  readonly #setup: Setup;
  readonly #channel: ServerChannel;
  readonly #client: ChannelWriter;
  readonly #gone: AbortSignal;
  #up: ClientChannel | undefined;
  #cast: Cast | undefined;
  #exit: { readonly code: number } | { readonly signal: string; readonly dumped: boolean } | undefined;
  /** Set when gate itself ends it: what the client gets instead of the program's exit. */
  #override: { readonly status: number; readonly outcome: string } | undefined;
  #bytes = 0;

  constructor(serving: Serving, program: Program, setup: Setup, channel: ServerChannel, gone: AbortSignal) {
    this.#serving = serving;
    this.#program = program;
    this.#setup = setup;
    this.#channel = channel;
    this.#gone = gone;
    this.#client = new ChannelWriter(channel, serving.room);
    channel.on("error", ignore);
    guardWindow(channel, serving.windows, () => serving.violation("WINDOW"));
  }

  /** A terminal waits for somebody who types; any other program is at work. */
  get busy(): boolean {
    return this.#up === undefined || this.#cast === undefined;
  }

  /** Runs it to its end. */
  async run(): Promise<void> {
    const { gate, upstream, live } = this.#serving;
    live.add(this);
    try {
      if (this.#unreadable()) return;
      const asked = this.#setup.loans?.settled((line) => this.#say(line));
      if (asked !== undefined) await asked;
      const command = commandOf(this.#program, this.#setup);
      const decision = await gate.submit(command, bytesOf(this.#program), {
        signal: this.#gone,
        onHeld: (held) => void this.#say(heldLine(held)),
      });
      if (!decision.admitted) {
        this.#refuse(decision.refusal);
        return;
      }
      const { admission } = decision;
      let client: Client;
      try {
        this.#record(admission);
        client = await upstream.ready;
      } catch (error) {
        this.#fail(admission, error);
        return;
      }
      if (this.#gone.aborted) {
        gate.result(admission, { outcome: "client gone", ok: false });
        return;
      }
      await this.#start(client, admission);
    } finally {
      this.#setup.loans?.end();
      live.delete(this);
    }
  }

  /** The library decodes the request: what it could not decode exactly would be judged as something else. */
  #unreadable(): boolean {
    const text = this.#program.kind === "exec" ? this.#program.command : textOf(this.#program);
    if (!/[\uFFFD\0]/u.test(text)) return false;
    this.#serving.gate.note("violation", { code: "COMMAND_UNREADABLE" });
    this.#say("gate: denied: the command is not UTF-8, or holds a NUL");
    this.#override = { status: STATUS_REFUSED, outcome: "unreadable" };
    this.#finish();
    return true;
  }

  /** The terminal's size has changed. */
  resize(columns: number, rows: number, width: number, height: number): void {
    this.#guard(() => {
      this.#cast?.resize(columns, rows);
      this.#up?.setWindow(rows, columns, height, width);
    });
  }

  signal(name: string): void {
    if (SIGNALS.has(name)) this.#up?.signal(name);
  }

  end(message: string): void {
    this.#setup.loans?.end();
    this.#say(message);
    this.#override ??= { status: STATUS_UNREACHABLE, outcome: "ended" };
    this.#up?.close();
    this.#finish();
  }

  async #start(client: Client, admission: Admission): Promise<void> {
    const { gate, upstreamRoom, upstream } = this.#serving;
    let closed: Promise<unknown> = Promise.resolve();
    let up: ClientChannel;
    try {
      // A fast program's exit comes in the same packet as the answer that it was started: who listens later misses it.
      up = await this.#open(client, admission, (opened) => {
        closed = Promise.all([once(opened), once(opened.stderr)]);
        opened.on("exit", (code: number | null, name?: string, dump?: unknown) => {
          this.#exit = code === null ? { signal: name ?? "", dumped: dump === true } : { code };
        });
        opened.on("error", ignore);
        guardWindow(opened, upstream, () => upstream.end());
      });
    } catch (error) {
      this.#fail(admission, error);
      return;
    }
    this.#up = up;
    const stopTimer = this.#limitTime(admission);
    const digests = this.#input(admission, new ChannelWriter(up, upstreamRoom()));
    const outputs = this.#output(up, admission);
    if (this.#gone.aborted) up.close();
    else this.#gone.addEventListener("abort", () => up.close(), { once: true });
    await closed;
    stopTimer();
    for (const output of outputs) output.flush();
    this.#finish();
    const masked = Object.assign({}, ...outputs.map((output) => output.masked)) as Record<string, number>;
    gate.note("program-io", { entry: admission.entry, ...digests() });
    gate.result(admission, {
      outcome: this.#override?.outcome ?? (this.#gone.aborted ? "client gone" : outcomeOf(this.#exit)),
      ok: this.#override === undefined && this.#exit !== undefined && "code" in this.#exit && this.#exit.code === 0,
      bytes: this.#bytes,
      ...(Object.keys(masked).length === 0 ? {} : { masked }),
    });
  }

  #open(client: Client, admission: Admission, attach: (channel: ClientChannel) => void): Promise<ClientChannel> {
    const { upstream } = this.#serving;
    const { pty, env, loans } = this.#setup;
    return new Promise((resolve, reject) => {
      const answered = upstream.expect();
      const opened = (error: Error | undefined, channel: ClientChannel): void => {
        answered();
        if (error === undefined) {
          loans?.start(client, channel);
          attach(channel);
          resolve(channel);
        } else reject(new SshError("operator", "TARGET_REFUSED", "the target refused to start it", { cause: error }));
      };
      const lent = this.#program.kind === "subsystem" ? {} : loans?.spend(client);
      const options = { env: Object.fromEntries(env), ...lent };
      // Nothing may come between the spending and the call.
      const text = Buffer.from(this.#serving.gate.spend(admission)).toString("utf8");
      if (this.#program.kind === "exec") client.exec(text, pty === undefined ? options : { ...options, pty }, opened);
      else if (this.#program.kind === "shell") client.shell(pty ?? false, options, opened);
      else client.subsys(text, opened);
    });
  }

  /** From the client to the program; the answer gives what went in, once it is over. */
  #input(admission: Admission, target: ChannelWriter): () => Record<string, string | number> {
    const { gate } = this.#serving;
    const channel = this.#channel;
    const digest = new StreamDigest();
    const typed = new MaskedInput(gate, (bytes) => this.#cast?.input(bytes));
    target.onDrain(() => channel.resume());
    channel.on("data", (chunk: Buffer) =>
      this.#guard(() => {
        digest.update(chunk);
        if (this.#cast !== undefined) typed.write(chunk);
        if (!target.write(continued(gate, admission, chunk))) channel.pause();
        if (target.queued === 0) consumed(chunk);
      }),
    );
    channel.on("end", () => target.end());
    return () => {
      this.#guard(() => typed.flush());
      return { stdinBytes: digest.bytes, stdinSha256: digest.hex() };
    };
  }

  /** From the program to the client: counted, masked, recorded. */
  #output(up: ClientChannel, admission: Admission): MaskedOutput[] {
    const { gate } = this.#serving;
    const client = this.#client;
    const both = [up, up.stderr];
    client.onDrain(() => {
      for (const stream of both) stream.resume();
    });
    return both.map((stream, index) => {
      const output = new MaskedOutput(gate, (bytes) =>
        this.#guard(() => {
          this.#cast?.output(bytes);
          if (client.write(bytes, index === 0 ? "out" : "error")) return;
          for (const each of both) each.pause();
        }),
      );
      stream.on("data", (chunk: Buffer) =>
        this.#guard(() => {
          this.#bytes += chunk.byteLength;
          const over = gate.count(admission, { bytes: chunk.byteLength });
          if (over === undefined) output.write(chunk);
          else this.#stop(over.message, "limit");
          if (output.passes && client.queued === 0) consumed(chunk);
        }),
      );
      return output;
    });
  }

  /** A terminal, and a shell without one, is recorded before anything runs in it. */
  #record(admission: Admission): void {
    const { gate, link, nextNumber } = this.#serving;
    const { pty } = this.#setup;
    if (pty === undefined && this.#program.kind !== "shell") return;
    const file = gate.file(`terminals/${link.id}-${nextNumber()}.cast`);
    gate.note("terminal", { entry: admission.entry, file: file.name });
    this.#cast = new Cast({
      columns: pty?.cols ?? 80,
      rows: pty?.rows ?? 24,
      timestamp: Math.floor(gate.clock.now() / 1000),
      term: pty?.term ?? "dumb",
      command: textOf(this.#program),
      now: () => gate.clock.monotonic(),
      append: (bytes) => file.append(bytes),
    });
  }

  #limitTime(admission: Admission): () => void {
    const { gate } = this.#serving;
    const limitMs = gate.limits.statementTimeMs;
    if (limitMs === undefined) return () => undefined;
    return gate.clock.after(limitMs, () => {
      gate.note("limit", { entry: admission.entry, limit: "statement_time" });
      this.#stop(`gate: limit reached: longer than ${limitMs / 1000} s`, "limit");
    });
  }

  /** Ends a running program for a reason of gate's own. */
  #stop(message: string, outcome: string): void {
    if (this.#override !== undefined) return;
    this.#override = { status: STATUS_REFUSED, outcome };
    this.#say(message);
    this.#up?.signal("KILL");
    this.#up?.close();
    this.#finish();
  }

  #refuse(refusal: Refusal): void {
    for (const line of refusalLines(refusal)) this.#say(line);
    this.#override = { status: STATUS_REFUSED, outcome: refusal.reason };
    this.#finish();
  }

  /** It was admitted, and could not be run. */
  #fail(admission: Admission, error: unknown): void {
    const { gate } = this.#serving;
    const ours = error instanceof SshError;
    gate.note("target-refused", { entry: admission.entry, code: ours ? error.code : "RECORDER" });
    this.#say(ours ? `gate: ${error.message}` : `gate: denied: ${messageOf(error)}`);
    this.#override = ours
      ? { status: STATUS_UNREACHABLE, outcome: error.code }
      : { status: STATUS_REFUSED, outcome: "recorder" };
    this.#finish();
    gate.result(admission, { outcome: this.#override.outcome, ok: false });
  }

  /** Whatever throws while bytes move (the recorder, mostly) ends the program. */
  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#stop(`gate: denied: ${messageOf(error)}`, "recorder");
    }
  }

  #say(line: string): void {
    this.#client.write(stderrLine(line, this.#setup.pty !== undefined), "error");
  }

  #finish(): void {
    this.#client.end(() => {
      const channel = this.#channel;
      const exit = this.#override === undefined ? this.#exit : { code: this.#override.status };
      if (exit === undefined) return;
      if ("code" in exit) channel.exit(exit.code);
      else if (SIGNALS.has(exit.signal.replace(/^SIG/u, ""))) channel.exit(exit.signal, exit.dumped);
      else channel.exit(STATUS_UNREACHABLE);
    });
  }
}

/** What a stream held, without keeping it. */
class StreamDigest {
  bytes = 0;
  readonly #hash: Hash = createHash("sha256");

  update(chunk: Uint8Array): void {
    this.bytes += chunk.byteLength;
    this.#hash.update(chunk);
  }

  hex(): string {
    return this.#hash.digest("hex");
  }
}

function commandOf(program: Program, setup: Setup): Command {
  const setting = { pty: setup.pty !== undefined };
  const text = textOf(program);
  const facts =
    program.kind === "exec"
      ? execFacts(program.command, setting)
      : program.kind === "shell"
        ? shellFacts(setting)
        : subsystemFacts(program.name, setting);
  return {
    kind: program.kind,
    text,
    digest: () => sha256Hex(JSON.stringify([program.kind, text, [...setup.env].sort(), setup.pty?.term ?? null])),
    facts,
    cannotDischarge: program.kind === "subsystem" ? dischargeOpaque("a subsystem") : dischargeText,
  };
}

function textOf(program: Program): string {
  if (program.kind === "exec") return program.command;
  return program.kind === "shell" ? "login shell" : `subsystem ${program.name}`;
}

function bytesOf(program: Program): Uint8Array {
  if (program.kind === "exec") return Buffer.from(program.command);
  return Buffer.from(program.kind === "shell" ? "" : program.name);
}

function outcomeOf(exit: { code: number } | { signal: string } | undefined): string {
  if (exit === undefined) return "closed without an exit status";
  return "code" in exit ? `exit ${exit.code}` : `signal ${exit.signal}`;
}

function once(stream: { once(event: "close", listener: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => void stream.once("close", resolve));
}

function ignore(): void {
  // The channel's close says what there is to say.
}

/** The library knows these (RFC 4254 §6.10, and two more). */
const SIGNALS = new Set("ABRT ALRM FPE HUP ILL INT QUIT SEGV TERM USR1 USR2 KILL PIPE".split(" "));
