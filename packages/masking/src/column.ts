/**
 * What the content masks do to the values of one column of a result: JSON paths in JSON, detectors in everything that
 * can hold text. Pure.
 *
 * What comes out is a value of the column's type: texts and JSON are changed where something was found, compounds by
 * element, everything else as a whole.
 */
import type { MaskAction } from "@gate/contract";
import { mapArrayBinary, mapArrayText } from "./array.ts";
import { type ContentMasks, type PlacedRules } from "./content.ts";
import { EVERYTHING, LITERAL } from "./detectors/detector.ts";
import { JsonStream, type TextReplacer } from "./json-stream.ts";
import { scanBits } from "./kernel.ts";
import { MaskingError } from "./errors.ts";
import { numericText } from "./numeric.ts";
import { ssnByName } from "./detectors/person.ts";
import type { ColumnProfile, Place } from "./place.ts";
import { jsonReplacer } from "./streams.ts";
import { ELEMENTS, FAMILIES, sizeOf, type Family } from "./types.ts";
import { addressText, maskValue } from "./value.ts";

export interface ColumnType {
  readonly typeOid: number;
  /** Type modifier; -1: none. */
  readonly typmod: number;
  readonly format: 0 | 1;
}

export interface ContentColumn {
  /** Kinds of places without which a value stays as it is; where `always` is set, every value is looked at. */
  readonly bits: number;
  readonly always: boolean;
  /**
   * Masks one value. `seen`: kinds of places in it.
   * @returns undefined when it stays as it is; null is NULL.
   */
  readonly mask: (value: Buffer, seen: number, count: (label: string) => void) => Uint8Array | null | undefined;
}

/** @returns undefined when no content mask can change a value of this type at this place. */
export function contentColumn(content: ContentMasks, type: ColumnType, place: Place): ContentColumn | undefined {
  if (content.empty) return undefined;
  const profile: ColumnProfile = { digits: 0, cards: 0 };
  return columnOf(content, type, { ...place, profile });
}

function columnOf(content: ContentMasks, type: ColumnType, place: Place): ContentColumn | undefined {
  const element = ELEMENTS.get(type.typeOid);
  if (element !== undefined) return arrayOf(columnOf(content, { ...type, typeOid: element }, place), type.format);
  const family = FAMILIES.get(type.typeOid);
  if (family === "json" || family === "jsonb") return jsonColumn(content, family, type.format, place);
  const placed = content.at(place);
  if (placed.rules.length === 0) return undefined;
  if (family === undefined) return unknownColumn(content, placed, type);
  if (family === "text") return textColumn(content, placed, type);
  if (family === "bytea") return byteaColumn(content, placed, type.format);
  if (family === "range" || family === "multirange") return rangeColumn(content, placed, type);
  // Nine digits are an SSN under such a name, also where they are kept as a number.
  if (NOTHING_TO_FIND.has(family) && !(family === "int4" && ssnByName(place))) return undefined;
  const whole = (text: string | undefined, seen: number, count: Count): Uint8Array | null | undefined => {
    if (text === undefined) return undefined;
    const [match] = content.find(text, placed, seen);
    if (match === undefined) return undefined;
    count(`detect:${match.name}`);
    return maskValue(match.action.kind === "null" ? match.action : REDACT, { ...type, value: EMPTY, key: EMPTY });
  };
  if (type.format === 0) {
    const plain = PLAIN[family];
    if (plain !== undefined) {
      const mask: ContentColumn["mask"] = (value, _seen, count) => whole(plain(latin1(value)), EVERYTHING, count);
      return { bits: placed.bits, always: true, mask };
    }
    return {
      bits: placed.bits,
      always: placed.always,
      mask: (value, seen, count) => whole(latin1(value), seen, count),
    };
  }
  const read = BINARY[family];
  if (read === undefined) return undefined;
  return { bits: placed.bits, always: true, mask: (value, _seen, count) => whole(read(value), EVERYTHING, count) };
}

type Count = (label: string) => void;

function textColumn(content: ContentMasks, placed: PlacedRules, type: ColumnType): ContentColumn {
  const size = sizeOf(type.typeOid, type.typmod);
  return {
    bits: placed.bits,
    always: placed.always,
    mask: (value, seen, count) => {
      const text = latin1(value);
      const found = content.find(text, placed, placed.always ? EVERYTHING : seen);
      if (found.length === 0) return undefined;
      if (found.length === 1 && found[0]?.action.kind === "null") {
        count(`detect:${found[0].name}`);
        return null;
      }
      const out = Buffer.from(content.replace(text, placed, count, placed.always ? EVERYTHING : seen) ?? "", "latin1");
      if (size === undefined || out.length <= size) return out;
      const characters = [...out.toString("utf8")];
      return characters.length <= size ? out : Buffer.from(characters.slice(0, size).join(""));
    },
  };
}

function jsonColumn(
  content: ContentMasks,
  family: "json" | "jsonb",
  format: 0 | 1,
  place: Place,
): ContentColumn | undefined {
  const versioned = family === "jsonb" && format === 1;
  const whole = maskValue(REDACT, { typeOid: family === "json" ? 114 : 3802, format, value: EMPTY, key: EMPTY });
  // A name inside the document may turn on what the column's own name does not.
  const placed = content.at({});
  const paths = content.pathsAt(place);
  if (content.paths.length === 0 && placed.rules.length === 0) return undefined;
  let counting: Count = () => undefined;
  const replace: TextReplacer | undefined = content.detects
    ? jsonReplacer(content, place, (label) => counting(label))
    : undefined;
  return {
    // An escape can hide any character: it is announced as a literal.
    bits: placed.bits | LITERAL,
    always: content.paths.length > 0 || placed.always,
    mask: (value, _seen, count) => {
      let changed = false;
      counting = (label) => {
        changed = true;
        count(label);
      };
      const stream = new JsonStream({ paths, replace, keys: content.keys, count: counting });
      try {
        if (versioned && value[0] !== 1) return whole;
        const parts = [...stream.push(versioned ? value.subarray(1) : value), ...stream.end()];
        if (!changed) return undefined;
        return Buffer.concat(versioned ? [VERSION, ...parts] : parts);
      } catch (error) {
        if (!(error instanceof MaskingError)) throw error;
        count("json:malformed");
        return whole;
      }
    },
  };
}

/** Elements are masked one by one; what is no array becomes NULL where anything is announced in it. */
function arrayOf(element: ContentColumn | undefined, format: 0 | 1): ContentColumn | undefined {
  if (element === undefined) return undefined;
  return {
    bits: element.bits,
    always: element.always,
    mask: (value, _seen, count) => {
      const map = (one: Buffer): Uint8Array | null | undefined => element.mask(one, EVERYTHING, count);
      return format === 0 ? mapArrayText(value, map) : mapArrayBinary(value, map);
    },
  };
}

/** In text the bytes stand as hexadecimal digits: they are looked at as what they are. */
function byteaColumn(content: ContentMasks, placed: PlacedRules, format: 0 | 1): ContentColumn {
  const replace = (bytes: Buffer, seen: number, count: Count): Buffer | undefined => {
    const text = content.replace(latin1(bytes), placed, count, seen);
    return text === undefined ? undefined : Buffer.from(text, "latin1");
  };
  if (format === 1) return { bits: placed.bits, always: placed.always, mask: replace };
  return {
    bits: placed.bits,
    always: true,
    mask: (value, _seen, count) => {
      const bytes = hexBytes(value);
      if (bytes === undefined) {
        // The old escape format: what is found cannot be spliced safely.
        return replace(value, EVERYTHING, count) === undefined ? undefined : Buffer.from("\\x");
      }
      const seen = scanBits(bytes, 0, bytes.length, placed.bits);
      const out = seen === 0 && !placed.always ? undefined : replace(bytes, seen, count);
      return out === undefined ? undefined : Buffer.from(`\\x${out.toString("hex")}`);
    },
  };
}

/**
 * Types of users and extensions, rows, and what COPY does not say the type of: whatever is found makes the whole NULL,
 * which every type has. In binary a row holds its fields' types, so their values are looked at as such; anything else
 * as whatever its bytes may be.
 */
function unknownColumn(content: ContentMasks, placed: PlacedRules, type: ColumnType): ContentColumn {
  const found = (value: Buffer, seen: number, count: Count): null | undefined => {
    const [match] = content.find(latin1(value), placed, seen);
    if (match === undefined) return undefined;
    count(`detect:${match.name}`);
    return null;
  };
  const untyped = type.typeOid === 0;
  if (type.format === 0) {
    const mask: ContentColumn["mask"] = (value, seen, count) => {
      if (found(value, seen, count) === null || found(partsOf(value), seen, count) === null) return null;
      const bytes = untyped ? hexBytes(value) : undefined;
      return bytes === undefined ? undefined : found(bytes, EVERYTHING, count);
    };
    return { bits: placed.bits, always: placed.always || untyped, mask };
  }
  return {
    bits: placed.bits,
    always: true,
    mask: (value, _seen, count) => {
      const seen = scanBits(value, 0, value.length, placed.bits);
      if (seen !== 0 && found(value, seen, count) === null) return null;
      for (const form of formsOf(value)) if (found(Buffer.from(form), EVERYTHING, count) === null) return null;
      return rowHolds(content, value, placed.place, count, 0) ? null : undefined;
    },
  };
}

function rangeColumn(content: ContentMasks, placed: PlacedRules, type: ColumnType): ContentColumn {
  const { bits } = placed;
  return {
    bits,
    always: true,
    mask: (value, _seen, count) => {
      const texts = type.format === 0 ? [latin1(partsOf(value))] : formsOf(value);
      for (const text of texts) {
        const [match] = content.find(text, placed, EVERYTHING);
        if (match === undefined) continue;
        count(`detect:${match.name}`);
        return maskValue(match.action.kind === "null" ? match.action : REDACT, { ...type, value: EMPTY, key: EMPTY });
      }
      return undefined;
    },
  };
}

/** A row, a range or a list in text, with its commas as spaces: a number behind one is no decimal place. */
function partsOf(value: Buffer): Buffer {
  const parts = Buffer.from(value);
  for (let at = parts.indexOf(COMMA); at >= 0; at = parts.indexOf(COMMA, at + 1)) parts[at] = SPACE;
  return parts;
}

/** record_send: a count, then type, length and bytes of each field. */
function rowHolds(content: ContentMasks, value: Buffer, place: Place, count: Count, depth: number): boolean {
  if (value.length < 4 || depth > ROW_DEPTH_MAX) return depth > ROW_DEPTH_MAX;
  const fields = value.readInt32BE(0);
  let at = 4;
  const inside: (() => boolean)[] = [];
  for (let field = 0; field < fields; field++) {
    if (at + 8 > value.length) return false;
    const typeOid = value.readUInt32BE(at);
    const length = value.readInt32BE(at + 4);
    at += 8;
    if (length === -1) continue;
    if (length < 0 || at + length > value.length) return false;
    const bytes = value.subarray(at, at + length);
    at += length;
    inside.push(() => {
      if (!FAMILIES.has(typeOid) && !ELEMENTS.has(typeOid)) return rowHolds(content, bytes, place, count, depth + 1);
      const column = columnOf(content, { typeOid, typmod: -1, format: 1 }, place);
      return column !== undefined && column.mask(bytes, EVERYTHING, count) !== undefined;
    });
  }
  return at === value.length && inside.some((holds) => holds());
}

/** The bytes of a bytea that is written as hexadecimal digits. */
function hexBytes(value: Buffer): Buffer | undefined {
  return value[0] === BACKSLASH && value[1] === LETTER_X ? Buffer.from(latin1(value.subarray(2)), "hex") : undefined;
}

/** What the bytes are in text if they are a number, an address, or an array, a range or ranges of those. */
function formsOf(value: Buffer, depth = 0): string[] {
  if (depth > FORM_DEPTH_MAX) return [];
  const forms: string[] = [];
  for (const family of GUESSED) {
    const form = BINARY[family]?.(value);
    if (form !== undefined) forms.push(form);
  }
  for (const pieces of [arrayPieces(value), rangePieces(value), multirangePieces(value)]) {
    for (const piece of pieces) forms.push(...formsOf(piece, depth + 1));
  }
  return forms;
}

/** array_send: dimensions, a flag, the elements' type; then a length and a bound a dimension; then the elements. */
function arrayPieces(value: Buffer): readonly Buffer[] {
  const dimensions = value.length < 12 ? 0 : value.readInt32BE(0);
  if (dimensions < 1 || dimensions > 6 || value.length < 12 + dimensions * 8) return [];
  return piecesOf(value, 12 + dimensions * 8);
}

/** range_send: flags, and the bounds that there are. */
function rangePieces(value: Buffer): readonly Buffer[] {
  return value.length < 5 ? [] : piecesOf(value, 1);
}

/** multirange_send: a count, and the ranges. */
function multirangePieces(value: Buffer): readonly Buffer[] {
  return value.length < 8 ? [] : piecesOf(value, 4);
}

/** Lengths with that many bytes behind each (-1: NULL), up to the end; none when it is anything else. */
function piecesOf(value: Buffer, from: number): readonly Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = from; at < value.length;) {
    if (at + 4 > value.length) return [];
    const length = value.readInt32BE(at);
    at += 4;
    if (length === -1) continue;
    if (length < 0 || at + length > value.length) return [];
    pieces.push(value.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

function latin1(value: Buffer): string {
  return value.toString("latin1");
}

/** Numbers whose text form can hide their digits: exponents, zeros behind the point, zeros that are left out. */
const PLAIN: Partial<Readonly<Record<Family, (text: string) => string | undefined>>> = {
  int4: (text) => text.padStart(9, "0"),
  float8: (text) => (text.length > 4 ? wholeNumber(Number(text)) : undefined),
  numeric: (text) => (text.length > 12 ? text.replace(/\.0+$/, "") : undefined),
};

function wholeNumber(value: number): string | undefined {
  return Number.isSafeInteger(value) && value >= 1e12 ? String(value) : undefined;
}

/** Numbers and addresses whose binary form says nothing to a look over bytes. */
const BINARY: Partial<Readonly<Record<Family, (value: Buffer) => string | undefined>>> = {
  int8: (value) => {
    // Thirteen digits and more.
    if (value.length !== 8 || value.readInt32BE(0) < 232) return undefined;
    return String(value.readBigInt64BE(0));
  },
  int4: (value) => (value.length === 4 ? String(value.readInt32BE(0)).padStart(9, "0") : undefined),
  float8: (value) => (value.length === 8 ? wholeNumber(value.readDoubleBE(0)) : undefined),
  numeric: (value) => (value.length < 12 ? undefined : numericText(value)?.replace(/\.0+$/, "")),
  inet: (value) => address(value),
  cidr: (value) => address(value),
  xml: (value) => latin1(value),
  tsvector: (value) => latin1(value),
};

/** What an untyped value is taken for; the lengths and first bytes of these are hardly ever those of something else. */
const GUESSED: readonly Family[] = ["int8", "float8", "numeric", "inet"];

/** Family (2, 3), prefix length, is it a network, length, address. */
function address(value: Buffer): string | undefined {
  const [family, , , length] = value;
  const plain = (family === 2 && length === 4) || (family === 3 && length === 16);
  return plain && value.length === 4 + length ? addressText(value) : undefined;
}

/** Families whose text form holds nothing that a detector knows. */
const NOTHING_TO_FIND: ReadonlySet<Family> = new Set<Family>([
  "char",
  "bool",
  "int2",
  "int4",
  "oid",
  "float4",
  "money",
  "uuid",
  "date",
  "time",
  "timetz",
  "timestamp",
  "timestamptz",
  "interval",
  "macaddr",
  "macaddr8",
  "bit",
  "varbit",
]);

const REDACT: MaskAction = { kind: "redact" };
const EMPTY = Buffer.alloc(0);
const VERSION = Buffer.from([1]);
const BACKSLASH = 0x5c;
const LETTER_X = 0x78;
const COMMA = 0x2c;
const SPACE = 0x20;
/** Ranges within ranges within arrays that an untyped value is looked into. */
const FORM_DEPTH_MAX = 4;
/** Rows within rows that are looked into. */
const ROW_DEPTH_MAX = 16;
