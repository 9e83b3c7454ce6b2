/**
 * The Merkle tree of RFC 6962 §2.1, incremental: it keeps one hash a level (a compact range), never the leaves.
 * Touches node:crypto only.
 */
import { sha256, sha256Binary } from "./hash.ts";

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
  /** Roots of the perfect subtrees, largest first, one for every set bit of `size`: 32 characters of one byte each. */
  readonly #peaks: string[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  append(leaf: Buffer): void {
    this.#append(leaf.toString("latin1"));
  }

  /** Appends the leaf of a line that stands behind a zero byte: `prefixed` is 0x00 ‖ line. */
  appendPrefixed(prefixed: Uint8Array): void {
    this.#append(sha256Binary(prefixed));
  }

  /** The tree head at the present size; SHA-256 of nothing for the empty tree. */
  root(): Buffer {
    let root: string | undefined;
    for (let index = this.#peaks.length - 1; index >= 0; index -= 1) {
      const peak = this.#peaks[index] as string;
      root = root === undefined ? peak : parentOf(peak, root);
    }
    return root === undefined ? sha256("") : Buffer.from(root, "latin1");
  }

  #append(leaf: string): void {
    let node = leaf;
    // Every trailing one bit of the old size is a peak of the same height, which the new leaf completes.
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      node = parentOf(this.#peaks.pop() as string, node);
    }
    this.#peaks.push(node);
    this.#size += 1;
  }
}

/** `nodeHash` of two hashes as texts. */
function parentOf(left: string, right: string): string {
  PAIR.write(left, 1, HASH_BYTES, "latin1");
  PAIR.write(right, 1 + HASH_BYTES, HASH_BYTES, "latin1");
  return sha256Binary(PAIR);
}

const HASH_BYTES = 32;
const LEAF_PREFIX = Buffer.from([0]);
const NODE_PREFIX = Buffer.from([1]);
/** 0x01 and room for two hashes: used within `parentOf` only. */
const PAIR = Buffer.concat([NODE_PREFIX, Buffer.alloc(2 * HASH_BYTES)]);
