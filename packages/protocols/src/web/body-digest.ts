/** SHA-256 of a body that passes by, and its size. Touches node:crypto only. */
import { createHash, type Hash } from "node:crypto";
import { sha256Hex } from "@gate/base";

export class BodyDigest {
  bytes = 0;
  #first: Uint8Array | undefined;
  #hash: Hash | undefined;

  /** The chunk must not be changed afterwards. */
  push(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return;
    this.bytes += chunk.byteLength;
    if (this.#hash !== undefined) {
      this.#hash.update(chunk);
    } else if (this.#first === undefined) {
      // Most bodies are one chunk, and then one call does it.
      this.#first = chunk;
    } else {
      this.#hash = createHash("sha256").update(this.#first).update(chunk);
      this.#first = undefined;
    }
  }

  /** Once, at the end. */
  hex(): string {
    return this.#hash === undefined ? sha256Hex(this.#first ?? new Uint8Array(0)) : this.#hash.digest("hex");
  }
}
