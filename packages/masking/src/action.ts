/** Masks texts and tells which of several actions is the strongest. Pure. */
import { createHmac, createSecretKey, type Hmac, type KeyObject } from "node:crypto";
import type { MaskAction } from "@gate/contract";
import { REDACTED } from "./types.ts";

/** Where keys of tokens come from: a Gate is one. */
export interface MaskKeys {
  maskKey(scope: "session" | "gateway"): Uint8Array;
}

/** null > redact > hash > tokenize > partial; of two partial ones that which keeps less. */
export function strongest(a: MaskAction, b: MaskAction): MaskAction {
  const [first, second] = [STRENGTH.indexOf(a.kind), STRENGTH.indexOf(b.kind)];
  if (first !== second) return first < second ? a : b;
  if (a.kind !== "partial" || b.kind !== "partial") return a;
  return a.keepFirst + a.keepLast <= b.keepFirst + b.keepLast ? a : b;
}

/** What is left of an action where the client chooses the values: a dictionary of tokens would turn them back. */
export function keyless(action: MaskAction): MaskAction {
  return action.kind === "tokenize" || action.kind === "hash" ? { kind: "redact" } : action;
}

/** The key an action needs; only `tokenize` chooses its scope. */
export function keyOf(action: MaskAction, keys: MaskKeys): Uint8Array {
  return keys.maskKey(action.kind === "tokenize" ? action.scope : "session");
}

/** A text that stands for `value`. Null stands for NULL where there is one; inside a text it is a redaction. */
export function maskText(action: MaskAction, value: string, key: Uint8Array): string {
  switch (action.kind) {
    case "partial":
      return partialText(value, action.keepFirst, action.keepLast);
    case "hash":
      return digestOf("hash", value, key).toString("hex").slice(0, 32);
    case "tokenize":
      return tokenOf(value, key);
    case "redact":
    case "null":
      return REDACTED;
  }
}

/** Keeps the first and last characters and puts a star for each of the others; a short text is all stars. */
export function partialText(text: string, keepFirst: number, keepLast: number): string {
  const characters = [...text];
  const hidden = characters.length - keepFirst - keepLast;
  if (hidden <= 0) return "*".repeat(characters.length);
  const last = keepLast === 0 ? "" : characters.slice(-keepLast).join("");
  return characters.slice(0, keepFirst).join("") + "*".repeat(hidden) + last;
}

/** `tok_` and 26 letters (130 bits of a keyed hash); what is an e-mail address as a whole stays one, in `.invalid`. */
export function tokenOf(text: string, key: Uint8Array): string {
  const token = `tok_${base32(digestOf("tokenize", text, key))}`;
  return EMAIL_SHAPE.test(text) ? `${token}@masked.invalid` : token;
}

export function digestOf(kind: "hash" | "tokenize", value: string | Uint8Array, key: Uint8Array): Buffer {
  return keyed(key).update(kind).update("\0").update(value).digest();
}

/** HMAC-SHA-256; the key is prepared once, which is most of the cost of a short one. */
export function keyed(key: Uint8Array): Hmac {
  let prepared = PREPARED.get(key);
  if (prepared === undefined) PREPARED.set(key, (prepared = createSecretKey(key)));
  return createHmac("sha256", prepared);
}

const PREPARED = new WeakMap<Uint8Array, KeyObject>();

/** RFC 4648 alphabet in lower case; the first 130 bits. */
export function base32(digest: Uint8Array): string {
  let out = "";
  let bits = 0;
  let held = 0;
  for (const byte of digest) {
    held = ((held << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5 && out.length < 26) {
      bits -= 5;
      out += ALPHABET[(held >> bits) & 31] ?? "";
    }
  }
  return out;
}

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const STRENGTH = ["null", "redact", "hash", "tokenize", "partial"];
const EMAIL_SHAPE = /^[^\s@]{1,64}@[^\s@]{1,190}\.[^\s@.]{2,63}$/;
