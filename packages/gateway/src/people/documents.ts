/** The documents in which the gateway keeps who signed in, read back with care. Touches the store. */
import { sha256Hex } from "@gate/base";
import type { Store } from "@gate/contract";
import type { Person } from "./person.ts";

/** Kinds of documents, and what their ids are. Ids of secrets are their SHA-256: the store holds no secret. */
export type PeopleDocument =
  "person-session" | "person-seen" | "person-token" | "login" | "login-done" | "cli-confirm" | "cli-code" | "device";

export function secretId(secret: string): string {
  return sha256Hex(secret);
}

/** A document that is not over; undefined otherwise. */
export async function readDocument<T>(
  store: Store,
  kind: PeopleDocument,
  id: string,
  nowMs: number,
): Promise<T | undefined> {
  const found = await store.document(kind, id);
  return found === undefined || (found.expiresAtMs ?? Infinity) <= nowMs ? undefined : (found.body as T);
}

/** The same, removed with the read: of two that come with one secret, one gets it. */
export async function takeDocument<T>(
  store: Store,
  kind: PeopleDocument,
  id: string,
  nowMs: number,
): Promise<T | undefined> {
  const found = await store.takeDocument(kind, id);
  return found === undefined || (found.expiresAtMs ?? Infinity) <= nowMs ? undefined : (found.body as T);
}

/** A login under way. */
export interface PendingLogin {
  readonly method: "oidc" | "saml";
  /** SHA-256 of the cookie of the browser that began: another browser cannot finish it. */
  readonly browser: string;
  /** A path of this gateway. */
  readonly returnTo: string;
  readonly nonce?: string;
  readonly verifier?: string;
  /** Present when the `gate` command waits on loopback for the answer. */
  readonly cli?: CliRequest;
}

export interface CliRequest {
  readonly port: number;
  readonly state: string;
  /** base64url of SHA-256 of the verifier that the command keeps (RFC 7636, S256). */
  readonly challenge: string;
}

export interface SignedIn {
  readonly person: Person;
  readonly method: string;
  /** When what comes of it has to end at the latest; undefined: after LOGIN_MS_MAX. */
  readonly untilMs?: number;
}
