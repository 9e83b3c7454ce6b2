/**
 * PostgreSQL frontend/backend protocol 3.x: bodies of messages and the frames that the gate writes itself. Pure.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 *
 * Readers take the body of one message (after type and length), check every length, and refuse trailing bytes.
 */
import { decodeUtf8, GateError } from "@gate/base";

export type WireErrorCode =
  | "WIRE_TRUNCATED" // the body ends before its fields do
  | "WIRE_TRAILING" // bytes after the last field
  | "WIRE_LENGTH" // a length field below 4, negative, or above its bound
  | "WIRE_TYPE" // a message type that has no place here
  | "WIRE_TEXT"; // text that is not UTF-8, or that holds a NUL

/** The peer broke the protocol; the connection ends with SQLSTATE 08P01. */
export class WireError extends GateError {
  readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string) {
    super("peer-wrong", message);
    this.code = code;
  }
}

/** The same bytes with Buffer's methods. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A cursor over one message body, which begins at `offset`. */
export class BodyReader {
  readonly body: Buffer;
  offset: number;

  constructor(body: Uint8Array, offset = 0) {
    this.body = asBuffer(body);
    this.offset = offset;
  }

  /** Bytes up to the next NUL, which is consumed. */
  cstring(): string {
    const { body, offset } = this;
    if (body[offset] === 0) {
      this.offset = offset + 1;
      return "";
    }
    const end = body.indexOf(0, offset);
    if (end < 0) throw new WireError("WIRE_TRUNCATED", "a string has no end");
    this.offset = end + 1;
    const ascii = body.toString("latin1", offset, end);
    if (!NOT_ASCII.test(ascii)) return ascii;
    try {
      return decodeUtf8(body.subarray(offset, end));
    } catch {
      throw new WireError("WIRE_TEXT", "text is not valid UTF-8");
    }
  }

  byte(): number {
    this.#need(1);
    return this.body.readUInt8(this.offset++);
  }

  int16(): number {
    this.#need(2);
    const value = this.body.readInt16BE(this.offset);
    this.offset += 2;
    return value;
  }

  /** A count: an int16 that may not be negative. */
  count(): number {
    const value = this.int16();
    if (value < 0) throw new WireError("WIRE_LENGTH", "a count is negative");
    return value;
  }

  int32(): number {
    this.#need(4);
    const value = this.body.readInt32BE(this.offset);
    this.offset += 4;
    return value;
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  bytes(length: number): Buffer {
    if (length < 0) throw new WireError("WIRE_LENGTH", "a length is negative");
    this.#need(length);
    const value = this.body.subarray(this.offset, this.offset + length);
    this.offset += length;
    return value;
  }

  end(): void {
    if (this.offset !== this.body.length) throw new WireError("WIRE_TRAILING", "bytes after the last field");
  }

  #need(count: number): void {
    if (this.offset + count > this.body.length) throw new WireError("WIRE_TRUNCATED", "the message is too short");
  }
}

/**
 * Reads a Query body: one NUL-terminated string and nothing after it.
 * @returns undefined when a NUL stands inside: the server would stop reading there, and nobody may judge half a text.
 */
export function readQuery(body: Uint8Array, offset = 0): string | undefined {
  const end = body.indexOf(0, offset);
  if (end < 0) throw new WireError("WIRE_TRUNCATED", "a Query has no end");
  if (end !== body.length - 1) return undefined;
  return new BodyReader(body, offset).cstring();
}

export interface ParseMessage {
  readonly name: string;
  readonly text: string;
  readonly typeOids: readonly number[];
}

export function readParse(body: Uint8Array, offset = 0): ParseMessage {
  const reader = new BodyReader(body, offset);
  const name = reader.cstring();
  const text = reader.cstring();
  const typeOids: number[] = [];
  const count = reader.count();
  for (let index = 0; index < count; index++) typeOids.push(reader.uint32());
  reader.end();
  return { name, text, typeOids };
}

export interface BindMessage {
  readonly portal: string;
  readonly statement: string;
  /** Where in the bytes given the parts begin that decide what is executed: formats, values, result formats. */
  readonly restOffset: number;
}

/** Reads the two names at the front of a Bind, which begins at `offset`; the rest is for the server. */
export function readBindHead(body: Uint8Array, offset = 0): BindMessage {
  const reader = new BodyReader(body, offset);
  const portal = reader.cstring();
  const statement = reader.cstring();
  return { portal, statement, restOffset: reader.offset };
}

/** Describe and Close: what kind of thing, and its name. */
export function readTarget(
  body: Uint8Array,
  offset = 0,
): { readonly kind: "statement" | "portal"; readonly name: string } {
  const reader = new BodyReader(body, offset);
  const kind = reader.byte();
  const name = reader.cstring();
  reader.end();
  if (kind === 0x53) return { kind: "statement", name };
  if (kind === 0x50) return { kind: "portal", name };
  throw new WireError("WIRE_TYPE", "neither a statement nor a portal");
}

export function readExecute(body: Uint8Array, offset = 0): { readonly portal: string; readonly maxRows: number } {
  const reader = new BodyReader(body, offset);
  const portal = reader.cstring();
  const maxRows = reader.int32();
  reader.end();
  return { portal, maxRows };
}

export interface FieldDescription {
  readonly name: string;
  readonly tableOid: number;
  readonly attnum: number;
  readonly typeOid: number;
  /** Type modifier (a length, a precision); -1: none. */
  readonly typmod: number;
  readonly format: 0 | 1;
}

export function readRowDescription(body: Uint8Array): readonly FieldDescription[] {
  const reader = new BodyReader(body);
  const count = reader.count();
  const fields: FieldDescription[] = [];
  for (let index = 0; index < count; index++) {
    const name = reader.cstring();
    const tableOid = reader.uint32();
    const attnum = reader.int16();
    const typeOid = reader.uint32();
    reader.int16(); // type size
    const typmod = reader.int32();
    const format = reader.int16();
    if (format !== 0 && format !== 1) throw new WireError("WIRE_TYPE", "an unknown column format");
    fields.push({ name, tableOid, attnum, typeOid, typmod, format });
  }
  reader.end();
  return fields;
}

/** Fields of an ErrorResponse or NoticeResponse by their one-letter codes. */
export function readFields(body: Uint8Array): ReadonlyMap<string, string> {
  const reader = new BodyReader(body);
  const fields = new Map<string, string>();
  for (;;) {
    const code = reader.byte();
    if (code === 0) break;
    const end = reader.body.indexOf(0, reader.offset);
    if (end < 0) throw new WireError("WIRE_TRUNCATED", "a field has no end");
    // Messages may come in the server's own encoding before start-up is over: never fatal here.
    fields.set(String.fromCharCode(code), reader.body.toString("utf8", reader.offset, end));
    reader.offset = end + 1;
  }
  reader.end();
  return fields;
}

export function readCommandTag(body: Uint8Array, offset = 0): string {
  const reader = new BodyReader(body, offset);
  const tag = reader.cstring();
  reader.end();
  return tag;
}

export function readParameterStatus(body: Uint8Array): { readonly name: string; readonly value: string } {
  const reader = new BodyReader(body);
  const name = reader.cstring();
  const value = reader.cstring();
  reader.end();
  return { name, value };
}

/** One whole frame: type, length, body. */
export function frame(type: string, ...parts: readonly Uint8Array[]): Buffer {
  let length = 4;
  for (const part of parts) length += part.length;
  const out = Buffer.allocUnsafe(length + 1);
  out[0] = type.charCodeAt(0);
  out.writeInt32BE(length, 1);
  let offset = 5;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

function text(value: string): Buffer {
  return Buffer.from(`${value.replaceAll("\0", "")}\0`, "utf8");
}

function int32(value: number): Buffer {
  const out = Buffer.allocUnsafe(4);
  out.writeInt32BE(value | 0, 0);
  return out;
}

/** ErrorResponse (`E`) or NoticeResponse (`N`) from fields in the order given. */
export function fieldsFrame(type: "E" | "N", fields: Iterable<readonly [string, string]>): Buffer {
  const parts: Buffer[] = [];
  for (const [code, value] of fields) parts.push(Buffer.from(code, "latin1"), text(value));
  parts.push(Buffer.from([0]));
  return frame(type, ...parts);
}

export interface ErrorFields {
  readonly severity: "ERROR" | "FATAL" | "NOTICE";
  readonly sqlstate: string;
  readonly message: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  /** In characters, from 1. */
  readonly position?: number | undefined;
}

/** An ErrorResponse, or with severity NOTICE a NoticeResponse. */
export function messageFrame(error: ErrorFields): Buffer {
  const fields: [string, string][] = [
    ["S", error.severity],
    ["V", error.severity],
    ["C", error.sqlstate],
    ["M", error.message],
  ];
  if (error.detail !== undefined) fields.push(["D", error.detail]);
  if (error.hint !== undefined) fields.push(["H", error.hint]);
  if (error.position !== undefined) fields.push(["P", String(error.position)]);
  return fieldsFrame(error.severity === "NOTICE" ? "N" : "E", fields);
}

export function queryFrame(sql: string): Buffer {
  return frame("Q", text(sql));
}

export function parseFrame(name: string, sql: string): Buffer {
  return frame("P", text(name), text(sql), Buffer.from([0, 0]));
}

export function describePortalFrame(name: string): Buffer {
  return frame("D", Buffer.from("P"), text(name));
}

export function parameterStatusFrame(name: string, value: string): Buffer {
  return frame("S", text(name), text(value));
}

export function backendKeyDataFrame(pid: number, secret: Uint8Array): Buffer {
  return frame("K", int32(pid), secret);
}

export function readyForQueryFrame(status: TransactionStatus): Buffer {
  return frame("Z", Buffer.from(status));
}

/** Idle, in a transaction block, in a failed one. */
export type TransactionStatus = "I" | "T" | "E";

export const FLUSH_FRAME: Uint8Array = frame("H");
export const SYNC_FRAME: Uint8Array = frame("S");
export const TERMINATE_FRAME: Uint8Array = frame("X");

const NOT_ASCII = /[\u0080-\u00ff]/;
/** Type bytes of the server's answers to Parse, Bind and Close. */
export const PARSE_COMPLETE = 0x31;
export const BIND_COMPLETE = 0x32;
export const CLOSE_COMPLETE = 0x33;
