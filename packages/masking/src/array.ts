/** PostgreSQL's arrays, element by element, in text and in binary (src/backend/utils/adt/arrayfuncs.c). Pure. */
import { endOfQuoted } from "./quoted.ts";

/** What stands for an element: null is NULL; undefined, that it stays as it is. */
export type ElementMask = (element: Buffer) => Uint8Array | null | undefined;

/** @returns the array with its elements mapped; undefined when none changed; null when it is no array. */
export function mapArrayText(bytes: Buffer, map: ElementMask): Buffer | null | undefined {
  const text = bytes.toString("latin1");
  // Lower bounds may stand before the braces: [2:3]={1,2}
  let at = /^(?:\[[0-9:-]+\])+=/.exec(text)?.[0].length ?? 0;
  let out = text.slice(0, at);
  let depth = 0;
  let changed = false;
  // An element begins behind a brace or comma.
  while (at < text.length) {
    const character = text[at] as string;
    if (character === "{" || character === "}" || character === ",") {
      depth += character === "{" ? 1 : character === "}" ? -1 : 0;
      if (depth < 0 || (depth === 0 && at !== text.length - 1)) return null;
      out += character;
      at += 1;
      continue;
    }
    if (depth === 0) return null;
    let raw: string;
    let element: string | undefined;
    if (character === '"') {
      const end = endOfQuoted(text, at);
      if (end === undefined) return null;
      raw = text.slice(at, end);
      element = raw.slice(1, -1).replaceAll(/\\([^])/g, "$1");
    } else {
      PLAIN.lastIndex = at;
      raw = PLAIN.exec(text)?.[0] ?? "";
      if (raw === "") return null;
      element = raw === "NULL" ? undefined : raw;
    }
    at += raw.length;
    const mapped = element === undefined ? undefined : map(Buffer.from(element, "latin1"));
    if (mapped === undefined) out += raw;
    else {
      changed = true;
      out += mapped === null ? "NULL" : quoteElement(Buffer.from(mapped).toString("latin1"));
    }
  }
  if (depth !== 0) return null;
  return changed ? Buffer.from(out, "latin1") : undefined;
}

/** @returns as mapArrayText. */
export function mapArrayBinary(bytes: Buffer, map: ElementMask): Buffer | null | undefined {
  if (bytes.length < 12) return null;
  const dimensions = bytes.readInt32BE(0);
  if (dimensions < 0 || dimensions > DIMENSIONS_MAX) return null;
  let at = 12 + dimensions * 8;
  if (bytes.length < at) return null;
  const parts: Buffer[] = [Buffer.from(bytes.subarray(0, at))];
  let changed = false;
  let nulls = false;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) return null;
    const length = bytes.readInt32BE(at);
    const end = length === -1 ? at + 4 : at + 4 + length;
    if (length < -1 || end > bytes.length) return null;
    const mapped = length === -1 ? undefined : map(bytes.subarray(at + 4, end));
    if (mapped === undefined) parts.push(bytes.subarray(at, end));
    else {
      changed = true;
      const size = Buffer.alloc(4);
      size.writeInt32BE(mapped === null ? -1 : mapped.length);
      parts.push(size, Buffer.from(mapped ?? []));
      nulls ||= mapped === null;
    }
    at = end;
  }
  if (!changed) return undefined;
  if (nulls) parts[0]?.writeInt32BE(1, 4);
  return Buffer.concat(parts);
}

function quoteElement(text: string): string {
  if (text !== "" && !/[{}",\\\s]/.test(text) && text.toUpperCase() !== "NULL") return text;
  return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}

const PLAIN = /[^,{}"]+/y;
/** Most dimensions of an array: PostgreSQL's MAXDIM. */
const DIMENSIONS_MAX = 6;
