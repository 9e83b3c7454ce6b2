/** Pinned host keys: fingerprints, public lines and known_hosts files (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). Pure. */
import { createHmac } from "node:crypto";
import { fingerprintOf, parsePublicLine } from "./keys.ts";

export interface PinnedKey {
  readonly fingerprint: string;
  /** Unknown for a bare fingerprint. */
  readonly type?: string;
}

/** `SHA256:…` or a public line. */
export function parseHostKey(written: string): PinnedKey | undefined {
  if (/^SHA256:[A-Za-z0-9+/]{43}=?$/u.test(written)) return { fingerprint: written.replace(/=$/u, "") };
  const key = parsePublicLine(written);
  return key === undefined ? undefined : { fingerprint: fingerprintOf(key.blob), type: key.type };
}

/**
 * The keys of one address in a known_hosts file. Lines with a marker (`@revoked`, `@cert-authority`) are no keys of a
 * host; a revoked key counts for nothing, whatever other lines say.
 */
export function parseKnownHosts(file: string, host: string, port: number): { type: string; blob: Buffer }[] {
  const names = port === 22 ? [host.toLowerCase(), `[${host.toLowerCase()}]:22`] : [`[${host.toLowerCase()}]:${port}`];
  const found: { type: string; blob: Buffer }[] = [];
  const revoked = new Set<string>();
  const lines = file.split(/\r?\n/u);
  // Cut short, it could lose the line that revokes a key.
  if (lines.length > LINES_MAX) return [];
  for (const line of lines) {
    if (/^\s*(?:#|$)/u.test(line)) continue;
    const marker = /^@([a-z-]+)[ \t]+/u.exec(line.trim());
    const rest = marker === null ? line.trim() : line.trim().slice(marker[0].length);
    const space = rest.search(/[ \t]/u);
    const key = space === -1 ? undefined : parsePublicLine(rest.slice(space + 1));
    if (key === undefined || !covers(rest.slice(0, space), names)) continue;
    if (marker === null) found.push(key);
    else if (marker[1] === "revoked") revoked.add(fingerprintOf(key.blob));
  }
  return found.filter(({ blob }) => !revoked.has(fingerprintOf(blob)));
}

function covers(patterns: string, names: readonly string[]): boolean {
  if (patterns.startsWith("|1|")) {
    const [, , salt, digest] = patterns.split("|");
    return names.some(
      (name) =>
        createHmac("sha1", Buffer.from(salt ?? "", "base64"))
          .update(name)
          .digest("base64") === digest,
    );
  }
  let covered = false;
  for (const pattern of patterns.toLowerCase().split(",")) {
    const negated = pattern.startsWith("!");
    const glob = negated ? pattern.slice(1) : pattern;
    if (!names.some((name) => matches(glob, name))) continue;
    if (negated) return false;
    covered = true;
  }
  return covered;
}

/** `*` and `?` only; without backtracking over more than one star. */
function matches(glob: string, name: string): boolean {
  let [at, from, star, mark] = [0, 0, -1, 0];
  while (from < name.length) {
    if (glob[at] === "*") {
      star = at;
      mark = from;
      at += 1;
    } else if (glob[at] === "?" || glob[at] === name[from]) {
      at += 1;
      from += 1;
    } else if (star !== -1) {
      at = star + 1;
      mark += 1;
      from = mark;
    } else return false;
  }
  while (glob[at] === "*") at += 1;
  return at === glob.length;
}

/** Lines of a known_hosts file that are read. */
const LINES_MAX = 10_000;
