/**
 * SFTP version 3 (draft-ietf-secsh-filexfer-02) with OpenSSH's extensions (its PROTOCOL file, §4): packets out of a
 * stream, requests out of packets, and the few packets that gate writes itself. Pure.
 *
 * A request is read to its last byte; more bytes, or fewer, are refused: the server could read them differently.
 */
import { decodeUtf8 } from "@gate/base";
import { SshError } from "./errors.ts";

/** Cuts a stream into packets (type byte first), whatever the chunking. */
export class PacketReader {
  #head = Buffer.alloc(4);
  #headBytes = 0;
  #body: Buffer | undefined;
  #bodyBytes = 0;

  /** @throws {SshError} PACKET_TOO_LARGE, PACKET_MALFORMED. */
  push(chunk: Uint8Array, onPacket: (packet: Buffer) => void): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let at = 0;
    while (at < bytes.length) {
      if (this.#body === undefined) {
        if (this.#headBytes === 0 && bytes.length - at >= 4) {
          // A whole packet in one chunk is not copied.
          const length = checkLength(bytes.readUInt32BE(at));
          if (bytes.length - at - 4 >= length) {
            onPacket(bytes.subarray(at + 4, at + 4 + length));
            at += 4 + length;
            continue;
          }
        }
        const taken = bytes.copy(this.#head, this.#headBytes, at, at + 4 - this.#headBytes);
        this.#headBytes += taken;
        at += taken;
        if (this.#headBytes < 4) return;
        this.#body = Buffer.allocUnsafe(checkLength(this.#head.readUInt32BE(0)));
        this.#bodyBytes = 0;
      }
      const taken = bytes.copy(this.#body, this.#bodyBytes, at);
      this.#bodyBytes += taken;
      at += taken;
      if (this.#bodyBytes === this.#body.length) {
        const packet = this.#body;
        this.#body = undefined;
        this.#headBytes = 0;
        onPacket(packet);
      }
    }
  }
}

export type Request =
  | { readonly kind: "init"; readonly version: number }
  | { readonly kind: "open"; readonly id: number; readonly path: string; readonly flags: number; readonly attrs: Attrs }
  | { readonly kind: "close" | "readdir" | "fstat"; readonly id: number; readonly handle: string }
  | {
      readonly kind: "read";
      readonly id: number;
      readonly handle: string;
      readonly offset: bigint;
      readonly length: number;
    }
  | {
      readonly kind: "write";
      readonly id: number;
      readonly handle: string;
      readonly offset: bigint;
      readonly data: Buffer;
    }
  | { readonly kind: PathKind; readonly id: number; readonly path: string }
  | { readonly kind: "mkdir" | "setstat"; readonly id: number; readonly path: string; readonly attrs: Attrs }
  | { readonly kind: "fsetstat"; readonly id: number; readonly handle: string; readonly attrs: Attrs }
  | { readonly kind: "rename" | "symlink"; readonly id: number; readonly from: string; readonly to: string }
  | { readonly kind: "extended"; readonly id: number; readonly extension: Extension };

export type PathKind = "lstat" | "stat" | "opendir" | "remove" | "rmdir" | "realpath" | "readlink";

export type Extension =
  | { readonly name: "posix-rename@openssh.com" | "hardlink@openssh.com"; readonly from: string; readonly to: string }
  | { readonly name: "statvfs@openssh.com" | "expand-path@openssh.com"; readonly path: string }
  | { readonly name: "fstatvfs@openssh.com" | "fsync@openssh.com"; readonly handle: string }
  | { readonly name: "lsetstat@openssh.com"; readonly path: string; readonly attrs: Attrs }
  | { readonly name: "limits@openssh.com" }
  | {
      readonly name: "copy-data";
      readonly handle: string;
      readonly offset: bigint;
      readonly length: bigint;
      readonly toHandle: string;
      readonly toOffset: bigint;
    }
  | { readonly name: "unknown"; readonly given: string };

/** The bytes as they came, and what policy must know of them. */
export interface Attrs {
  readonly bytes: Buffer;
  /** It sets the size: that changes content. */
  readonly size: boolean;
}

/** The extensions that are understood; the server's others are not announced to the client. */
export const EXTENSIONS: readonly string[] = [
  "posix-rename@openssh.com",
  "hardlink@openssh.com",
  "statvfs@openssh.com",
  "fstatvfs@openssh.com",
  "fsync@openssh.com",
  "lsetstat@openssh.com",
  "limits@openssh.com",
  "expand-path@openssh.com",
  "copy-data",
];

/** @throws {SshError} PACKET_MALFORMED. */
export function readRequest(packet: Buffer): Request {
  const reader = new Fields(packet);
  const type = reader.byte();
  if (type === TYPE.INIT) {
    const version = reader.uint32();
    // Version 3 clients may name extensions; nothing depends on them.
    while (reader.left > 0) {
      reader.blob();
      reader.blob();
    }
    return { kind: "init", version };
  }
  const id = reader.uint32();
  const request = readBody(type, id, reader);
  reader.end();
  return request;
}

function readBody(type: number, id: number, reader: Fields): Request {
  switch (type) {
    case TYPE.OPEN:
      return { kind: "open", id, path: reader.text(), flags: reader.uint32(), attrs: reader.attrs() };
    case TYPE.CLOSE:
      return { kind: "close", id, handle: reader.handle() };
    case TYPE.READ:
      return { kind: "read", id, handle: reader.handle(), offset: reader.uint64(), length: reader.uint32() };
    case TYPE.WRITE:
      return { kind: "write", id, handle: reader.handle(), offset: reader.uint64(), data: reader.blob() };
    case TYPE.LSTAT:
      return { kind: "lstat", id, path: reader.text() };
    case TYPE.FSTAT:
      return { kind: "fstat", id, handle: reader.handle() };
    case TYPE.SETSTAT:
      return { kind: "setstat", id, path: reader.text(), attrs: reader.attrs() };
    case TYPE.FSETSTAT:
      return { kind: "fsetstat", id, handle: reader.handle(), attrs: reader.attrs() };
    case TYPE.OPENDIR:
      return { kind: "opendir", id, path: reader.text() };
    case TYPE.READDIR:
      return { kind: "readdir", id, handle: reader.handle() };
    case TYPE.REMOVE:
      return { kind: "remove", id, path: reader.text() };
    case TYPE.MKDIR:
      return { kind: "mkdir", id, path: reader.text(), attrs: reader.attrs() };
    case TYPE.RMDIR:
      return { kind: "rmdir", id, path: reader.text() };
    case TYPE.REALPATH:
      return { kind: "realpath", id, path: reader.text() };
    case TYPE.STAT:
      return { kind: "stat", id, path: reader.text() };
    case TYPE.RENAME:
      return { kind: "rename", id, from: reader.text(), to: reader.text() };
    case TYPE.READLINK:
      return { kind: "readlink", id, path: reader.text() };
    case TYPE.SYMLINK:
      return { kind: "symlink", id, from: reader.text(), to: reader.text() };
    case TYPE.EXTENDED:
      return { kind: "extended", id, extension: readExtension(reader) };
    default:
      throw malformed("a request of an unknown type");
  }
}

function readExtension(reader: Fields): Extension {
  const name = reader.text();
  switch (name) {
    case "posix-rename@openssh.com":
    case "hardlink@openssh.com":
      return { name, from: reader.text(), to: reader.text() };
    case "statvfs@openssh.com":
    case "expand-path@openssh.com":
      return { name, path: reader.text() };
    case "fstatvfs@openssh.com":
    case "fsync@openssh.com":
      return { name, handle: reader.handle() };
    case "lsetstat@openssh.com":
      return { name, path: reader.text(), attrs: reader.attrs() };
    case "limits@openssh.com":
      return { name };
    case "copy-data":
      return {
        name,
        handle: reader.handle(),
        offset: reader.uint64(),
        length: reader.uint64(),
        toHandle: reader.handle(),
        toOffset: reader.uint64(),
      };
    default:
      reader.rest();
      return { name: "unknown", given: name };
  }
}

/** A server's packet: its type, its id, and the fields that matter here. */
export type Response =
  | { readonly kind: "version"; readonly version: number; readonly extensions: readonly (readonly [string, Buffer])[] }
  | { readonly kind: "status"; readonly id: number; readonly code: number }
  | { readonly kind: "handle"; readonly id: number; readonly handle: string }
  | { readonly kind: "data"; readonly id: number; readonly data: Buffer }
  /** `first` is the first name of the list, as in the answer to REALPATH and READLINK; undefined when it is not UTF-8. */
  | { readonly kind: "name"; readonly id: number; readonly count: number; readonly first: string | undefined }
  | { readonly kind: "attrs" | "extended"; readonly id: number };

/** @throws {SshError} PACKET_MALFORMED. */
export function readResponse(packet: Buffer): Response {
  const reader = new Fields(packet);
  const type = reader.byte();
  if (type === TYPE.VERSION) {
    const version = reader.uint32();
    const extensions: [string, Buffer][] = [];
    while (reader.left > 0) extensions.push([reader.text(), reader.blob()]);
    return { kind: "version", version, extensions };
  }
  const id = reader.uint32();
  switch (type) {
    case TYPE.STATUS:
      return { kind: "status", id, code: reader.uint32() };
    case TYPE.HANDLE:
      return { kind: "handle", id, handle: reader.handle() };
    case TYPE.DATA:
      return { kind: "data", id, data: reader.blob() };
    case TYPE.NAME: {
      const count = reader.uint32();
      return { kind: "name", id, count, first: count === 0 ? undefined : textOrNothing(reader.blob()) };
    }
    case TYPE.ATTRS:
      return { kind: "attrs", id };
    case TYPE.EXTENDED_REPLY:
      return { kind: "extended", id };
    default:
      throw malformed("an answer of an unknown type");
  }
}

/** A packet with this id instead of its own; the rest is the same bytes. */
export function withId(packet: Buffer, id: number): Buffer {
  const framed = Buffer.allocUnsafe(4 + packet.length);
  framed.writeUInt32BE(packet.length, 0);
  packet.copy(framed, 4);
  framed.writeUInt32BE(id, 5);
  return framed;
}

/** Frames a packet as it is. */
export function frame(packet: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(4 + packet.length);
  framed.writeUInt32BE(packet.length, 0);
  packet.copy(framed, 4);
  return framed;
}

/** A request of one or two paths, with the attributes or flags that follow them. */
export function pathRequest(type: number, id: number, paths: readonly string[], tail: Buffer = EMPTY): Buffer {
  return frame(Buffer.concat([Buffer.from([type]), uint32(id), ...paths.map(string), tail]));
}

export function extendedRequest(id: number, name: string, paths: readonly string[], tail: Buffer = EMPTY): Buffer {
  return pathRequest(TYPE.EXTENDED, id, [name, ...paths], tail);
}

export function openTail(flags: number, attrs: Attrs): Buffer {
  return Buffer.concat([uint32(flags), attrs.bytes]);
}

export function initPacket(): Buffer {
  return frame(Buffer.concat([Buffer.from([TYPE.INIT]), uint32(VERSION)]));
}

export function versionPacket(extensions: readonly (readonly [string, Buffer])[]): Buffer {
  const pairs = extensions.flatMap(([name, data]) => [string(name), string(data)]);
  return frame(Buffer.concat([Buffer.from([TYPE.VERSION]), uint32(VERSION), ...pairs]));
}

export function statusPacket(id: number, code: number, message: string): Buffer {
  return frame(Buffer.concat([Buffer.from([TYPE.STATUS]), uint32(id), uint32(code), string(message), string("en")]));
}

export const TYPE = {
  INIT: 1,
  VERSION: 2,
  OPEN: 3,
  CLOSE: 4,
  READ: 5,
  WRITE: 6,
  LSTAT: 7,
  FSTAT: 8,
  SETSTAT: 9,
  FSETSTAT: 10,
  OPENDIR: 11,
  READDIR: 12,
  REMOVE: 13,
  MKDIR: 14,
  RMDIR: 15,
  REALPATH: 16,
  STAT: 17,
  RENAME: 18,
  READLINK: 19,
  SYMLINK: 20,
  STATUS: 101,
  HANDLE: 102,
  DATA: 103,
  NAME: 104,
  ATTRS: 105,
  EXTENDED: 200,
  EXTENDED_REPLY: 201,
} as const;

export const STATUS = {
  OK: 0,
  EOF: 1,
  NO_SUCH_FILE: 2,
  PERMISSION_DENIED: 3,
  FAILURE: 4,
  BAD_MESSAGE: 5,
  OP_UNSUPPORTED: 8,
} as const;

export const OPEN = { READ: 1, WRITE: 2, APPEND: 4, CREAT: 8, TRUNC: 16, EXCL: 32 } as const;

class Fields {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.#take(1)[0] ?? 0;
  }

  uint32(): number {
    return this.#take(4).readUInt32BE(0);
  }

  uint64(): bigint {
    return this.#take(8).readBigUInt64BE(0);
  }

  blob(): Buffer {
    return this.#take(this.uint32());
  }

  /** A path or a name: UTF-8 without NUL, because another reading of the bytes would be another file. */
  text(): string {
    const bytes = this.blob();
    if (bytes.length > PATH_BYTES_MAX) throw malformed("a path is too long");
    const text = textOrNothing(bytes);
    if (text === undefined || text.includes("\0")) throw malformed("a path is not UTF-8, or holds a NUL");
    return text;
  }

  handle(): string {
    const bytes = this.blob();
    if (bytes.length === 0 || bytes.length > HANDLE_BYTES_MAX) throw malformed("a handle has a length of its own");
    return bytes.toString("latin1");
  }

  attrs(): Attrs {
    const start = this.#at;
    const flags = this.uint32();
    if ((flags & ~ATTR_KNOWN) !== 0) throw malformed("attributes of an unknown kind");
    if ((flags & ATTR.SIZE) !== 0) this.#take(8);
    if ((flags & ATTR.OWNER) !== 0) this.#take(8);
    if ((flags & ATTR.PERMISSIONS) !== 0) this.#take(4);
    if ((flags & ATTR.TIMES) !== 0) this.#take(8);
    if ((flags & ATTR.EXTENDED) !== 0) {
      const pairs = this.uint32();
      if (pairs > PAIRS_MAX) throw malformed("too many extended attributes");
      for (let pair = 0; pair < pairs * 2; pair += 1) this.blob();
    }
    return { bytes: this.#bytes.subarray(start, this.#at), size: (flags & ATTR.SIZE) !== 0 };
  }

  rest(): void {
    this.#at = this.#bytes.length;
  }

  end(): void {
    if (this.left !== 0) throw malformed("bytes after the end of a request");
  }

  #take(length: number): Buffer {
    if (length > this.left) throw malformed("a packet that ends early");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

function checkLength(length: number): number {
  if (length === 0) throw malformed("an empty packet");
  if (length > PACKET_BYTES_MAX) {
    throw new SshError("peer-wrong", "PACKET_TOO_LARGE", `an SFTP packet is larger than ${PACKET_BYTES_MAX} bytes`);
  }
  return length;
}

function textOrNothing(bytes: Buffer): string | undefined {
  try {
    return decodeUtf8(bytes);
  } catch {
    return undefined;
  }
}

function string(value: string | Buffer): Buffer {
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function malformed(what: string): SshError {
  return new SshError("peer-wrong", "PACKET_MALFORMED", `malformed SFTP: ${what}`);
}

const VERSION = 3;
const EMPTY = Buffer.alloc(0);
const ATTR = { SIZE: 1, OWNER: 2, PERMISSIONS: 4, TIMES: 8, EXTENDED: 0x8000_0000 | 0 } as const;
const ATTR_KNOWN = ATTR.SIZE | ATTR.OWNER | ATTR.PERMISSIONS | ATTR.TIMES | ATTR.EXTENDED;
/** Bytes of one SFTP packet, as OpenSSH has it (SFTP_MAX_MSG_LENGTH). */
export const PACKET_BYTES_MAX = 256 * 1024;
/** Bytes of one path. */
const PATH_BYTES_MAX = 4_096;
/** Bytes of a handle (draft-ietf-secsh-filexfer-02 §6.3). */
const HANDLE_BYTES_MAX = 256;
/** Extended attributes of one file. */
const PAIRS_MAX = 64;
