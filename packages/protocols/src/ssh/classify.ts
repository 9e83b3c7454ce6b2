/** What a request of an SSH client does, as facts of kind "ssh". Pure. */
import { isIPv4, isIPv6 } from "node:net";
import type { Fact, Facts, NoFact, SetFact } from "@gate/contract";
import { parseCommandLine } from "./argv.ts";

/** What came before exec, shell or subsystem on the same channel. */
export interface Setting {
  readonly pty: boolean;
}

/** `ssh host command`. */
export function execFacts(command: string, setting: Setting): Facts {
  const { commands, reason } = parseCommandLine(command);
  return facts("exec", reason, {
    exec: { type: "argv", items: commands, complete: reason === undefined },
    pty: flag(setting.pty),
    shell: flag(false),
  });
}

/** A login shell: what is typed into it is not parsed, only recorded. */
export function shellFacts(setting: Setting): Facts {
  return facts("shell", undefined, { shell: flag(true), pty: flag(setting.pty) });
}

export function subsystemFacts(name: string, setting: Setting): Facts {
  return facts("subsystem", undefined, { subsystem: set([name]), pty: flag(setting.pty), shell: flag(false) });
}

/** A connection that the target shall make: `ssh -L`, ProxyJump through it. */
export function forwardFacts(host: string, port: number): Facts {
  return facts("forward", undefined, { forward: set([hostPort(host, port)]) });
}

/** A port or, as `unix:<path>`, a socket on which the target shall listen: `ssh -R`. */
export function listenFacts(at: string): Facts {
  const plain = !at.startsWith("unix:") || isCanonical(at.slice("unix:".length));
  return facts("listen", plain ? undefined : NOT_CANONICAL, { listen: { ...set([at]), complete: plain } });
}

/** A Unix socket that the target shall connect to. */
export function socketFacts(path: string): Facts {
  const plain = isCanonical(path);
  return facts("socket", plain ? undefined : NOT_CANONICAL, { socket: { ...set([path]), complete: plain } });
}

/** The client's agent, to be used from the target while a program runs there: `ssh -A`. */
export function agentFacts(): Facts {
  return facts("agent", undefined, { agent: flag(true) });
}

/** The client's display likewise: `ssh -X`. */
export function x11Facts(): Facts {
  return facts("x11", undefined, { x11: flag(true) });
}

/** A glob such as `/srv/app/*` would also match `/srv/app/../../run/other`. */
function isCanonical(path: string): boolean {
  return path.startsWith("/") && !/\/\.{0,2}(?:\/|$)/u.test(path);
}

export interface SftpOperation {
  /** `read`, `write`, `stat` …, as policy names them. */
  readonly operations: readonly string[];
  /** Canonical absolute paths; fewer than there are when `unresolved` says why. */
  readonly paths: readonly string[];
  readonly unresolved?: string;
}

export function sftpFacts(operation: SftpOperation): Facts {
  const { operations, paths, unresolved } = operation;
  const made = facts("sftp", unresolved, {
    sftp: set(operations),
    path: { ...set([...new Set(paths)]), complete: unresolved === undefined },
  });
  const harmless = operations.every((name) => HARMLESS.has(name));
  return { ...made, housekeeping: harmless && unresolved === undefined, writes: !operations.every(isReading) };
}

/** `host:port` in one form for each address, so that no other spelling gets around a rule. */
export function hostPort(host: string, port: number): string {
  const name = canonicalHost(host);
  return name.includes(":") ? `[${name}]:${port}` : `${name}:${port}`;
}

/**
 * Numbers as the C library's inet_aton takes them (`127.1`, `0x7f000001`) become dotted quads, IPv6 its shortest form,
 * IPv4 inside IPv6 the IPv4 address; names lose their case and final dot. What a name resolves to only the target knows.
 */
export function canonicalHost(host: string): string {
  const bare = host.replace(/^\[(.*)\]$/u, "$1").toLowerCase();
  if (isIPv6(bare.replace(/%.*$/u, ""))) {
    const address = new URL(`http://[${bare.replace(/%.*$/u, "")}]`).hostname.slice(1, -1);
    const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/u.exec(address);
    if (mapped === null) return address;
    const [high, low] = [Number.parseInt(mapped[1] ?? "", 16), Number.parseInt(mapped[2] ?? "", 16)];
    return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  }
  const name = bare.replace(/\.+$/u, "");
  if (isIPv4(name)) return name;
  return inetAton(name) ?? name;
}

function inetAton(text: string): string | undefined {
  const parts = text.split(".");
  if (parts.length > 4) return undefined;
  const numbers = parts.map((part) => {
    if (/^0x[0-9a-f]{1,8}$/u.test(part)) return Number.parseInt(part.slice(2), 16);
    if (/^0[0-7]{0,11}$/u.test(part)) return Number.parseInt(part, 8);
    return /^[1-9]\d{0,9}$/u.test(part) ? Number(part) : Number.NaN;
  });
  const last = numbers.pop() ?? Number.NaN;
  if (numbers.some((part) => !(part <= 255)) || !(last < 256 ** (4 - numbers.length))) return undefined;
  const value = numbers.reduce((sum, part, index) => sum + part * 256 ** (3 - index), last);
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

function facts(operation: string, unclassified: string | undefined, fields: Readonly<Record<string, Fact>>): Facts {
  return {
    kind: "ssh",
    classified: unclassified === undefined,
    ...(unclassified === undefined ? {} : { unclassifiedReason: unclassified }),
    housekeeping: false,
    writes: true,
    fields: { ...ABSENT, operation: set([operation]), ...fields },
  };
}

function set(names: readonly string[]): SetFact {
  return { type: "set", items: names.map((name) => ({ name })), complete: true };
}

function flag(value: boolean): Fact {
  return { type: "scalar", value };
}

function isReading(name: string): boolean {
  return READING.has(name);
}

const NOT_CANONICAL = "the socket's path is not absolute and canonical";
const NONE: NoFact = { type: "none" };
const ABSENT: Readonly<Record<string, Fact>> = {
  exec: NONE,
  shell: NONE,
  pty: NONE,
  sftp: NONE,
  path: NONE,
  subsystem: NONE,
  forward: NONE,
  listen: NONE,
  socket: NONE,
  agent: NONE,
  x11: NONE,
};
/** What every client asks before it does anything: where it is, and what a name means. */
const HARMLESS = new Set(["realpath"]);
const READING = new Set(["stat", "list", "read", "readlink", "realpath"]);
