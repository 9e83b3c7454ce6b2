/**
 * How the `gate` command gets a token for a person: over a loopback port of their own machine (RFC 8252 with PKCE), or
 * by a code that they type into a browser elsewhere (RFC 8628). Touches the store.
 */
import type { Clock } from "@gate/base";
import type { Store } from "@gate/contract";
import { createHash, randomBytes, randomInt } from "node:crypto";
import { readDocument, secretId, takeDocument, type SignedIn } from "./documents.ts";
import { LoginError } from "./errors.ts";

/** Milliseconds for which a code on its way to a loopback port is good. */
export const CLI_CODE_MS_MAX = 60_000;
/** Milliseconds for which a code that is typed is good. */
export const DEVICE_MS_MAX = 10 * 60_000;
/** Seconds between two questions of a command that waits. */
export const DEVICE_INTERVAL_SECONDS = 3;

interface Device {
  readonly userCode: string;
  readonly signedIn?: SignedIn;
}

export class CommandLineLogins {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @returns the code that goes to the command's port */
  async issueCode(signedIn: SignedIn, challenge: string): Promise<string> {
    const code = randomBytes(32).toString("base64url");
    const body = { ...signedIn, challenge };
    await this.#store.putDocument("cli-code", secretId(code), body, this.#clock.now() + CLI_CODE_MS_MAX);
    return code;
  }

  /** @throws {LoginError} LOGIN_UNKNOWN */
  async redeemCode(code: string, verifier: string): Promise<SignedIn> {
    const nowMs = this.#clock.now();
    const found = await takeDocument<SignedIn & { challenge: string }>(this.#store, "cli-code", secretId(code), nowMs);
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    if (found === undefined || found.challenge !== challenge) {
      throw new LoginError("LOGIN_UNKNOWN", "this code is over, or for another command: run gate login again");
    }
    const { challenge: _challenge, ...signedIn } = found;
    return signedIn;
  }

  async beginDevice(): Promise<{ readonly deviceCode: string; readonly userCode: string }> {
    const deviceCode = randomBytes(32).toString("base64url");
    const letters = Array.from({ length: 8 }, () => CONSONANTS[randomInt(CONSONANTS.length)] ?? "B").join("");
    const userCode = `${letters.slice(0, 4)}-${letters.slice(4)}`;
    const endMs = this.#clock.now() + DEVICE_MS_MAX;
    const body: Device = { userCode };
    await this.#store.putDocument("device", secretId(deviceCode), body, endMs);
    await this.#store.putDocument("device", `code:${userCode}`, secretId(deviceCode), endMs);
    return { deviceCode, userCode };
  }

  /** A person lets the command with this code act as them. @throws {LoginError} LOGIN_UNKNOWN */
  async approveDevice(userCode: string, signedIn: SignedIn): Promise<void> {
    const nowMs = this.#clock.now();
    const id = await takeDocument<string>(this.#store, "device", `code:${userCode}`, nowMs);
    const device = id === undefined ? undefined : await readDocument<Device>(this.#store, "device", id, nowMs);
    if (id === undefined || device === undefined) {
      throw new LoginError("LOGIN_UNKNOWN", "no command waits for this code: run gate login again");
    }
    await this.#store.putDocument("device", id, { ...device, signedIn }, nowMs + CLI_CODE_MS_MAX);
  }

  /** `pending` until somebody typed the code. @throws {LoginError} LOGIN_UNKNOWN when the code is over or was used. */
  async redeemDevice(deviceCode: string): Promise<SignedIn | "pending"> {
    const nowMs = this.#clock.now();
    const id = secretId(deviceCode);
    const device = await readDocument<Device>(this.#store, "device", id, nowMs);
    if (device === undefined) throw new LoginError("LOGIN_UNKNOWN", "this login is over: run gate login again");
    if (device.signedIn === undefined) return "pending";
    const taken = await takeDocument<Device>(this.#store, "device", id, nowMs);
    if (taken?.signedIn === undefined) throw new LoginError("LOGIN_UNKNOWN", "this login was used already");
    return taken.signedIn;
  }
}

/** No vowels: codes spell no words. */
const CONSONANTS = "BCDFGHJKLMNPQRSTVWXZ";
