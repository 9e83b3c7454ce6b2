/** Reads an http target of gateway.yaml, after its secrets were resolved. Pure. */
import { readWebTarget, targetKeys, WEB_TARGET_KEYS, type WebTarget } from "../web/target.ts";

export interface HttpTarget extends WebTarget {
  /** Does the client's own Authorization go to the target? Never what authenticates it to the gate. */
  readonly forwardAuthorization: boolean;
}

/** @throws {WebError} TARGET_INVALID naming the key and what to write instead. */
export function parseTarget(input: Readonly<Record<string, unknown>>): HttpTarget {
  const own = ["forward_authorization"];
  const target = readWebTarget(input, "http", own);
  const forwardAuthorization = targetKeys(input, "", [...WEB_TARGET_KEYS, ...own]).flag("forward_authorization");
  return { ...target, forwardAuthorization: forwardAuthorization ?? false };
}
