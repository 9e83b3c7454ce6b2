/**
 * Masks on an answer: which reading of its body they are applied to, and what its headers may still say. An answer
 * that masks cannot read is refused. Pure, apart from zlib.
 * RFC 9110 §8.4 (codings), §8.8.3 (ETag), §14 (ranges); RFC 9530 (digests).
 */
import { pipeline, Transform, type Duplex, type Readable, type Writable } from "node:stream";
import zlib from "node:zlib";
import type { Gate, Obligation } from "@gate/contract";
import { ContentMasks, jsonMasker, textMasker, type MaskKeys, type MaskStream } from "@gate/masking";
import { WebError } from "../web/errors.ts";
import type { HeaderList } from "../web/header-hygiene.ts";
import { isJsonLinesType, isJsonType, isScriptType, isTextType, keepsAscii, readMediaType } from "../web/media-type.ts";
import { openTags, sealTag } from "./entity-tags.ts";
import { scriptMasker } from "./mask-script.ts";
import { eventMasker, sniffingMasker } from "./mask-streams.ts";

export interface AnswerHead {
  readonly status: number;
  readonly headers: HeaderList;
  readonly hasBody: boolean;
}

export interface MaskedAnswer {
  readonly headers: HeaderList;
  /** What the body goes through: by itself, or where a coding has to be undone first, as streams. */
  readonly through: MaskStream | { readonly in: Writable; readonly out: Readable };
  /** Events follow one by one: the head must not wait for the first. */
  readonly streams: boolean;
  counts(): Readonly<Record<string, number>>;
}

/** The masks of an admission that look at content; `undefined` when there are none. */
export function contentMasks(obligations: readonly Obligation[], gate: Gate): ContentMasks | undefined {
  const masks = obligations.flatMap((obligation) => (obligation.kind === "mask" ? obligation.masks : []));
  if (masks.length === 0) return undefined;
  const content = new ContentMasks(masks, gate, () => gate.clock.now());
  return content.empty ? undefined : content;
}

/**
 * Headers of a request as the target gets them under masks. Parts of a body cannot be masked, so no ranges are asked
 * for; only codings are, that can be undone.
 */
export function maskedRequestHeaders(headers: HeaderList, keys: MaskKeys): [string, string][] {
  return headers.flatMap(([name, value]): [string, string][] => {
    if (name === "if-none-match" || name === "if-match") return [[name, openTags(value, keys)]];
    if (name === "range" || name === "if-range" || name.startsWith("want-")) return [];
    if (name !== "accept-encoding") return [[name, value]];
    const codings = value.split(",").map((each) => each.trim());
    const readable = codings.filter((each) => DECODERS.has((each.split(";", 1)[0] ?? "").trim().toLowerCase()));
    return [[name, readable.length === 0 ? "identity" : readable.join(", ")]];
  });
}

/** @throws {WebError} UNMASKABLE. */
export function maskAnswer(content: ContentMasks, answer: AnswerHead): MaskedAnswer {
  const header = (name: string): string | undefined => answer.headers.find(([each]) => each === name)?.[1];
  if (answer.status === 206 || header("content-range") !== undefined) throw unmaskable("is a part of a body");
  const counts: Record<string, number> = {};
  const headers = maskHeaders(content, answer.headers, counts);
  if (!answer.hasBody) return { headers, through: PASS, streams: false, counts: () => counts };
  const types = new Set(answer.headers.flatMap(([name, value]) => (name === "content-type" ? [value] : [])));
  if (types.size > 1) throw unmaskable("says of two types that it is of them");
  const masker = maskerOf(content, header("content-type"));
  const streams = readMediaType(header("content-type")).type === "text/event-stream";
  const stages: Duplex[] = decoders(answer.headers);
  const [first] = stages;
  if (first === undefined) return { headers, through: masker, streams, counts: () => sum(counts, masker.masked) };
  const last = transformOf(masker);
  pipeline([...stages, last] as unknown as [Duplex, Duplex], ignore);
  return { headers, through: { in: first, out: last }, streams, counts: () => sum(counts, masker.masked) };
}

/** Bytes through a masker, in one piece. @throws {WebError} UNMASKABLE. */
export function maskedBytes(pieces: () => readonly Uint8Array[]): Uint8Array | undefined {
  try {
    const got = pieces();
    return got.length === 0 ? undefined : joined(got);
  } catch (error) {
    throw unmaskable("could not be read to its end", error);
  }
}

/** The reading of a body that masks are applied to. @throws {WebError} UNMASKABLE when there is none. */
function maskerOf(content: ContentMasks, contentType: string | undefined): MaskStream {
  const { type, charset } = readMediaType(contentType);
  if (isJsonType(type) || isJsonLinesType(type)) {
    if (charset !== undefined && !/^(?:utf-?8|us-ascii)$/.test(charset)) throw unmaskable("is JSON that is no UTF-8");
    return jsonMasker(content, { sequence: isJsonLinesType(type) });
  }
  if (type === "text/event-stream") return eventMasker(content);
  if (isTextType(type)) {
    if (!keepsAscii(charset)) throw unmaskable(`is text in an encoding that cannot be read`);
    // JSON may come under another name: paths must find it there too, and detectors what is escaped in it.
    const text = (): MaskStream => sniffingMasker(content, () => textMasker(content));
    return isScriptType(type) && content.paths.length > 0 ? scriptMasker(content, text) : text();
  }
  if (content.detects || type.startsWith("multipart/")) {
    throw unmaskable(type === "" ? "does not say what it is" : "is neither JSON nor text");
  }
  // Without detectors only JSON has something to mask: what looks like JSON is read as such, whatever it is called.
  return sniffingMasker(content, () => PASS);
}

/** A header that stands twice is a list (RFC 9110 §5.3). */
function decoders(headers: HeaderList): Duplex[] {
  const names = headers.flatMap(([name, value]) => (name === "content-encoding" ? value.split(",") : []));
  const codings = names.map((name) => name.trim().toLowerCase()).filter((name) => name !== "" && name !== "identity");
  if (codings.length > CODINGS_MAX) throw unmaskable("has too many codings");
  return codings.reverse().map((name) => {
    const make = DECODERS.get(name);
    if (make === undefined) throw unmaskable("has a coding that cannot be undone");
    return make();
  });
}

function maskHeaders(content: ContentMasks, headers: HeaderList, counts: Record<string, number>): [string, string][] {
  const placed = content.at({});
  const count = (label: string): void => {
    counts[label] = (counts[label] ?? 0) + 1;
  };
  const out: [string, string][] = [];
  for (const [name, value] of headers) {
    if (DROPPED.has(name)) continue;
    if (name === "etag") {
      const tag = sealTag(value, content.keys);
      if (tag !== undefined) out.push([name, tag]);
    } else if (KEPT.has(name)) out.push([name, value]);
    else out.push([name, content.replace(value, placed, count) ?? value]);
  }
  return out;
}

function transformOf(masker: MaskStream): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      forward(this, done, () => masker.push(chunk));
    },
    flush(done) {
      forward(this, done, () => masker.end());
    },
  });
}

function forward(to: Transform, done: (error?: Error) => void, pieces: () => readonly Uint8Array[]): void {
  try {
    const bytes = maskedBytes(pieces);
    if (bytes !== undefined) to.push(bytes);
    done();
  } catch (error) {
    done(error instanceof Error ? error : undefined);
  }
}

/** Maskers give a piece a line: written one by one they would cost more than the masking. */
function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}

function unmaskable(what: string, cause?: unknown): WebError {
  const message = `gate: the target's answer ${what}, so the grant's masks cannot be applied to it`;
  return new WebError("peer-unsupported", "UNMASKABLE", 502, message, { cause });
}

function sum(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const out: Record<string, number> = { ...a };
  for (const [label, count] of Object.entries(b)) out[label] = (out[label] ?? 0) + count;
  return out;
}

function ignore(): void {
  // The last stage's own listeners see how it ended.
}

const PASS: MaskStream = { push: (chunk) => [chunk], end: () => [], masked: {} };
/** Node 22.15 and later. */
const zstd = zlib.createZstdDecompress as (() => Duplex) | undefined;
const DECODERS: ReadonlyMap<string, () => Duplex> = new Map<string, () => Duplex>([
  ["gzip", () => zlib.createGunzip()],
  ["x-gzip", () => zlib.createGunzip()],
  ["deflate", () => zlib.createInflate()],
  ["br", () => zlib.createBrotliDecompress()],
  ...(zstd === undefined ? [] : [["zstd", () => zstd()] as const]),
]);
/** Codings of one body, one inside the other. */
const CODINGS_MAX = 4;
/** Said of the bytes before they were masked. */
const DROPPED = new Set([
  "content-length",
  "content-encoding",
  "content-md5",
  "digest",
  "content-digest",
  "repr-digest",
  "accept-ranges",
  "signature",
  "signature-input",
]);
/** Formats of HTTP's own, in which nothing personal stands. */
const KEPT = new Set(["date", "content-type", "age", "expires", "last-modified"]);
