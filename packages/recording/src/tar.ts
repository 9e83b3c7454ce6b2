/**
 * Bundles as tar archives (POSIX ustar). Touches the archive's file.
 *
 * Written with tar-stream. Read by an index of our own: a verifier needs files in any order, must not buffer extended
 * headers of any length, and must notice every stray byte, also in paddings and after the end.
 */
import { createReadStream } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import type { RecordingReader } from "@gate/contract";
import { BundleBounds, invalidBundle, missingFile } from "./bundle.ts";

/**
 * A bundle as a tar stream; the same bundle gives the same bytes (no times, no owners).
 * The stream ends with an error when a file changes meanwhile.
 */
export function exportBundle(reader: RecordingReader): Readable {
  const archive = pack();
  const write = async () => {
    for (const { name, bytes } of await reader.list()) {
      const header = { name, size: bytes, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0, type: "file" as const };
      await pipeline(reader.read(name), archive.entry(header));
    }
    archive.finalize();
  };
  write().catch((error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))));
  // tar-stream's streams are not Node's own; this one is, for whoever pipes it into a response.
  return Readable.from(archive, { objectMode: false });
}

/**
 * Reads a bundle in a tar file. `list` and what `read` gives throw BUNDLE_INVALID for anything but plain files (and
 * folders) with plain names, for damaged headers, for bytes that belong to nothing, and past the bounds.
 */
export function tarReader(path: string): RecordingReader {
  let index: Promise<ReadonlyMap<string, Member>> | undefined;
  const members = () => (index ??= readIndex(path));
  return {
    async list() {
      const files = [...(await members())].map(([name, { bytes }]) => ({ name, bytes }));
      return files.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    read(name) {
      const chunks = async function* (): AsyncGenerator<Buffer> {
        const member = (await members()).get(name);
        if (member === undefined) throw missingFile(name);
        if (member.bytes === 0) return;
        const { start, bytes } = member;
        let left = bytes;
        for await (const piece of createReadStream(path, {
          start,
          end: start + bytes - 1,
          highWaterMark: READ_BYTES_MAX,
        })) {
          left -= (piece as Buffer).length;
          yield piece as Buffer;
        }
        if (left !== 0) throw invalidBundle(`${name} ends early`);
      };
      return Readable.from(chunks(), { objectMode: false });
    },
  };
}

interface Member {
  readonly start: number;
  readonly bytes: number;
}

async function readIndex(path: string): Promise<ReadonlyMap<string, Member>> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const bounds = new BundleBounds();
    const members = new Map<string, Member>();
    let at = 0;
    for (let count = 0; count <= MEMBERS_MAX; count += 1) {
      const block = await readExactly(file, at, BLOCK_BYTES);
      if (block.every((byte) => byte === 0)) {
        if (size - at > END_BYTES_MAX) throw invalidBundle("more than an end after the last member");
        await expectZeros(file, at, size);
        return members;
      }
      const { name, bytes, folder } = readHeader(block);
      const start = at + BLOCK_BYTES;
      const end = start + Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
      if (end > size) throw invalidBundle("the archive ends early");
      if (!folder) {
        bounds.add(name, bytes);
        members.set(name, { start, bytes });
      } else if (bytes !== 0) {
        throw invalidBundle("a folder with contents of its own");
      }
      await expectZeros(file, start + bytes, end);
      at = end;
    }
    throw invalidBundle("too many members");
  } finally {
    await file.close();
  }
}

/** One ustar or old GNU header. Links, devices, sparse files and extended headers are refused: no bundle has any. */
function readHeader(block: Buffer): { readonly name: string; readonly bytes: number; readonly folder: boolean } {
  const expected = octal(block, 148, 8);
  let sum = 0;
  for (let index = 0; index < BLOCK_BYTES; index += 1) {
    sum += index >= 148 && index < 156 ? 32 : (block[index] as number);
  }
  if (sum !== expected) throw invalidBundle("a damaged header");
  const magic = block.toString("latin1", 257, 265);
  if (magic !== "ustar\x0000" && magic !== "ustar  \x00") throw invalidBundle("not a tar archive in ustar form");
  const type = block.toString("latin1", 156, 157);
  if (type !== "0" && type !== "\0" && type !== "5")
    throw invalidBundle("a link, a special file or an extended header");
  if (block[157] !== 0) throw invalidBundle("a link name");
  const prefix = magic === "ustar\x0000" ? text(block, 345, 155) : "";
  const name = text(block, 0, 100);
  const whole = (prefix === "" ? name : `${prefix}/${name}`).replace(/^\.\//, "");
  return { name: whole, bytes: octal(block, 124, 12), folder: type === "5" };
}

function text(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString("latin1", 0, end === -1 ? length : end);
}

function octal(block: Buffer, start: number, length: number): number {
  const digits = /^ *([0-7]+)[ \0]*$/.exec(block.toString("latin1", start, start + length));
  if (digits === null) throw invalidBundle("a number that is not octal in a header");
  return Number.parseInt(digits[1] as string, 8);
}

async function readExactly(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, at);
  if (bytesRead !== length) throw invalidBundle("the archive ends early");
  return buffer;
}

async function expectZeros(file: FileHandle, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += READ_BYTES_MAX) {
    const bytes = await readExactly(file, at, Math.min(READ_BYTES_MAX, to - at));
    if (!bytes.every((byte) => byte === 0)) throw invalidBundle("bytes that belong to no file");
  }
}

const BLOCK_BYTES = 512;
/** Headers of one archive, folders included. */
const MEMBERS_MAX = 20_000;
/** Zeros that end an archive, bytes: tar programs fill their last record, a file with holes can have any number. */
const END_BYTES_MAX = 1_048_576;
/** Bytes read at once. */
const READ_BYTES_MAX = 262_144;
