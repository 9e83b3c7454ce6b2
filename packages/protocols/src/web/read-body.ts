/** Reads a body up to a bound, and gives back what was read together with the rest when there is more. */
import type { Readable } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { WebError } from "./errors.ts";

export interface BodyPart {
  readonly bytes: Buffer;
  /** False: the stream goes on behind `bytes`, paused. */
  readonly complete: boolean;
}

/**
 * Reads until the end or until more than `bytesMax` were read.
 * @throws {WebError} BODY_MALFORMED when the stream ends before its time.
 */
export function readUpTo(stream: Readable, bytesMax: number, before: Buffer = EMPTY): Promise<BodyPart> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = before.length === 0 ? [] : [before];
    let size = before.length;
    const done = (complete: boolean): void => {
      stream.pause();
      stream.off("data", onData).off("end", onEnd).off("error", onFail).off("close", onFail);
      resolve({ bytes: chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks), complete });
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > bytesMax) done(false);
    };
    const onEnd = (): void => done(true);
    const onFail = (): void => {
      stream.off("data", onData).off("end", onEnd).off("error", onFail).off("close", onFail);
      reject(new WebError("peer-wrong", "BODY_MALFORMED", 400, "the body ended before its end"));
    };
    if (stream.readableEnded) {
      done(true);
      return;
    }
    stream.on("data", onData).on("end", onEnd).on("error", onFail).on("close", onFail);
    stream.resume();
  });
}

/**
 * What a compressed body says, for judging only. `undefined`: an unknown coding, broken data, or more than `bytesMax`.
 */
export async function decoded(
  bytes: Buffer,
  coding: string | undefined,
  bytesMax: number,
): Promise<Buffer | undefined> {
  const name = (coding ?? "identity").trim().toLowerCase();
  if (name === "identity" || name === "") return bytes;
  const decoder =
    name === "gzip" || name === "x-gzip"
      ? createGunzip()
      : name === "deflate"
        ? createInflate()
        : name === "br"
          ? createBrotliDecompress()
          : undefined;
  if (decoder === undefined) return undefined;
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    decoder.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= bytesMax) return;
      decoder.destroy();
      resolve(undefined);
    });
    decoder.on("end", () => resolve(Buffer.concat(chunks)));
    decoder.on("error", () => resolve(undefined));
    decoder.end(bytes);
  });
}

const EMPTY = Buffer.alloc(0);
