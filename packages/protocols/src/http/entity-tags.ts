/**
 * Entity tags under masks (RFC 9110 §8.8.3, §13.1). Many servers make them of a hash of the body: with one in the clear,
 * whoever knows the rest of the body finds a masked value by trying. The client gets each tag encrypted, always the same
 * way within a session, and the target gets back what it said. Touches node:crypto only.
 */
import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from "node:crypto";
import type { MaskKeys } from "@gate/masking";

/** `undefined` for what is no tag. The answer to the client is another body than the target's, so its tag is weak. */
export function sealTag(tag: string, keys: MaskKeys): string | undefined {
  if (!ONE_TAG.test(tag) || tag.length > TAG_CHARS_MAX) return undefined;
  const start = startOf(tag, keys);
  const cipher = createCipheriv(CIPHER, keyOf("key", keys), start);
  return `W/"${Buffer.concat([start, cipher.update(tag, "latin1"), cipher.final()]).toString("base64url")}"`;
}

/** A list of tags in which those that were sealed here are the target's own again; any other stays as it is. */
export function openTags(list: string, keys: MaskKeys): string {
  return list.replace(TAGS, (whole, sealed: string) => openTag(sealed, keys) ?? whole);
}

function openTag(sealed: string, keys: MaskKeys): string | undefined {
  const bytes = Buffer.from(sealed, "base64url");
  if (bytes.length <= START_BYTES || bytes.length > START_BYTES + TAG_CHARS_MAX) return undefined;
  const start = bytes.subarray(0, START_BYTES);
  const cipher = createDecipheriv(CIPHER, keyOf("key", keys), start);
  const tag = Buffer.concat([cipher.update(bytes.subarray(START_BYTES)), cipher.final()]).toString("latin1");
  return timingSafeEqual(start, startOf(tag, keys)) ? tag : undefined;
}

/** The same for the same tag, and proof that it was sealed here: a MAC (as in SIV, RFC 5297). */
function startOf(tag: string, keys: MaskKeys): Buffer {
  return createHmac("sha256", keyOf("start", keys)).update(tag, "latin1").digest().subarray(0, START_BYTES);
}

function keyOf(what: "key" | "start", keys: MaskKeys): Buffer {
  return createHmac("sha256", keys.maskKey("session")).update(`entity tag ${what}`).digest();
}

const CIPHER = "aes-256-ctr";
const START_BYTES = 16;
const ONE_TAG = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/;
const TAGS = /(?:W\/)?"([A-Za-z0-9_-]+)"/g;
/** Longest entity tag that goes on under masks, in characters. */
const TAG_CHARS_MAX = 512;
