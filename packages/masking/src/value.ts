/**
 * Masks one value so that what comes out is still a value of its type, in the format it came in. Pure.
 * Formats are those of PostgreSQL's output and send functions.
 */
import type { MaskAction } from "@gate/contract";
import { base32, digestOf, partialText } from "./action.ts";
import { CONSTANTS, FAMILIES, type Family } from "./types.ts";

export interface MaskableValue {
  /** OID of the (base) type, as RowDescription gives it. */
  readonly typeOid: number;
  /** 0 text, 1 binary. */
  readonly format: 0 | 1;
  readonly value: Uint8Array;
  /** For hash and tokenize: equal values give equal tokens under the same key, and only then. */
  readonly key: Uint8Array;
}

/** @returns the bytes that stand for the value; null is NULL (also for every type that has no masked form). */
export function maskValue(action: MaskAction, input: MaskableValue): Uint8Array | null {
  const family = FAMILIES.get(input.typeOid);
  if (family === undefined || action.kind === "null") return null;
  switch (action.kind) {
    case "redact":
      return constant(family, input.format);
    case "partial":
      if (family !== "text") return constant(family, input.format);
      return Buffer.from(partialText(Buffer.from(input.value).toString("utf8"), action.keepFirst, action.keepLast));
    case "hash":
    case "tokenize": {
      const digest = digestOf(action.kind, canonical(family, input), input.key);
      return shaped(family, input.format, digest, action.kind === "hash" ? "" : "tok_");
    }
  }
}

function constant(family: Family, format: 0 | 1): Buffer {
  return CONSTANTS[family][format];
}

/** The same value in text and in binary gives the same bytes, where that can be had cheaply. */
function canonical(family: Family, input: MaskableValue): Uint8Array | string {
  const bytes = Buffer.from(input.value.buffer, input.value.byteOffset, input.value.byteLength);
  if (input.format === 0) return family === "uuid" ? bytes.toString("latin1").replaceAll("-", "").toLowerCase() : bytes;
  switch (family) {
    case "int2":
      return bytes.length === 2 ? String(bytes.readInt16BE(0)) : bytes;
    case "int4":
      return bytes.length === 4 ? String(bytes.readInt32BE(0)) : bytes;
    case "int8":
      return bytes.length === 8 ? String(bytes.readBigInt64BE(0)) : bytes;
    case "uuid":
      return bytes.toString("hex");
    case "jsonb":
      return bytes.subarray(1);
    case "text":
    case "char":
    case "bool":
    case "float4":
    case "float8":
    case "numeric":
    case "date":
    case "timestamp":
    case "timestamptz":
    case "json":
    case "bytea":
      return bytes;
  }
}

/** Spends bytes of a keyed hash on a value of the family. */
function shaped(family: Family, format: 0 | 1, digest: Buffer, prefix: string): Buffer {
  const binary = format === 1;
  switch (family) {
    case "text":
      return Buffer.from(prefix + (prefix === "" ? digest.toString("hex").slice(0, 32) : base32(digest)));
    case "json":
      return Buffer.from(`"${prefix}${base32(digest)}"`);
    case "jsonb":
      return Buffer.from(`${binary ? "\u0001" : ""}"${prefix}${base32(digest)}"`);
    case "int2":
      return integer(digest.readUInt16BE(0) & 0x7fff, 2, binary);
    case "int4":
      return integer(digest.readUInt32BE(0) & 0x7fff_ffff, 4, binary);
    case "int8": {
      const value = digest.readBigUInt64BE(0) & 0x7fff_ffff_ffff_ffffn;
      if (!binary) return Buffer.from(String(value));
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64BE(value);
      return bytes;
    }
    case "numeric": {
      // Three digits of base 10,000: weight 2, positive, scale 0.
      const digits = [0, 2, 4].map((offset) => digest.readUInt16BE(offset) % 10_000);
      if (digits[0] === 0) digits[0] = 1;
      if (!binary)
        return Buffer.from(digits.map((digit, at) => String(digit).padStart(at === 0 ? 1 : 4, "0")).join(""));
      const bytes = Buffer.alloc(14);
      bytes.writeInt16BE(3, 0);
      bytes.writeInt16BE(2, 2);
      for (const [at, digit] of digits.entries()) bytes.writeInt16BE(digit, 8 + at * 2);
      return bytes;
    }
    case "float4":
    case "float8": {
      const value = digest.readUInt32BE(0) & 0xff_ffff;
      if (!binary) return Buffer.from(String(value));
      const bytes = Buffer.alloc(family === "float4" ? 4 : 8);
      if (family === "float4") bytes.writeFloatBE(value);
      else bytes.writeDoubleBE(value);
      return bytes;
    }
    case "uuid": {
      const bytes = Buffer.from(digest.subarray(0, 16));
      bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
      bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
      if (binary) return bytes;
      return Buffer.from(bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"));
    }
    case "bytea":
      return binary ? digest : Buffer.from(`\\x${digest.toString("hex")}`);
    case "char":
    case "bool":
    case "date":
    case "timestamp":
    case "timestamptz":
      // Too few values to hide behind a hash.
      return constant(family, format);
  }
}

function integer(value: number, width: 2 | 4, binary: boolean): Buffer {
  if (!binary) return Buffer.from(String(value));
  const bytes = Buffer.alloc(width);
  bytes.writeUIntBE(value, 0, width);
  return bytes;
}
