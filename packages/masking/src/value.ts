/**
 * Masks one value so that what comes out is still a value of its type, in the format it came in. Pure.
 * Formats are those of PostgreSQL's output and send functions.
 */
import type { MaskAction } from "@gate/contract";
import { base32, digestOf, partialText, tokenOf } from "./action.ts";
import { mapArrayBinary, mapArrayText } from "./array.ts";
import { numericBytes, numericText } from "./numeric.ts";
import { permute, permuteBelow } from "./permute.ts";
import { constantOf, ELEMENTS, FAMILIES, sizeOf, type Family } from "./types.ts";

export interface MaskableValue {
  /** OID of the (base) type, as RowDescription gives it. */
  readonly typeOid: number;
  /** Type modifier as RowDescription gives it; -1 or absent: none. */
  readonly typmod?: number;
  /** 0 text, 1 binary. */
  readonly format: 0 | 1;
  readonly value: Uint8Array;
  /** For hash and tokenize: equal values give equal tokens under the same key, and only then. */
  readonly key: Uint8Array;
}

/** @returns the bytes that stand for the value; null is NULL (also for every type that has no masked form). */
export function maskValue(action: MaskAction, input: MaskableValue): Uint8Array | null {
  if (action.kind === "null") return null;
  const element = ELEMENTS.get(input.typeOid);
  if (element !== undefined) return maskArray(action, input, element);
  const family = FAMILIES.get(input.typeOid);
  if (family === undefined) return null;
  const size = sizeOf(input.typeOid, input.typmod ?? -1);
  switch (action.kind) {
    case "redact":
      return constantOf(family, input.format, size);
    case "partial":
      return partial(family, input, action.keepFirst, action.keepLast) ?? constantOf(family, input.format, size);
    case "hash":
    case "tokenize":
      return shaped(action.kind, family, input) ?? constantOf(family, input.format, size);
  }
}

/** True when the masked form is the same whatever the value is. */
export function isConstant(action: MaskAction, typeOid: number): boolean {
  if (action.kind === "null") return true;
  if (ELEMENTS.has(typeOid)) return action.kind === "redact";
  return action.kind === "redact" || !FAMILIES.has(typeOid);
}

/** A redacted array is empty; another one keeps its shape, and each element is masked. */
function maskArray(action: MaskAction, input: MaskableValue, element: number): Uint8Array | null {
  const value = Buffer.from(input.value.buffer, input.value.byteOffset, input.value.byteLength);
  if (action.kind === "redact") {
    if (input.format === 0) return Buffer.from("{}");
    const empty = Buffer.alloc(12);
    empty.writeUInt32BE(element, 8);
    return empty;
  }
  const map = (one: Buffer): Uint8Array | null => maskValue(action, { ...input, typeOid: element, value: one });
  const mapped = input.format === 0 ? mapArrayText(value, map) : mapArrayBinary(value, map);
  return mapped === undefined ? value : mapped;
}

/** Texts keep their ends; numbers keep their first and last digits, zeros for the others. */
function partial(family: Family, input: MaskableValue, keepFirst: number, keepLast: number): Uint8Array | undefined {
  if (family === "text") {
    return Buffer.from(partialText(Buffer.from(input.value).toString("utf8"), keepFirst, keepLast));
  }
  if (family !== "int2" && family !== "int4" && family !== "int8" && family !== "numeric") return undefined;
  const text = decimalOf(family, input);
  if (text === undefined) return undefined;
  const digits = text.replaceAll(/[^0-9]/g, "").length;
  if (digits <= keepFirst + keepLast) return undefined;
  let seen = 0;
  const kept = text.replaceAll(/[0-9]/g, (digit) => {
    const keep = seen < keepFirst || seen >= digits - keepLast;
    seen += 1;
    return keep ? digit : "0";
  });
  return decimal(family, kept.replace(/^(-?)0+(?=[0-9])/, "$1").replace(/^-(?=[0.]*$)/, ""), input.format);
}

/** A number as people write it, from either format; undefined for NaN and the like. */
function decimalOf(family: Family, { format, value }: MaskableValue): string | undefined {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (format === 0) {
    const text = bytes.toString("latin1");
    return /^-?[0-9]+(?:\.[0-9]+)?$/.test(text) ? text : undefined;
  }
  if (family === "numeric") return numericText(bytes);
  if (family === "int2" && bytes.length === 2) return String(bytes.readInt16BE(0));
  if (family === "int4" && bytes.length === 4) return String(bytes.readInt32BE(0));
  if (family === "int8" && bytes.length === 8) return String(bytes.readBigInt64BE(0));
  return undefined;
}

function decimal(family: "int2" | "int4" | "int8" | "numeric", text: string, format: 0 | 1): Buffer {
  if (format === 0) return Buffer.from(text);
  if (family === "numeric") return numericBytes(text);
  const bytes = Buffer.alloc(family === "int2" ? 2 : family === "int4" ? 4 : 8);
  if (family === "int2") bytes.writeInt16BE(Number(text));
  else if (family === "int4") bytes.writeInt32BE(Number(text));
  else bytes.writeBigInt64BE(BigInt(text));
  return bytes;
}

/** The same value in text and in binary gives the same bytes, where that can be had. */
function canonical(family: Family, input: MaskableValue): Uint8Array | string {
  const bytes = Buffer.from(input.value.buffer, input.value.byteOffset, input.value.byteLength);
  const binary = input.format === 1;
  if (family === "int2" || family === "int4" || family === "int8" || family === "numeric") {
    // 1.50 and 1.5 are one number.
    return (
      decimalOf(family, input)
        ?.replace(/(\.[0-9]*?)0+$/, "$1")
        .replace(/\.$/, "") ?? bytes
    );
  }
  if (family === "uuid")
    return binary ? bytes.toString("hex") : bytes.toString("latin1").replaceAll("-", "").toLowerCase();
  if (family === "bytea") {
    if (binary) return bytes.toString("hex");
    return bytes.toString("latin1", 0, 2) === "\\x" ? bytes.toString("latin1", 2) : bytes;
  }
  if (family === "jsonb") return binary ? bytes.subarray(1) : bytes;
  if (family === "date") {
    if (binary) return bytes.length === 4 ? String(bytes.readInt32BE(0)) : bytes;
    return daysOf(bytes.toString("latin1")) ?? bytes;
  }
  if (family === "inet" || family === "cidr") {
    return binary ? addressText(bytes) : fullAddress(bytes.toString("latin1").replace(/\/[0-9]+$/, ""));
  }
  return bytes;
}

/** Days since 2000-01-01 of an ISO date, as text. */
function daysOf(text: string): string | undefined {
  const match = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text);
  if (match === null) return undefined;
  return String(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])) / DAY_MS - EPOCH_DAYS);
}

/** Spends a keyed hash on a value of the family; undefined: it has too few values, or none that could be made. */
function shaped(kind: "hash" | "tokenize", family: Family, input: MaskableValue): Buffer | undefined {
  const { format, key, typmod = -1, typeOid } = input;
  const binary = format === 1;
  const source = canonical(family, input);
  if (family === "int2" || family === "int4" || family === "int8") return integerToken(kind, family, source, input);
  const digest = digestOf(kind, source, key);
  const size = sizeOf(typeOid, typmod);
  const word = kind === "hash" ? digest.toString("hex").slice(0, 32) : `tok_${base32(digest)}`;
  switch (family) {
    case "text": {
      const text = kind === "hash" ? word : tokenOf(Buffer.from(input.value).toString("utf8"), key);
      return Buffer.from(size === undefined || text.length <= size ? text : word.replace(/^tok_/, "").slice(0, size));
    }
    case "json":
      return Buffer.from(`"${word}"`);
    case "jsonb":
      return Buffer.from(`${binary ? "\u0001" : ""}"${word}"`);
    case "xml":
      return Buffer.from(`<${kind === "hash" ? "hash_" : ""}${word}/>`);
    case "oid":
      return decimal("int4", String(digest.readUInt32BE(0) & 0x7fff_ffff), format);
    case "money": {
      // Whole units: without a point it is money in every locale; the binary form counts hundredths.
      const units = digest.readUInt32BE(0);
      return decimal("int8", binary ? String(BigInt(units) * 100n) : String(units), format);
    }
    case "numeric":
      return decimal("numeric", numericToken(digest, typmod), format);
    case "float4":
    case "float8": {
      const value = family === "float4" ? digest.readUInt32BE(0) & 0xff_ffff : digest.readUIntBE(0, 6);
      if (!binary) return Buffer.from(String(value));
      const bytes = Buffer.alloc(family === "float4" ? 4 : 8);
      if (family === "float4") bytes.writeFloatBE(value);
      else bytes.writeDoubleBE(value);
      return bytes;
    }
    case "uuid": {
      // Version 8: for values of one's own making (RFC 9562).
      const bytes = Buffer.from(digest.subarray(0, 16));
      bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
      bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
      if (binary) return bytes;
      return Buffer.from(bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"));
    }
    case "bytea":
      return binary ? digest : Buffer.from(`\\x${digest.toString("hex")}`);
    case "date": {
      const days = typeof source === "string" ? Number(source) + DATE_OFFSET : -1;
      const inside = days >= 0 && days < DATE_DAYS;
      const token = inside ? permuteBelow(days, DATE_DAYS, 18, key, kind) : digest.readUInt32BE(0) % DATE_DAYS;
      if (!binary) return Buffer.from(isoDay(token - DATE_OFFSET));
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE(token - DATE_OFFSET);
      return bytes;
    }
    case "timestamp":
    case "timestamptz": {
      const micros =
        (digest.readBigUInt64BE(0) % BigInt(DATE_DAYS)) * DAY_MICROS + (digest.readBigUInt64BE(8) % DAY_MICROS);
      const since = micros - BigInt(DATE_OFFSET) * DAY_MICROS;
      if (binary) return bigint(since);
      const day = isoDay(Number(micros / DAY_MICROS) - DATE_OFFSET);
      return Buffer.from(`${day} ${clock(micros % DAY_MICROS)}${family === "timestamptz" ? "+00" : ""}`);
    }
    case "time":
    case "timetz": {
      const micros = digest.readBigUInt64BE(0) % DAY_MICROS;
      const zone = family === "timetz";
      if (binary) return Buffer.concat([bigint(micros), Buffer.alloc(zone ? 4 : 0)]);
      return Buffer.from(`${clock(micros)}${zone ? "+00" : ""}`);
    }
    case "interval": {
      const micros = digest.readBigUInt64BE(0) % (DAY_MICROS * 1000n);
      if (binary) return Buffer.concat([bigint(micros), Buffer.alloc(8)]);
      return Buffer.from(clock(micros));
    }
    case "inet":
    case "cidr":
      return address(family, kind, input, digest);
    case "macaddr":
    case "macaddr8": {
      const bytes = Buffer.from(digest.subarray(0, family === "macaddr" ? 6 : 8));
      // Locally administered, one station.
      bytes[0] = ((bytes[0] ?? 0) & 0xfc) | 0x02;
      return binary ? bytes : Buffer.from(bytes.toString("hex").replaceAll(/(..)(?=.)/g, "$1:"));
    }
    case "bit":
    case "varbit": {
      const bits = size ?? 64;
      if (bits > 256) return undefined;
      const all = [...digest].map((byte) => byte.toString(2).padStart(8, "0")).join("");
      if (!binary) return Buffer.from(all.slice(0, bits));
      const bytes = Buffer.concat([Buffer.alloc(4), digest.subarray(0, Math.ceil(bits / 8))]);
      bytes.writeInt32BE(bits);
      const spare = (8 - (bits % 8)) % 8;
      bytes[bytes.length - 1] = ((bytes.at(-1) ?? 0) >> spare) << spare;
      return bytes;
    }
    case "char":
    case "bool":
    case "tsvector":
    case "range":
    case "multirange":
      return undefined;
  }
}

/** What fits into 32 bits has the same token in int4 and int8 columns; nothing else gets one of those. */
function integerToken(
  kind: "hash" | "tokenize",
  family: "int2" | "int4" | "int8",
  source: Uint8Array | string,
  { key, format }: MaskableValue,
): Buffer | undefined {
  const value = Number(source);
  if (typeof source !== "string" || !Number.isInteger(value)) return undefined;
  if (family === "int2") return decimal("int2", String(permute(value + 0x8000, 16, key, kind) - 0x8000), format);
  if (value >= -0x8000_0000 && value <= 0x7fff_ffff) {
    return decimal(family, String(permute(value + 0x8000_0000, 32, key, kind) - 0x8000_0000), format);
  }
  const wide = digestOf(kind, source, key).readBigUInt64BE(0) & 0x7fff_ffff_ffff_ffffn;
  return decimal("int8", String(wide | 0x4000_0000_0000_0000n), format);
}

/** Digits within the precision and with the scale of numeric(p, s). */
function numericToken(digest: Buffer, typmod: number): string {
  const precision = typmod < 4 ? 18 : ((typmod - 4) >> 16) & 0xffff;
  const scale = typmod < 4 ? 0 : (((typmod - 4) & 0x7ff) ^ 1024) - 1024;
  const digits = (digest.readBigUInt64BE(0) % 10n ** BigInt(Math.min(Math.max(precision, 1), 18))).toString();
  if (scale <= 0) return digits + "0".repeat(digits === "0" ? 0 : Math.min(-scale, 100));
  const padded = digits.padStart(scale + 1, "0");
  return `${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

/** An IPv4 address is mapped to another one, one to one; an IPv6 address to one in fd00::/8. */
function address(family: "inet" | "cidr", kind: string, input: MaskableValue, digest: Buffer): Buffer {
  const network = family === "cidr";
  const bytes = Buffer.from(input.value.buffer, input.value.byteOffset, input.value.byteLength);
  const text = input.format === 0 ? bytes.toString("latin1") : addressText(bytes);
  const [host = ""] = text.split("/");
  if (!host.includes(":")) {
    const value = host.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
    const whole = Number.isInteger(value) && value >= 0 && value < 2 ** 32;
    const token = whole ? permute(value, 32, input.key, kind) : digest.readUInt32BE(0);
    const out = Buffer.alloc(4);
    out.writeUInt32BE(token);
    if (input.format === 1) return Buffer.concat([Buffer.from([2, 32, network ? 1 : 0, 4]), out]);
    return Buffer.from(`${out.join(".")}${network ? "/32" : ""}`);
  }
  const out = Buffer.from(digest.subarray(0, 16));
  out[0] = 0xfd;
  if (input.format === 1) return Buffer.concat([Buffer.from([3, 128, network ? 1 : 0, 16]), out]);
  return Buffer.from(`${out.toString("hex").replaceAll(/(....)(?=.)/g, "$1:")}${network ? "/128" : ""}`);
}

/** inet and cidr from their binary form: family, prefix length, is it a network, address length, address. */
export function addressText(bytes: Buffer): string {
  const address = bytes.subarray(4);
  if (bytes[0] === 2) return address.join(".");
  return address.toString("hex").replaceAll(/(....)(?=.)/g, "$1:");
}

/** An IPv6 address with all its zeros, as addressText writes it. */
function fullAddress(text: string): string {
  if (!text.includes(":")) return text;
  const [left = "", right] = text.split("::");
  const head = left === "" ? [] : left.split(":");
  const tail = right === undefined || right === "" ? [] : right.split(":");
  const zeros = right === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  const groups = [...head, ...new Array<string>(zeros).fill("0"), ...tail];
  return groups.map((group) => group.padStart(4, "0")).join(":");
}

function isoDay(days: number): string {
  return new Date((days + EPOCH_DAYS) * DAY_MS).toISOString().slice(0, 10);
}

function clock(micros: bigint): string {
  const two = (value: bigint): string => String(value).padStart(2, "0");
  const seconds = micros / 1_000_000n;
  const rest = micros % 1_000_000n;
  const whole = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
  return rest === 0n ? whole : `${whole}.${String(rest).padStart(6, "0").replace(/0+$/, "")}`;
}

function bigint(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

const DAY_MS = 86_400_000;
const DAY_MICROS = 86_400_000_000n;
/** 2000-01-01 as days since 1970-01-01. */
const EPOCH_DAYS = 10_957;
/** Tokens of dates lie in 1900 … 2099: 36,524 days before 2000-01-01, and this many altogether. */
const DATE_OFFSET = 36_524;
const DATE_DAYS = 73_049;
