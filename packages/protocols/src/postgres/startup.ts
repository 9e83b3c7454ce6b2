/**
 * The client's side of a connection's start: encryption requests, cancel requests, StartupMessage, SCRAM.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP
 * Touches the downstream and the gate's record; nothing here reaches the target.
 */
import { randomBytes } from "node:crypto";
import { constantTimeEqual } from "@gate/base";
import type { Gate, Link } from "@gate/contract";
import type { CancelRegistry } from "./cancel.ts";
import { DownstreamReader } from "./downstream-reader.ts";
import { PostgresError } from "./errors.ts";
import { closeWith, refuseStartup } from "./fatal.ts";
import { mockVerifier, parseVerifier, scramServerFinal, scramServerFirst } from "./scram-server.ts";
import { SASL_BYTES_MAX, SCRAM_SHA_256 } from "./scram.ts";
import { checkStartupLength, readStartupPacket, type StartupPacket, type StartupPairs } from "./startup-packet.ts";
import { readStartupParameters, type StartupParameters } from "./startup-parameters.ts";
import type { PostgresTarget } from "./target.ts";
import { BodyReader, frame, WireError } from "./wire.ts";

export interface Startup {
  readonly protocolMinor: 0 | 2;
  readonly user: string;
  /** The target's, whatever allowed name the client gave. */
  readonly database: string;
  /** Settings for the target, from an allow-list; client_encoding is not among them, it is always UTF8. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Always empty: what the client sent after its last SASL message is still in the stream. */
  readonly remainder: Uint8Array;
}

/**
 * Takes a client through start-up and authentication, up to and including AuthenticationOk.
 * `undefined`: it was a cancel request, or the client was refused (the record says why) and both sides are closed.
 */
export async function acceptStartup(
  link: Link,
  gate: Gate,
  target: PostgresTarget,
  cancels: CancelRegistry,
): Promise<Startup | undefined> {
  const reader = new DownstreamReader(link.downstream);
  const onAbort = (): void => reader.fail(refusal("57P01", "gate: the session has ended"));
  const tooLong = (): void => reader.fail(refusal("08P01", "gate: start-up took too long"));
  let stopTimer = gate.clock.after(SILENT_MS_MAX, tooLong);
  let silent = true;
  const onFirstByte = (): void => {
    silent = false;
    stopTimer();
    stopTimer = gate.clock.after(STARTUP_MS_MAX, tooLong);
  };
  link.signal.addEventListener("abort", onAbort, { once: true });
  if (link.signal.aborted) onAbort();
  try {
    const packet = await firstPacket(link, reader, onFirstByte);
    if (packet.kind === "cancel") {
      const found = cancels.cancel(gate.session.id, packet.pid, packet.secret);
      gate.note("cancel-request", { connection: link.id, accepted: found });
      reader.release();
      await closeWith(link.downstream, new Uint8Array(0), gate.clock);
      return undefined;
    }
    const negotiated = negotiate(packet.major, packet.minor, packet.pairs);
    if (negotiated.reply !== undefined) link.downstream.write(negotiated.reply);
    await authenticate(link, reader, packet.pairs);
    const parameters = readStartupParameters(packet.pairs, { user: link.endpoint.user, database: target.database });
    link.downstream.write(frame("R", Buffer.from([0, 0, 0, 0])));
    reader.release();
    return startupOf(negotiated.minor, parameters);
  } catch (error) {
    reader.release();
    const known = asRefusal(error);
    // A connection that ends without a byte, such as an unused one of a pool, is no event.
    if (!silent) {
      gate.note("startup-refused", {
        connection: link.id,
        code: known.code,
        sqlstate: known.sqlstate,
        reason: known.message,
      });
    }
    await refuseStartup(link.downstream, known.sqlstate, known.message, gate.clock);
    return undefined;
  } finally {
    stopTimer();
    link.signal.removeEventListener("abort", onAbort);
  }
}

/** Answers `N` to each kind of encryption request once: the endpoint is on loopback and the tunnel is TLS already. */
async function firstPacket(
  link: Link,
  reader: DownstreamReader,
  onFirstByte: () => void,
): Promise<Extract<StartupPacket, { kind: "cancel" | "startup" }>> {
  const asked = new Set<string>();
  let head = await reader.take(1);
  onFirstByte();
  head = Buffer.concat([head, await reader.take(3)]);
  for (; ; head = await reader.take(4)) {
    if (head[0] === TLS_HANDSHAKE && head[1] === 3) {
      throw malformed("gate: TLS is not used on this endpoint: connect with sslmode=disable, without direct TLS");
    }
    const packet = readStartupPacket(await reader.take(checkStartupLength(head.readUInt32BE(0)) - 4));
    if (packet.kind === "cancel" || packet.kind === "startup") return packet;
    // Bytes sent before our answer would pass as part of whatever comes next (the class of CVE-2021-23222).
    if (reader.waiting > 0) throw malformed("gate: bytes after an encryption request");
    if (asked.has(packet.kind)) throw malformed("gate: an encryption request given twice");
    asked.add(packet.kind);
    link.downstream.write("N");
  }
}

/** Settles the protocol version: 3.0 or 3.2, and NegotiateProtocolVersion for anything newer or for `_pq_` options. */
function negotiate(major: number, minor: number, pairs: StartupPairs): { minor: 0 | 2; reply?: Buffer } {
  if (major !== 3) throw refusal("0A000", `gate: protocol ${major}.${minor} is not supported: use 3.0 to 3.2`);
  const options = pairs.map(([name]) => name).filter((name) => name.startsWith("_pq_."));
  const settled = minor >= 2 ? 2 : 0;
  if (settled === minor && options.length === 0) return { minor: settled };
  const head = Buffer.alloc(8);
  head.writeUInt32BE((3 << 16) | settled, 0);
  head.writeUInt32BE(options.length, 4);
  return { minor: settled, reply: frame("v", head, Buffer.from(options.map((name) => `${name}\0`).join(""))) };
}

/**
 * SCRAM-SHA-256 against the endpoint's verifier. Another user goes through the same exchange with a verifier that
 * nobody can satisfy, so that only the password's holder learns which user is the right one.
 */
async function authenticate(link: Link, reader: DownstreamReader, pairs: StartupPairs): Promise<void> {
  const user = pairs.find(([name]) => name === "user")?.[1] ?? "";
  if (user === "") throw refusal("28000", "gate: no user name in the start-up packet");
  if (link.endpoint.scram === undefined) throw refusal("28000", "gate: this endpoint has no password to sign in with");
  const real = parseVerifier(link.endpoint.scram);
  const genuine = constantTimeEqual(user, link.endpoint.user);
  const verifier = genuine ? real : mockVerifier(real, user);
  link.downstream.write(authentication(AUTH_SASL, Buffer.from(`${SCRAM_SHA_256}\0\0`)));
  const initial = new BodyReader(await saslMessage(reader));
  const mechanism = initial.cstring();
  const length = initial.int32();
  const clientFirst = initial.bytes(length);
  initial.end();
  if (mechanism !== SCRAM_SHA_256) throw malformed("gate: a SASL mechanism that was not offered");
  const state = scramServerFirst(verifier, utf8(clientFirst), randomBytes(NONCE_BYTES).toString("base64"));
  link.downstream.write(authentication(AUTH_SASL_CONTINUE, Buffer.from(state.serverFirst)));
  const serverFinal = scramServerFinal(state, utf8(await saslMessage(reader)));
  if (serverFinal === undefined || !genuine) throw refusal("28P01", "gate: password authentication failed");
  link.downstream.write(authentication(AUTH_SASL_FINAL, Buffer.from(serverFinal)));
}

/** The body of the next message, which must be a SASL answer (`p`). */
async function saslMessage(reader: DownstreamReader): Promise<Buffer> {
  const head = await reader.take(5);
  if (head[0] !== 0x70) throw malformed("gate: expected a SASL response");
  const length = head.readUInt32BE(1);
  if (length < 4 || length > SASL_BYTES_MAX + 4) throw malformed("gate: a SASL response of the wrong length");
  return length === 4 ? Buffer.alloc(0) : reader.take(length - 4);
}

function authentication(kind: number, data: Uint8Array): Buffer {
  return frame("R", Buffer.from([0, 0, 0, kind]), data);
}

function startupOf(minor: 0 | 2, parameters: StartupParameters): Startup {
  return { protocolMinor: minor, ...parameters, remainder: new Uint8Array(0) };
}

function utf8(bytes: Uint8Array): string {
  return new BodyReader(Buffer.concat([bytes, Buffer.from([0])])).cstring();
}

function refusal(sqlstate: string, message: string): PostgresError {
  return new PostgresError("peer-unsupported", "STARTUP_REFUSED", sqlstate, message);
}

function malformed(message: string): PostgresError {
  return new PostgresError("peer-wrong", "STARTUP_MALFORMED", "08P01", message);
}

/** Anything that is not ours to expect is a bug; the client still gets an answer, and nothing was forwarded. */
function asRefusal(error: unknown): PostgresError {
  if (error instanceof PostgresError) return error;
  if (error instanceof WireError) return malformed(`gate: malformed message: ${error.message}`);
  return new PostgresError("bug", "STARTUP_MALFORMED", "XX000", "gate: internal error while starting", {
    cause: error,
  });
}

/** How long a client may take from its first byte to the end of authentication, in milliseconds. */
export const STARTUP_MS_MAX = 60_000;

/** How long a connection may stay without a first byte, as an unused one of a pool does, in milliseconds. */
const SILENT_MS_MAX = 600_000;

const NONCE_BYTES = 18;
const TLS_HANDSHAKE = 0x16;
const AUTH_SASL = 10;
const AUTH_SASL_CONTINUE = 11;
const AUTH_SASL_FINAL = 12;
