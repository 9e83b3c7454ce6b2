/**
 * Maps small numbers onto one another by a secret key, one to one: different ids stay different, however many there
 * are, which a shortened hash could not promise. A Feistel network over HMAC-SHA-256 (as in NIST SP 800-38G). Pure.
 */
import { createHmac } from "node:crypto";

/** The token of `value`, both in 0 … 2^bits - 1; `bits` even and at most 48. */
export function permute(value: number, bits: number, key: Uint8Array, tweak: string): number {
  const half = bits / 2;
  const size = 2 ** half;
  let left = Math.floor(value / size);
  let right = value % size;
  for (let round = 0; round < ROUNDS; round++) {
    const digest = createHmac("sha256", key).update(`${tweak}\0${bits}\0${round}\0${right}`).digest();
    const next = (left + digest.readUIntBE(0, 6)) % size;
    left = right;
    right = next;
  }
  return left * size + right;
}

/** The same within 0 … size - 1: what falls outside is mapped again until it is inside. */
export function permuteBelow(value: number, size: number, bits: number, key: Uint8Array, tweak: string): number {
  let mapped = permute(value, bits, key, tweak);
  while (mapped >= size) mapped = permute(mapped, bits, key, tweak);
  return mapped;
}

const ROUNDS = 8;
