/** Reads the trust rules: which subject tokens may be exchanged, and for which grants. Pure. */
import type { TrustRule } from "@gate/contract";
import { suggestion } from "./nearest.ts";
import { readDuration, readEntries, readObject, readOneOrMore, readString, readText } from "./reader.ts";
import { readNamed } from "./sections.ts";
import type { Problems, YamlNode } from "./yaml.ts";

export interface TrustContext {
  readonly problems: Problems;
  /** Alias → URL. */
  /** Undefined: aliases are not resolved. */
  readonly issuers: ReadonlyMap<string, string> | undefined;
  readonly grants: readonly string[];
}

export function readTrust(context: TrustContext, node: YamlNode | undefined): readonly TrustRule[] {
  const named = readNamed(context.problems, node, "trust", (value, name) => readTrustRule(context, value, name));
  return [...named.values()].filter((rule) => rule !== undefined);
}

function readTrustRule(context: TrustContext, node: YamlNode, name: string): TrustRule | undefined {
  const { problems } = context;
  const view = readObject(problems, node, {
    what: "a trust rule",
    keys: ["issuer", "audience", "claims", "session", "grants"],
    required: ["issuer", "audience", "claims", "grants"],
  });
  if (view === undefined) return undefined;
  const part = <T>(key: "issuer" | "audience" | "claims" | "grants", read: (value: YamlNode) => T): T | undefined => {
    const value = view.get(key);
    return value && read(value);
  };
  const issuer = part("issuer", (value) => readIssuer(context, value));
  const audience = part("audience", (value) =>
    readOneOrMore(problems, value, "`audience`", (item) => readString(problems, item, "`audience`")),
  );
  const claims = part("claims", (value) => readClaims(problems, value));
  const grants = part("grants", (value) => readGrantNames(context, value));
  const times = readSession(problems, view.get("session"));
  if (issuer === undefined || audience === undefined || claims === undefined || grants === undefined) return undefined;
  return { name, issuer, audience, claims, ...times, grants };
}

function readIssuer({ problems, issuers }: TrustContext, node: YamlNode): string | undefined {
  const text = readString(problems, node, "`issuer`");
  if (text === undefined) return undefined;
  if (issuers === undefined) return text;
  const known = issuers.get(text);
  if (known !== undefined) return known;
  if (!text.includes("://")) {
    problems.add(
      node,
      `there is no issuer \`${text}\`${suggestion(text, [...issuers.keys()])}, or write its https URL`,
    );
    return undefined;
  }
  if (isSafeUrl(text)) return text;
  problems.add(
    node,
    "`issuer` must be an https URL (http only on a loopback address), without user, query or fragment",
  );
  return undefined;
}

function readClaims(problems: Problems, node: YamlNode): Readonly<Record<string, readonly string[]>> | undefined {
  const entries = readEntries(problems, node, "`claims`");
  if (entries === undefined) return undefined;
  if (node.type === "map" && !node.entries.has("event_name")) {
    problems.add(
      node,
      "`claims` needs `event_name`, as in `event_name: [push]`: pull requests of strangers have tokens",
    );
  }
  // No prototype: a claim may be called anything.
  const claims = Object.create(null) as Record<string, readonly string[]>;
  for (const { key, value } of entries) {
    const what = `the claim \`${key}\``;
    const globs = readOneOrMore(problems, value, what, (item) => readText(problems, item, what));
    if (globs !== undefined) claims[key] = globs;
  }
  return claims;
}

function readGrantNames({ problems, grants }: TrustContext, node: YamlNode): readonly string[] | undefined {
  const names = readOneOrMore(problems, node, "`grants`", (item) => {
    const name = readString(problems, item, "a grant");
    if (name === undefined || grants.includes(name)) return name;
    problems.add(item, `there is no grant \`${name}\`${suggestion(name, grants)}`);
    return undefined;
  });
  return names && [...new Set(names)];
}

function readSession(problems: Problems, node: YamlNode | undefined): { ttlMs: number; maxTtlMs: number } {
  const view = node && readObject(problems, node, { what: "`session`", keys: ["ttl", "max_ttl"] });
  const ttlNode = view?.get("ttl");
  const maxNode = view?.get("max_ttl");
  const ttlMs = (ttlNode && readDuration(problems, ttlNode, "`ttl`", SESSION_MS_MAX)) ?? SESSION_TTL_MS;
  const max = maxNode && readDuration(problems, maxNode, "`max_ttl`", SESSION_MS_MAX);
  if (maxNode !== undefined && max !== undefined && max < ttlMs) {
    problems.add(maxNode, "`max_ttl` is shorter than `ttl`; make it at least as long");
  }
  return { ttlMs, maxTtlMs: max ?? Math.max(ttlMs, SESSION_MAX_TTL_MS) };
}

/** True for https, and for http on a loopback address; without anything that an issuer or gateway URL never has. */
export function isSafeUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== "" || url.password !== "" || url.hash !== "" || url.search !== "")
    return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
}

/** True for `localhost`, 127.0.0.0/8 and ::1, as a URL's hostname gives them. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" || hostname === "[::1]" || hostname === "::1" || /^127(?:\.[0-9]{1,3}){3}$/.test(hostname)
  );
}

/** How long a session lives when the trust rule does not say, and how long renewals can keep it alive. */
const SESSION_TTL_MS = 20 * 60_000;
const SESSION_MAX_TTL_MS = 2 * 3_600_000;

/** Longest life of a session, with all its renewals. */
export const SESSION_MS_MAX = 5 * 24 * 3_600_000;
