/**
 * Maps small numbers onto one another by a secret key, one to one: different ids stay different, however many there
 * are, which a shortened hash could not promise. A Feistel network over HMAC-SHA-256 (as in NIST SP 800-38G). Pure.
 */
import { keyed } from "./action.ts";

/** The token of `value`, both in 0 … 2^bits - 1; `bits` even and at most 32. */
export function permute(value: number, bits: number, key: Uint8Array, tweak: string): number {
  const half = bits / 2;
  const size = 2 ** half;
  const known = rounds(key, `${tweak} ${bits}`, size);
  let left = Math.floor(value / size);
  let right = value % size;
  for (let round = 0; round < ROUNDS; round++) {
    const slot = round * size + right;
    let step = (known[slot] as number) - 1;
    if (step < 0) {
      const digest = keyed(key).update(`${tweak}\0${bits}\0${round}\0${right}`).digest();
      step = digest.readUIntBE(0, 6) % size;
      known[slot] = step + 1;
    }
    const next = (left + step) % size;
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

/** What the rounds have given so far, plus one; of a column of ids each round meets the same halves again and again. */
function rounds(key: Uint8Array, name: string, size: number): Int32Array {
  let tables = TABLES.get(key);
  if (tables === undefined) TABLES.set(key, (tables = new Map<string, Int32Array>()));
  let table = tables.get(name);
  if (table === undefined) tables.set(name, (table = new Int32Array(ROUNDS * size)));
  return table;
}

/** By key, as long as somebody has it: at most 2 MiB for each way of use. */
const TABLES = new WeakMap<Uint8Array, Map<string, Int32Array>>();
const ROUNDS = 8;
