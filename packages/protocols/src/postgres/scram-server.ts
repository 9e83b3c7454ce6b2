/**
 * The server's side of SCRAM-SHA-256 without channel binding (RFC 5802 §5, RFC 7677): the gate knows a verifier of the
 * endpoint's password, never the password. Pure.
 */
import { timingSafeEqual } from "node:crypto";
import {
  base64Bytes,
  hmac,
  isNonce,
  leading,
  malformed,
  readAttributes,
  SCRAM_ITERATIONS_MAX,
  sha256,
  xor,
} from "./scram.ts";

/** RFC 5803. */
export interface ScramVerifier {
  readonly iterations: number;
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/**
 * Reads `SCRAM-SHA-256$<iterations>:<salt>$<storedKey>:<serverKey>`.
 * @throws {PostgresError} SCRAM_MALFORMED.
 */
export function parseVerifier(text: string): ScramVerifier {
  const match = /^SCRAM-SHA-256\$([1-9][0-9]{0,6}):([^$:]+)\$([^$:]+):([^$:]+)$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined || match[3] === undefined || match[4] === undefined) {
    return malformed("the endpoint's verifier cannot be read");
  }
  const iterations = Number(match[1]);
  const salt = base64Bytes(match[2]);
  const storedKey = base64Bytes(match[3]);
  const serverKey = base64Bytes(match[4]);
  if (iterations > SCRAM_ITERATIONS_MAX || storedKey.length !== 32 || serverKey.length !== 32) {
    return malformed("the endpoint's verifier is out of bounds");
  }
  return { iterations, salt, storedKey, serverKey };
}

/**
 * A verifier that nobody can satisfy, for a user who does not exist: same length and iterations, and the same salt each
 * time, so that the exchange looks as it does for one who does (RFC 5802 §9, PostgreSQL's mock authentication).
 */
export function mockVerifier(real: ScramVerifier, user: string): ScramVerifier {
  const derive = (label: string): Buffer => hmac(real.serverKey, `gate ${label} ${user}`);
  const salt = Buffer.concat([derive("salt"), derive("more salt")]).subarray(0, real.salt.length);
  return { iterations: real.iterations, salt, storedKey: derive("stored key"), serverKey: derive("server key") };
}

/** What the second step needs to know of the first. */
export interface ScramServerState {
  readonly verifier: ScramVerifier;
  readonly gs2Header: string;
  readonly nonce: string;
  readonly clientFirstBare: string;
  readonly serverFirst: string;
}

/**
 * Answers client-first-message. `serverNonce` must be fresh and random.
 * `y` is accepted beside `n`: we offer no -PLUS, so a client that could bind the channel says exactly that.
 * @throws {PostgresError} SCRAM_MALFORMED.
 */
export function scramServerFirst(verifier: ScramVerifier, clientFirst: string, serverNonce: string): ScramServerState {
  const match = /^([ny]),([^,]*),(.+)$/su.exec(clientFirst);
  if (match?.[1] === undefined || match[3] === undefined) {
    return malformed("channel binding that was not offered, or no header");
  }
  if (match[2] !== "") malformed("an authorization identity");
  const clientFirstBare = match[3];
  // Attribute n may be empty: PostgreSQL's clients put the name into the startup packet.
  const bare = /^n=([^,]*),(.+)$/su.exec(clientFirstBare);
  if (bare?.[2] === undefined) return malformed("no user name attribute");
  const [clientNonce = ""] = leading(readAttributes(bare[2]), ["r"]);
  if (!isNonce(clientNonce)) malformed("a nonce with characters that it may not hold");
  const nonce = clientNonce + serverNonce;
  return {
    verifier,
    gs2Header: `${match[1]},,`,
    nonce,
    clientFirstBare,
    serverFirst: `r=${nonce},s=${verifier.salt.toString("base64")},i=${verifier.iterations}`,
  };
}

/**
 * Checks client-final-message. `undefined`: the proof is wrong; otherwise the server-final-message.
 * @throws {PostgresError} SCRAM_MALFORMED.
 */
export function scramServerFinal(state: ScramServerState, clientFinal: string): string | undefined {
  const attributes = readAttributes(clientFinal);
  const last = attributes.at(-1);
  if (last === undefined || last[0] !== "p") return malformed("no proof at the end");
  const [binding = "", nonce = ""] = leading(attributes, ["c", "r"]);
  // Repeats the header of the first message: a different one means that somebody changed it on the way.
  if (base64Bytes(binding).toString("latin1") !== state.gs2Header) malformed("another header than at first");
  if (nonce !== state.nonce) malformed("another nonce than at first");
  const proof = base64Bytes(last[1]);
  if (proof.length !== 32) malformed("a proof of the wrong length");
  const { storedKey, serverKey } = state.verifier;
  const withoutProof = clientFinal.slice(0, clientFinal.length - last[1].length - 3);
  const authMessage = `${state.clientFirstBare},${state.serverFirst},${withoutProof}`;
  const clientKey = xor(proof, hmac(storedKey, authMessage));
  if (!timingSafeEqual(sha256(clientKey), storedKey)) return undefined;
  return `v=${hmac(serverKey, authMessage).toString("base64")}`;
}
