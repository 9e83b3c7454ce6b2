/**
 * Answers the target's authentication requests with the gateway's credential.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html (Authentication…); messages are built by
 * pg-protocol. Touches randomness, and sends through the function given.
 */
import { randomBytes } from "node:crypto";
import { serialize } from "pg-protocol";
import { PostgresError } from "./errors.ts";
import { md5Password } from "./md5.ts";
import {
  checkServerFinal,
  chooseScram,
  scramClientFinal,
  scramClientFirst,
  type ScramClientFinal,
  type ScramClientState,
} from "./scram-client.ts";
import type { PostgresTarget } from "./target.ts";
import { BodyReader } from "./wire.ts";

type State =
  | { readonly kind: "start" }
  | { readonly kind: "password-sent" }
  | { readonly kind: "sasl-first"; readonly scram: ScramClientState }
  | { readonly kind: "sasl-final"; readonly scram: ScramClientFinal }
  | { readonly kind: "sasl-verified" }
  | { readonly kind: "done" };

export class TargetAuthentication {
  readonly #credential: PostgresTarget["credential"];
  readonly #certificate: Uint8Array | undefined;
  readonly #send: (name: string, bytes: Uint8Array) => void;
  #state: State = { kind: "start" };

  /** `certificate`: the target's, in DER; `undefined` without TLS. */
  constructor(
    credential: PostgresTarget["credential"],
    certificate: Uint8Array | undefined,
    send: (name: string, bytes: Uint8Array) => void,
  ) {
    this.#credential = credential;
    this.#certificate = certificate;
    this.#send = send;
  }

  get done(): boolean {
    return this.#state.kind === "done";
  }

  /** True once the target has asked for a password. */
  get started(): boolean {
    return this.#state.kind !== "start";
  }

  /**
   * Takes the body of one Authentication message.
   * @throws {PostgresError} UPSTREAM_PROTOCOL, UPSTREAM_AUTH_UNSUPPORTED, UPSTREAM_CREDENTIAL, SCRAM_REFUSED.
   */
  async step(body: Buffer): Promise<void> {
    const reader = new BodyReader(body);
    const kind = reader.int32();
    const data = reader.bytes(body.length - 4);
    try {
      this.#state = await this.#next(kind, data);
    } catch (error) {
      if (!(error instanceof PostgresError) || error.code !== "SCRAM_MALFORMED") throw error;
      outOfOrder();
    }
  }

  async #next(kind: number, data: Buffer): Promise<State> {
    const state = this.#state;
    switch (kind) {
      case OK:
        // After a SASL exchange has begun, only a server that proved itself may say that all is well.
        if (state.kind === "start" || state.kind === "password-sent" || state.kind === "sasl-verified") {
          return data.length === 0 ? { kind: "done" } : outOfOrder();
        }
        return outOfOrder();
      case CLEARTEXT:
        if (state.kind !== "start") return outOfOrder();
        if (this.#certificate === undefined) {
          throw unsupported("asks for the password in clear without TLS: set tls.mode: verify-full");
        }
        this.#send("password", serialize.password(this.#password().reveal()));
        return { kind: "password-sent" };
      case MD5: {
        if (state.kind !== "start" || data.length !== 4) return outOfOrder();
        const { username } = this.#credential;
        this.#send("password", serialize.password(md5Password(username, this.#password(), data)));
        return { kind: "password-sent" };
      }
      case SASL: {
        if (state.kind !== "start") return outOfOrder();
        const choice = chooseScram(readMechanisms(data), this.#certificate);
        if (choice === undefined) throw unsupported("offers no SASL mechanism that gate has");
        this.#password();
        const scram = scramClientFirst(choice, randomBytes(NONCE_BYTES).toString("base64"));
        this.#send("sasl", serialize.sendSASLInitialResponseMessage(choice.mechanism, scram.message));
        return { kind: "sasl-first", scram };
      }
      case SASL_CONTINUE: {
        if (state.kind !== "sasl-first") return outOfOrder();
        const scram = await scramClientFinal(state.scram, this.#password(), data.toString("utf8"));
        this.#send("sasl", serialize.sendSCRAMClientFinalMessage(scram.message));
        return { kind: "sasl-final", scram };
      }
      case SASL_FINAL:
        if (state.kind !== "sasl-final") return outOfOrder();
        checkServerFinal(state.scram, data.toString("utf8"));
        return { kind: "sasl-verified" };
      case KERBEROS_V5:
      case GSS:
      case SSPI:
        throw unsupported("asks for Kerberos: use scram-sha-256 in its pg_hba.conf");
      default:
        throw unsupported("asks for a way to sign in that gate does not have: use scram-sha-256 in its pg_hba.conf");
    }
  }

  #password() {
    const { password } = this.#credential;
    if (password !== undefined) return password;
    throw new PostgresError(
      "operator",
      "UPSTREAM_CREDENTIAL",
      "08004",
      "gate: target asks for a password, and only a client certificate is configured: set credential.password",
    );
  }
}

/** Names ended by NUL, and a NUL in place of a name at the end. */
function readMechanisms(data: Buffer): readonly string[] {
  const reader = new BodyReader(data);
  const names: string[] = [];
  for (let name = reader.cstring(); name !== ""; name = reader.cstring()) names.push(name);
  reader.end();
  return names;
}

function unsupported(what: string): PostgresError {
  return new PostgresError("peer-unsupported", "UPSTREAM_AUTH_UNSUPPORTED", "08004", `gate: target ${what}`);
}

function outOfOrder(): never {
  throw new PostgresError(
    "peer-wrong",
    "UPSTREAM_PROTOCOL",
    "08006",
    "gate: target broke the protocol: an authentication message out of order or malformed",
  );
}

const NONCE_BYTES = 18;
const OK = 0;
const KERBEROS_V5 = 2;
const CLEARTEXT = 3;
const MD5 = 5;
const GSS = 7;
const SSPI = 9;
const SASL = 10;
const SASL_CONTINUE = 11;
const SASL_FINAL = 12;
