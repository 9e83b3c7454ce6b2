/**
 * The Merkle tree of RFC 6962 §2.1, incremental: it keeps one hash a level (a compact range), never the leaves.
 * Touches node:crypto only.
 */
import { sha256 } from "./hash.ts";

/** Hash of a leaf: SHA-256(0x00 ‖ line), the line being an entry's raw text without its line feed. */
export function leafHash(line: string | Uint8Array): Buffer {
  // A string goes to the hash as it is: NUL is one zero byte in UTF-8.
  return typeof line === "string" ? sha256("\0" + line) : sha256(Buffer.concat([LEAF_PREFIX, line]));
}

/** Hash of an inner node: SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(Buffer.concat([NODE_PREFIX, left, right]));
}

/** An append-only tree; memory and the cost of a root are O(log size). */
export class MerkleTree {
  /** Roots of the perfect subtrees, largest first: one for every set bit of `size`. */
  readonly #peaks: Buffer[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  append(leaf: Buffer): void {
    let node = leaf;
    // Every trailing one bit of the old size is a peak of the same height, which the new leaf completes.
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      node = nodeHash(this.#peaks.pop() as Buffer, node);
    }
    this.#peaks.push(node);
    this.#size += 1;
  }

  /** The tree head at the present size; SHA-256 of nothing for the empty tree. */
  root(): Buffer {
    let root: Buffer | undefined;
    for (let index = this.#peaks.length - 1; index >= 0; index -= 1) {
      const peak = this.#peaks[index] as Buffer;
      root = root === undefined ? peak : nodeHash(peak, root);
    }
    return root ?? sha256("");
  }
}

const LEAF_PREFIX = Buffer.from([0]);
const NODE_PREFIX = Buffer.from([1]);
