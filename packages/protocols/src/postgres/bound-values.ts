/**
 * The values of a Bind as people read them before they approve what it binds: `$1` alone says nothing. Pure.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html (Bind)
 */
import { BodyReader } from "./wire.ts";

/**
 * One line a value: `-- $1 = 'paid'`. Texts are quoted as SQL quotes them, binary values of the usual types are read, of
 * others their bytes are shown.
 * @param bind the whole message
 * @param typeOids what Parse declared; 0 or nothing: the server's choice
 * @throws {WireError} when it is no Bind
 */
export function boundValues(bind: Uint8Array, typeOids: readonly number[] = []): string {
  const reader = new BodyReader(bind, HEAD_BYTES);
  reader.cstring();
  reader.cstring();
  const formats = Array.from({ length: reader.count() }, () => reader.count());
  const values = Array.from({ length: reader.count() }, (_, index) => {
    const length = reader.int32();
    if (length === -1) return "NULL";
    const bytes = Buffer.from(reader.bytes(length));
    const binary = (formats.length === 1 ? formats[0] : formats[index]) === 1;
    return binary ? binaryValue(bytes, typeOids[index] ?? 0) : quoted(bytes);
  });
  return values.map((value, index) => `-- $${index + 1} = ${value}`).join("\n");
}

/** Control characters are written as escapes: a value must not look like the next line of the command. */
function quoted(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  if (!Buffer.from(text).equals(bytes)) return `bytes \\x${bytes.toString("hex")}`;
  if (!CONTROL.test(text)) return `'${text.replaceAll("'", "''")}'`;
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
  return `E'${escaped.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)}'`;
}

function binaryValue(bytes: Buffer, oid: number): string {
  const read = READERS.get(oid);
  const value = read?.(bytes);
  if (value !== undefined) return value;
  // Of a type that nobody declared only the size is known.
  const guess =
    oid === 0 && (bytes.length === 2 || bytes.length === 4 || bytes.length === 8) ? integer(bytes) : undefined;
  return `bytes \\x${bytes.toString("hex")}${guess === undefined ? "" : ` (as an integer ${guess})`}`;
}

function integer(bytes: Buffer): string | undefined {
  if (bytes.length === 2) return String(bytes.readInt16BE());
  if (bytes.length === 4) return String(bytes.readInt32BE());
  return bytes.length === 8 ? String(bytes.readBigInt64BE()) : undefined;
}

function uuid(bytes: Buffer): string | undefined {
  if (bytes.length !== 16) return undefined;
  return `'${bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, "$1-$2-$3-$4-$5")}'`;
}

const READERS: ReadonlyMap<number, (bytes: Buffer) => string | undefined> = new Map([
  [16, (bytes: Buffer) => (bytes.length === 1 ? (bytes[0] === 0 ? "false" : "true") : undefined)],
  ...[20, 21, 23, 26].map((oid) => [oid, integer] as const),
  [700, (bytes: Buffer) => (bytes.length === 4 ? String(bytes.readFloatBE()) : undefined)],
  [701, (bytes: Buffer) => (bytes.length === 8 ? String(bytes.readDoubleBE()) : undefined)],
  ...[18, 19, 25, 114, 1042, 1043].map((oid) => [oid, quoted] as const),
  [2950, uuid],
]);
const CONTROL = /[\p{Cc}\u2028\u2029]/u;
const CONTROLS = new RegExp(CONTROL.source, "gu");
/** Type and length of a message. */
const HEAD_BYTES = 5;
