/**
 * What an SFTP request does, as policy sees it: its operations, the canonical paths, and the request that is sent in
 * its place, in which the canonical paths stand. Pure over the path server that it is given.
 */
import { sha256Hex } from "@gate/base";
import type { Command } from "@gate/contract";
import { sftpFacts } from "./classify.ts";
import { dischargeOpaque } from "./connection.ts";
import { resolveEntry, resolveLinkText, resolveTarget, type PathServer, type Resolved } from "./sftp-paths.ts";
import {
  extendedRequest,
  OPEN,
  openTail,
  pathRequest,
  TYPE,
  type Attrs,
  type Extension,
  type Request,
} from "./sftp-wire.ts";

export interface Operation {
  readonly operations: readonly string[];
  readonly paths: readonly Resolved[];
  /** More of the request that a person must know: flags, the text of a link. */
  readonly note?: string;
  /** The request for the target. A path that is not known stands as the client gave it; policy then never allows it. */
  readonly packet: Buffer;
  /** How a handle that comes back is used. */
  readonly opens?: { readonly directory: boolean; readonly readable: boolean; readonly writable: boolean };
}

type PathRequest = Extract<Request, { readonly path: string } | { readonly from: string }>;

/** A request that names paths. `id` is the one that it has towards the target. */
export async function operationOf(server: PathServer, request: PathRequest, id: number): Promise<Operation> {
  switch (request.kind) {
    case "open":
      return openOperation(await resolveTarget(server, request.path), request, id);
    case "opendir":
      return {
        ...one("list", await resolveTarget(server, request.path), TYPE.OPENDIR, id),
        opens: { directory: true, readable: true, writable: false },
      };
    case "stat":
      return one("stat", await resolveTarget(server, request.path), TYPE.STAT, id);
    case "lstat":
      return one("stat", await resolveEntry(server, request.path), TYPE.LSTAT, id);
    case "realpath":
      return one("realpath", await resolveTarget(server, request.path === "" ? "." : request.path), TYPE.REALPATH, id);
    case "readlink":
      return one("readlink", await resolveEntry(server, request.path), TYPE.READLINK, id);
    case "remove":
      return one("remove", await resolveEntry(server, request.path), TYPE.REMOVE, id);
    case "rmdir":
      return one("rmdir", await resolveEntry(server, request.path), TYPE.RMDIR, id);
    case "mkdir":
      return one("mkdir", await resolveEntry(server, request.path), TYPE.MKDIR, id, request.attrs.bytes);
    case "setstat": {
      const path = await resolveTarget(server, request.path);
      const made = one("setstat", path, TYPE.SETSTAT, id, request.attrs.bytes);
      return { ...made, operations: setstatOperations(request.attrs), note: hexOf(request.attrs.bytes) };
    }
    case "rename": {
      const paths = [await resolveEntry(server, request.from), await resolveEntry(server, request.to)];
      return several(["rename"], paths, (names) => pathRequest(TYPE.RENAME, id, names));
    }
    case "symlink": {
      // OpenSSH's order: the link's text first, then where the link is made.
      const link = await resolveEntry(server, request.to);
      const led = link.ok ? await resolveLinkText(server, link.path, request.from) : link;
      const made = several(["symlink"], [led, link], ([, at]) =>
        pathRequest(TYPE.SYMLINK, id, [request.from, at ?? ""]),
      );
      return { ...made, note: request.from };
    }
  }
}

/** An extension that names paths; undefined for one that does not. */
export async function extensionOperation(
  server: PathServer,
  extension: Extension,
  id: number,
): Promise<Operation | undefined> {
  switch (extension.name) {
    case "posix-rename@openssh.com":
    case "hardlink@openssh.com": {
      const paths = [await resolveEntry(server, extension.from), await resolveEntry(server, extension.to)];
      const operation = extension.name === "hardlink@openssh.com" ? "link" : "rename";
      return several([operation], paths, (names) => extendedRequest(id, extension.name, names));
    }
    case "statvfs@openssh.com":
      return several(["stat"], [await resolveTarget(server, extension.path)], (names) =>
        extendedRequest(id, extension.name, names),
      );
    case "lsetstat@openssh.com": {
      const made = several([], [await resolveEntry(server, extension.path)], (names) =>
        extendedRequest(id, extension.name, names, extension.attrs.bytes),
      );
      return { ...made, operations: setstatOperations(extension.attrs), note: hexOf(extension.attrs.bytes) };
    }
    case "expand-path@openssh.com": {
      // `~` and `~user` are the target's to resolve; the answer is no more than REALPATH's.
      const made = several(["realpath"], [await server.expand(extension.path)], () =>
        extendedRequest(id, extension.name, [extension.path]),
      );
      return { ...made, note: extension.path };
    }
    case "fstatvfs@openssh.com":
    case "fsync@openssh.com":
    case "limits@openssh.com":
    case "copy-data":
    case "unknown":
      return undefined;
  }
}

/** `what` for people, and everything that decides in the digest. */
export function commandOf(operation: Operation): Command {
  const known = operation.paths.filter((path) => path.ok).map((path) => path.path);
  const unresolved = operation.paths.find((path) => !path.ok);
  const note = operation.note === undefined ? "" : ` (${operation.note})`;
  const shows = operation.operations.some((name) => name === "read" || name === "list");
  return {
    kind: "sftp",
    text: `sftp ${operation.operations.join("+")} ${operation.paths.map(nameOf).join(" ")}${note}`,
    // All of the request but its number, which differs each time.
    digest: () => sha256Hex(Buffer.concat([operation.packet.subarray(4, 5), operation.packet.subarray(9)])),
    facts: sftpFacts({
      operations: operation.operations,
      paths: known,
      ...(unresolved === undefined ? {} : { unresolved: unresolved.reason }),
    }),
    ...(shows ? { cannotDischarge: dischargeOpaque("files and listings") } : {}),
  };
}

/** FSETSTAT on an open file of this path; `packet` is the client's own, with another number. */
export function handleOperation(path: string, attrs: Attrs, packet: Buffer): Operation {
  return { operations: setstatOperations(attrs), paths: [{ ok: true, path }], note: hexOf(attrs.bytes), packet };
}

function setstatOperations(attrs: Attrs): string[] {
  return attrs.size ? ["setstat", "write"] : ["setstat"];
}

/**
 * What OpenSSH's server makes of the flags: without WRITE it opens for reading, whatever else is asked; CREAT and TRUNC
 * change the file also then.
 */
function openOperation(path: Resolved, request: Extract<Request, { kind: "open" }>, id: number): Operation {
  const { flags, attrs } = request;
  const writable = (flags & OPEN.WRITE) !== 0;
  const readable = (flags & OPEN.READ) !== 0 || !writable;
  const changes = writable || (flags & (OPEN.CREAT | OPEN.TRUNC | OPEN.APPEND)) !== 0;
  const made = one("read", path, TYPE.OPEN, id, openTail(flags, attrs));
  return {
    ...made,
    operations: [...(readable ? ["read"] : []), ...(changes ? ["write"] : [])],
    note: `flags ${flags}, attributes ${hexOf(attrs.bytes)}`,
    opens: { directory: false, readable, writable },
  };
}

function one(operation: string, path: Resolved, type: number, id: number, tail?: Buffer): Operation {
  return several([operation], [path], (names) => pathRequest(type, id, names, tail));
}

function several(
  operations: readonly string[],
  paths: readonly Resolved[],
  write: (paths: readonly string[]) => Buffer,
): Operation {
  return { operations, paths, packet: write(paths.map(nameOf)) };
}

function nameOf(path: Resolved): string {
  return path.ok ? path.path : path.given;
}

function hexOf(bytes: Buffer): string {
  return bytes.toString("hex").slice(0, NOTE_CHARS_MAX);
}

/** Characters of attributes in a command's text. */
const NOTE_CHARS_MAX = 256;
