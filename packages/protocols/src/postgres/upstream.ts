/**
 * Connects to the target and signs in with the gateway's credential, up to its first ReadyForQuery.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP
 * Touches the upstream. What the target says when it refuses is not passed on: it may name users, hosts and databases.
 */
import type { Clock } from "@gate/base";
import type { Gate, Link, Upstream } from "@gate/contract";
import { TargetAuthentication } from "./authentication.ts";
import { PostgresError } from "./errors.ts";
import { CANCEL_KEY_BYTES_MAX, startupMessage } from "./startup-packet.ts";
import type { Startup } from "./startup.ts";
import type { PostgresTarget } from "./target.ts";
import type { UpstreamReader } from "./upstream-reader.ts";
import { secureUpstream, type Admit } from "./upstream-tls.ts";
import { BodyReader, readFields, readParameterStatus, WireError } from "./wire.ts";

export interface UpstreamSession {
  readonly upstream: Upstream;
  /** ParameterStatus as reported so far, by the server's spelling. */
  readonly parameters: Map<string, string>;
  readonly backendPid: number;
  /** 4 to 256 bytes; empty when the target gave none. */
  readonly backendSecret: Uint8Array;
  /** As `server_version_num`: 180004 for 18.4; 0 when it cannot be read. */
  readonly serverVersion: number;
  /** Bytes that came after ReadyForQuery. The upstream is paused: `onData` or `resume` makes it flow. */
  readonly remainder: Uint8Array;
  readonly transactionStatus: "I";
}

/**
 * Opens the connection that a client's session will use.
 * @throws {PostgresError} with the SQLSTATE and message that the client is to be told; nothing stays open.
 */
export async function connectUpstream(
  link: Link,
  gate: Gate,
  target: PostgresTarget,
  startup: Startup,
): Promise<UpstreamSession> {
  return openUpstream({
    dial: () => link.dial(),
    admit: (name, bytes) => gate.housekeeping(name, bytes),
    clock: gate.clock,
    target,
    settings: startup.parameters,
    signal: link.signal,
  });
}

export interface OpenOptions {
  readonly dial: () => Promise<Upstream>;
  readonly admit: Admit;
  readonly clock: Clock;
  readonly target: PostgresTarget;
  /** Start-up parameters beside user, database and client_encoding. */
  readonly settings: ReadonlyMap<string, string>;
  readonly signal?: AbortSignal;
}

/** @throws {PostgresError} as `connectUpstream` does. */
export async function openUpstream(options: OpenOptions): Promise<UpstreamSession> {
  try {
    return await attempt(options, NEWEST_MINOR);
  } catch (error) {
    // Servers and poolers older than NegotiateProtocolVersion refuse 3.2 with an error, or by closing.
    if (!(error instanceof VersionRefused)) throw error;
    return await attempt(options, 0);
  }
}

async function attempt(options: OpenOptions, minor: number): Promise<UpstreamSession> {
  const { target, admit, clock, signal } = options;
  const upstream = await dialTarget(options.dial);
  const onAbort = (): void => upstream.destroy();
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted === true) upstream.destroy();
  try {
    const { reader, certificate } = await secureUpstream(upstream, target, admit, clock);
    const pairs = new Map(options.settings);
    pairs.set("user", target.credential.username);
    pairs.set("database", target.database);
    // Judged text is UTF-8: the server must read it the same way, whatever the role's or database's default is.
    pairs.set("client_encoding", "UTF8");
    const send = (name: string, bytes: Uint8Array): void => {
      upstream.send(admit(name, bytes));
      upstream.flush();
    };
    send("startup", startupMessage(minor, pairs));
    const authentication = new TargetAuthentication(target.credential, certificate, send);
    return await untilReady(upstream, reader, authentication, minor);
  } catch (error) {
    upstream.destroy();
    if (error instanceof WireError) throw broken(error.message);
    throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

async function dialTarget(dial: () => Promise<Upstream>): Promise<Upstream> {
  try {
    return await dial();
  } catch (error) {
    throw new PostgresError("operator", "UPSTREAM_UNREACHABLE", "08006", "gate: target unreachable", { cause: error });
  }
}

async function untilReady(
  upstream: Upstream,
  reader: UpstreamReader,
  authentication: TargetAuthentication,
  minor: number,
): Promise<UpstreamSession> {
  const parameters = new Map<string, string>();
  let key: { pid: number; secret: Uint8Array } | undefined;
  let first = true;
  for (let count = 0; count < STARTUP_MESSAGES_MAX; count++) {
    const { type, body } = await nextMessage(reader, first && minor > 0);
    const negotiating = first && minor > 0;
    first = false;
    if (type === "N") continue;
    if (type === "E") throw refusedByTarget(body, negotiating, authentication.started);
    if (type === "v" && negotiating) {
      readNegotiation(body, minor);
    } else if (type === "R" && !authentication.done) {
      await authentication.step(body);
    } else if (type === "S" && authentication.done) {
      const { name, value } = readParameterStatus(body);
      parameters.set(name, value);
    } else if (type === "K" && authentication.done && key === undefined) {
      key = readKey(body);
    } else if (type === "Z" && authentication.done) {
      if (body.length !== 1 || body[0] !== 0x49) throw broken("a session that does not start idle");
      checkSettings(parameters);
      return {
        upstream,
        parameters,
        backendPid: key?.pid ?? 0,
        backendSecret: key?.secret ?? new Uint8Array(0),
        serverVersion: versionNumber(parameters.get("server_version") ?? ""),
        remainder: reader.release(),
        transactionStatus: "I",
      };
    } else {
      throw broken("a message that has no place in start-up");
    }
  }
  throw broken("too many messages in start-up");
}

async function nextMessage(reader: UpstreamReader, negotiating: boolean): ReturnType<UpstreamReader["message"]> {
  try {
    return await reader.message(MESSAGE_BYTES_MAX);
  } catch (error) {
    // Closed without a word: old poolers answer an unknown version like that.
    if (negotiating && reader.ended && reader.waiting === 0) throw new VersionRefused();
    throw error;
  }
}

/** NegotiateProtocolVersion: the newest minor the target has, and the options it does not know (we send none). */
function readNegotiation(body: Buffer, asked: number): void {
  const reader = new BodyReader(body);
  const version = reader.uint32();
  const unknown = reader.uint32();
  reader.end();
  // Some servers send the whole version, the documentation says the minor.
  const minor = version & 0xffff;
  const major = version >>> 16;
  if ((major !== 3 && major !== 0) || minor > asked || unknown !== 0) throw broken("a protocol version not asked for");
}

function readKey(body: Buffer): { pid: number; secret: Uint8Array } {
  const reader = new BodyReader(body);
  const pid = reader.int32();
  const secret = Uint8Array.from(reader.bytes(body.length - 4));
  if (secret.length < 4 || secret.length > CANCEL_KEY_BYTES_MAX) throw broken("a cancel key of the wrong length");
  return { pid, secret };
}

/** Text can only be judged if the server reads it as our parser does. */
function checkSettings(parameters: ReadonlyMap<string, string>): void {
  if (parameters.get("client_encoding") !== "UTF8") throw unjudgeable("client_encoding must be UTF8");
  if (parameters.get("standard_conforming_strings") !== "on") {
    throw unjudgeable("standard_conforming_strings must be on: remove the setting from the role, database or server");
  }
}

function unjudgeable(message: string): PostgresError {
  return new PostgresError("operator", "UPSTREAM_SETTINGS", "08004", `gate: target's ${message}`);
}

function broken(what: string): PostgresError {
  return new PostgresError("peer-wrong", "UPSTREAM_PROTOCOL", "08006", `gate: target broke the protocol: ${what}`);
}

/** The target's error in our words; its SQLSTATE stays where clients act on it. */
function refusedByTarget(body: Buffer, negotiating: boolean, authenticating: boolean): Error {
  const sqlstate = readFields(body).get("C") ?? "";
  if (negotiating && (sqlstate === "0A000" || sqlstate === "08P01")) return new VersionRefused();
  if (sqlstate === "28P01" || (sqlstate.startsWith("28") && authenticating)) {
    return new PostgresError(
      "operator",
      "UPSTREAM_CREDENTIAL",
      "08004",
      "gate: target refused the gateway's credential",
    );
  }
  const passedOn = TARGET_REFUSALS.get(sqlstate);
  return new PostgresError(
    "operator",
    "UPSTREAM_REFUSED",
    passedOn === undefined ? "08004" : sqlstate,
    `gate: target refused the connection: ${passedOn ?? "see the target's log for the reason"}`,
  );
}

/** `server_version` as a number: "18.4" → 180004, "15.20 (Debian …)" → 150020, "9.6.24" → 90624. */
export function versionNumber(text: string): number {
  const match = /^(\d{1,3})(?:\.(\d{1,3}))?(?:\.(\d{1,3}))?/.exec(text);
  const [major = 0, second = 0, third = 0] = (match ?? []).slice(1).map((part) => Number(part ?? 0));
  return major >= 10 ? major * 10_000 + second : major * 10_000 + second * 100 + third;
}

/** The target does not know the protocol version that was asked for. */
class VersionRefused extends Error {}

/** What a refusal of the target means, by SQLSTATE; these codes decide about a client's retries. */
const TARGET_REFUSALS: ReadonlyMap<string, string> = new Map([
  ["28000", "its pg_hba.conf does not let the gateway's user in"],
  ["3D000", "the configured database does not exist"],
  ["42501", "the gateway's user may not connect to the database"],
  ["53300", "it has no connections left"],
  ["55000", "the database does not accept connections"],
  ["57P03", "it is starting up or shutting down"],
]);

/** Names of the bytes that connections to the target need and that carry no command. */
export const HOUSEKEEPING_CONNECT = [
  "ssl-request",
  "startup",
  "password",
  "sasl",
  "cancel",
  "catalogue",
  "terminate",
] as const;

/** Minor version of the protocol that is asked for first; 3.2 has cancel keys that cannot be guessed. */
const NEWEST_MINOR = 2;
/** Messages that a target may send before it is ready. */
const STARTUP_MESSAGES_MAX = 1_000;
/** Longest message that a target may send before it is ready, in bytes. */
const MESSAGE_BYTES_MAX = 64 * 1024;
