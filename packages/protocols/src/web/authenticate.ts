/**
 * Is a request from the job that the endpoint belongs to? Pure. RFC 7617 (Basic), RFC 6750 (Bearer).
 *
 * The gate holds the SHA-256 of the endpoint's secret only. The secret has at least 128 random bits, so a plain hash
 * is enough; comparisons take the same time whatever differs.
 */
import { timingSafeEqual } from "node:crypto";
import { sha256Hex } from "@gate/base";
import type { Endpoint } from "@gate/contract";
import type { HeaderList } from "./header-hygiene.ts";

export type Authentication =
  /** `authorizationIsOurs`: Authorization held the endpoint's secret, so nobody else may see it. */
  { readonly ok: true; readonly authorizationIsOurs: boolean } | { readonly ok: false; readonly offered: boolean };

/** The secret may come as Basic, Bearer, `Proxy-Authorization` or `Gate-Endpoint`. */
export function authenticate(endpoint: Endpoint, headers: HeaderList): Authentication {
  let ok = false;
  let offered = false;
  let authorizationIsOurs = false;
  for (const [name, value] of headers) {
    const secret = name === "gate-endpoint" ? value.trim() : CARRIERS.has(name) ? secretOf(value, endpoint.user) : "";
    if (secret === "") continue;
    offered = true;
    if (endpoint.secretSha256 === undefined || !sameDigest(sha256Hex(secret), endpoint.secretSha256)) continue;
    ok = true;
    if (name === "authorization") authorizationIsOurs = true;
  }
  return ok ? { ok, authorizationIsOurs } : { ok: false, offered };
}

/** What asks clients for the endpoint's password. */
export const CHALLENGE = 'Basic realm="gate", charset="UTF-8"';

/** Both are SHA-256 in hexadecimal digits. */
function sameDigest(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function secretOf(value: string, user: string): string {
  const match = /^(basic|bearer) +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(value);
  if (match?.[1] === undefined || match[2] === undefined) return "";
  if (match[1].toLowerCase() === "bearer") return match[2];
  const text = Buffer.from(match[2], "base64").toString("utf8");
  return text.startsWith(`${user}:`) ? text.slice(user.length + 1) : "";
}

const CARRIERS = new Set(["authorization", "proxy-authorization"]);
