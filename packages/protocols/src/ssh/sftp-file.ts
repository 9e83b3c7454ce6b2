/** A file or directory that a client has open: what was allowed, and a digest of what went through it. Pure. */
import { createHash, type Hash } from "node:crypto";
import type { Admission } from "@gate/contract";

export interface OpenedAs {
  readonly path: string;
  readonly directory: boolean;
  readonly readable: boolean;
  readonly writable: boolean;
}

export class OpenFile {
  readonly as: OpenedAs;
  readonly admission: Admission;
  readonly #read = new Transfer();
  readonly #written = new Transfer();
  #copied = false;
  /** Set once a limit was reached: nothing more is read. */
  over: string | undefined;

  constructor(as: OpenedAs, admission: Admission) {
    this.as = as;
    this.admission = admission;
  }

  read(offset: bigint, data: Uint8Array): void {
    this.#read.add(offset, data);
  }

  wrote(offset: bigint, data: Uint8Array): void {
    this.#written.add(offset, data);
  }

  /** The target copies by itself: what it copies is not seen here. */
  copied(): void {
    this.#copied = true;
  }

  get bytes(): number {
    return this.#read.bytes + this.#written.bytes;
  }

  /** For the record: sizes and SHA-256 of what was read and written. */
  detail(): Record<string, string | number | boolean> {
    return {
      entry: this.admission.entry,
      path: this.as.path,
      ...this.#read.detail("read"),
      ...this.#written.detail("written"),
      ...(this.#copied ? { copied: true } : {}),
    };
  }
}

/** Bytes in the order in which they went; in one piece from the start, their digest is that of the file. */
class Transfer {
  bytes = 0;
  #whole = true;
  readonly #hash: Hash = createHash("sha256");

  add(offset: bigint, data: Uint8Array): void {
    if (offset !== BigInt(this.bytes)) this.#whole = false;
    this.bytes += data.byteLength;
    this.#hash.update(data);
  }

  detail(name: string): Record<string, string | number | boolean> {
    if (this.bytes === 0) return {};
    return {
      [`${name}Bytes`]: this.bytes,
      [`${name}Sha256`]: this.#hash.copy().digest("hex"),
      [`${name}InOrder`]: this.#whole,
    };
  }
}
