/**
 * The client's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677, RFC 5929). Pure but for the time that
 * hashing the password takes in a worker thread.
 */
import { pbkdf2, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { Secret } from "@gate/base";
import { serverEndPoint } from "./channel-binding.ts";
import { PostgresError } from "./errors.ts";
import { saslprep } from "./saslprep.ts";
import {
  base64Bytes,
  hmac,
  isNonce,
  leading,
  malformed,
  readAttributes,
  SCRAM_ITERATIONS_MAX,
  SCRAM_SHA_256,
  SCRAM_SHA_256_PLUS,
  sha256,
  xor,
} from "./scram.ts";

/** The mechanism chosen, with its GS2 header and channel binding data. */
export interface ScramChoice {
  readonly mechanism: typeof SCRAM_SHA_256 | typeof SCRAM_SHA_256_PLUS;
  readonly gs2Header: string;
  readonly binding: Uint8Array;
}

/**
 * Picks from what the server offers. `certificate` is the server's, under TLS.
 * Under TLS a server that offers no -PLUS is told `y`: if it did offer it, somebody stripped the offer, and the server
 * ends the exchange (RFC 5802 §6). `undefined`: no mechanism in common.
 */
export function chooseScram(offered: readonly string[], certificate: Uint8Array | undefined): ScramChoice | undefined {
  const endPoint = certificate === undefined ? undefined : serverEndPoint(certificate);
  if (endPoint !== undefined && offered.includes(SCRAM_SHA_256_PLUS)) {
    return { mechanism: SCRAM_SHA_256_PLUS, gs2Header: "p=tls-server-end-point,,", binding: endPoint };
  }
  if (!offered.includes(SCRAM_SHA_256)) return undefined;
  return { mechanism: SCRAM_SHA_256, gs2Header: endPoint === undefined ? "n,," : "y,,", binding: new Uint8Array(0) };
}

export interface ScramClientState {
  readonly choice: ScramChoice;
  readonly clientNonce: string;
  readonly clientFirstBare: string;
  /** client-first-message. */
  readonly message: string;
}

/** `clientNonce` must be fresh and random. PostgreSQL ignores the name here: it has the startup packet's. */
export function scramClientFirst(choice: ScramChoice, clientNonce: string, user = ""): ScramClientState {
  const clientFirstBare = `n=${user},r=${clientNonce}`;
  return { choice, clientNonce, clientFirstBare, message: choice.gs2Header + clientFirstBare };
}

export interface ScramClientFinal {
  /** client-final-message. */
  readonly message: string;
  readonly serverSignature: Buffer;
}

/**
 * Answers server-first-message.
 * @throws {PostgresError} SCRAM_MALFORMED; also for more than SCRAM_ITERATIONS_MAX iterations.
 */
export async function scramClientFinal(
  state: ScramClientState,
  password: Secret,
  serverFirst: string,
): Promise<ScramClientFinal> {
  const [nonce = "", saltText = "", count = ""] = leading(readAttributes(serverFirst), ["r", "s", "i"]);
  if (!isNonce(nonce) || !nonce.startsWith(state.clientNonce) || nonce.length === state.clientNonce.length) {
    malformed("a nonce that does not extend ours");
  }
  const salt = base64Bytes(saltText);
  if (!/^[1-9][0-9]{0,6}$/.test(count) || Number(count) > SCRAM_ITERATIONS_MAX) {
    malformed("an iteration count out of bounds");
  }
  const salted = await derive(saslprep(password.reveal()), salt, Number(count), 32, "sha256");
  const clientKey = hmac(salted, "Client Key");
  const binding = Buffer.concat([Buffer.from(state.choice.gs2Header), state.choice.binding]).toString("base64");
  const withoutProof = `c=${binding},r=${nonce}`;
  const authMessage = `${state.clientFirstBare},${serverFirst},${withoutProof}`;
  const proof = xor(clientKey, hmac(sha256(clientKey), authMessage));
  return {
    message: `${withoutProof},p=${proof.toString("base64")}`,
    serverSignature: hmac(hmac(salted, "Server Key"), authMessage),
  };
}

/**
 * Checks server-final-message: only a server that knows the password's verifier can have signed it.
 * @throws {PostgresError} SCRAM_MALFORMED, SCRAM_REFUSED.
 */
export function checkServerFinal(state: ScramClientFinal, serverFinal: string): void {
  const [signature = ""] = leading(readAttributes(serverFinal), ["v"]);
  const bytes = base64Bytes(signature);
  if (bytes.length !== state.serverSignature.length || !timingSafeEqual(bytes, state.serverSignature)) {
    throw new PostgresError(
      "peer-wrong",
      "SCRAM_REFUSED",
      "08004",
      "gate: target does not know the credential that it asked for: check that its address is the right one",
    );
  }
}

const derive = promisify(pbkdf2);
