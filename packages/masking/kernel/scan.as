/**
 * The scan and the rewriting of rows, in AssemblyScript (compiled by scripts/kernel.ts into src/kernel-bytes.ts).
 *
 * scan() looks at 64 bytes at a time: SIMD comparisons turn them into bit masks by class (digit, capital, separator …),
 * shifts of those masks find the places where a value could be, and a few comparisons there confirm or drop them.
 * It may announce too much, never too little: src/scan.test.ts holds it against the detectors. What stands before a
 * place counts for nothing: at the beginning of a field that is the last byte of its length, which may look like a
 * letter or a digit. A run of digits may therefore be announced up to three bytes before its field.
 *
 * rows() walks DataRow messages (PostgreSQL's), replaces columns that have a constant mask, and stops at the first row
 * that needs a closer look.
 */

// Memory: see src/kernel.ts, which has the same numbers.
const SPOTS: usize = 0x0400; // 64 bytes: what was found at each byte of a block
const NIBBLES: usize = 0x0500; // 6 × 16 bytes: buckets by low and high nibble of three bytes
const LITERALS: usize = 0x0600; // entries of 8 bytes: value, mask
const COLUMNS: usize = 0x2000; // entries of 16 bytes: kind, where the constant is, its length, how often it was used
const INPUT: usize = 0x10000;
const FOUND: usize = 0x54000; // offset << 8 | bits
const FOUND_MAX: i32 = 16384;
const OUTPUT: usize = 0x70000;

const DIGITS: u8 = 1;
const IBAN: u8 = 2;
const AT: u8 = 4;
const SSN: u8 = 8;
const PHONE: u8 = 16;
const IPV4: u8 = 32;
const IPV6: u8 = 64;
const LITERAL: u8 = 128;

let literals: i32 = 0;
let spots: u64 = 0;

export function setLiterals(count: i32): void {
  literals = count;
}

// @ts-ignore: decorator
@inline
function ahead(now: u64, next: u64, by: u64): u64 {
  return (now >> by) | (next << (64 - by));
}

// @ts-ignore: decorator
@inline
function bits(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    (i8x16.bitmask(a) as u64) |
    ((i8x16.bitmask(b) as u64) << 16) |
    ((i8x16.bitmask(c) as u64) << 32) |
    ((i8x16.bitmask(d) as u64) << 48)
  );
}

// @ts-ignore: decorator
@inline
function range(v: v128, low: i8, count: i8): v128 {
  return i8x16.lt_u(i8x16.sub(v, i8x16.splat(low)), i8x16.splat(count));
}

// @ts-ignore: decorator
@inline
function is(v: v128, byte: i8): v128 {
  return i8x16.eq(v, i8x16.splat(byte));
}

// @ts-ignore: decorator
@inline
function separator(v: v128): v128 {
  return v128.or(v128.or(is(v, 0x20), is(v, 0x2d)), is(v, 0x2e));
}

// @ts-ignore: decorator
@inline
function isDigit(byte: u32): bool {
  return byte - 0x30 < 10;
}

// @ts-ignore: decorator
@inline
function isUpper(byte: u32): bool {
  return byte - 0x41 < 26;
}

// @ts-ignore: decorator
@inline
function isHex(byte: u32): bool {
  return isDigit(byte) || (byte | 0x20) - 0x61 < 6;
}

// @ts-ignore: decorator
@inline
function isSeparator(byte: u32): bool {
  return byte == 0x20 || byte == 0x2d || byte == 0x2e;
}

// @ts-ignore: decorator
@inline
function spot(index: u64, kind: u8): void {
  const at = SPOTS + (index as usize);
  store<u8>(at, load<u8>(at) | kind);
  spots |= (1 as u64) << index;
}

/** The buckets whose literals may begin at each of 16 bytes. */
// @ts-ignore: decorator
@inline
function buckets(at: usize): v128 {
  const low = i8x16.splat(0x0f);
  const a = v128.load(at);
  const b = v128.load(at + 1);
  const c = v128.load(at + 2);
  let hit = v128.and(
    i8x16.swizzle(v128.load(NIBBLES), v128.and(a, low)),
    i8x16.swizzle(v128.load(NIBBLES + 16), i8x16.shr_u(a, 4)),
  );
  hit = v128.and(hit, i8x16.swizzle(v128.load(NIBBLES + 32), v128.and(b, low)));
  hit = v128.and(hit, i8x16.swizzle(v128.load(NIBBLES + 48), i8x16.shr_u(b, 4)));
  hit = v128.and(hit, i8x16.swizzle(v128.load(NIBBLES + 64), v128.and(c, low)));
  return v128.and(hit, i8x16.swizzle(v128.load(NIBBLES + 80), i8x16.shr_u(c, 4)));
}

function literalAt(at: usize): bool {
  const word = load<u32>(at);
  for (let i = 0; i < literals; i++) {
    const entry = LITERALS + (i as usize) * 8;
    if ((word & load<u32>(entry + 4)) == load<u32>(entry)) return true;
  }
  return false;
}

/** Thirteen digits or more, with single separators among them. */
function cardAt(at: usize): bool {
  let digits = 0;
  let gap = false;
  for (let i: usize = 0; i < 40; i++) {
    const byte: u32 = load<u8>(at + i);
    if (isDigit(byte)) {
      if (++digits >= 13) return true;
      gap = false;
    } else if (!gap && isSeparator(byte)) gap = true;
    else return false;
  }
  return false;
}

/** Fifteen capitals and digits or more, with single separators among them. */
function ibanAt(at: usize): bool {
  let seen = 0;
  let gap = false;
  for (let i: usize = 0; i < 40; i++) {
    const byte: u32 = load<u8>(at + i);
    if (isDigit(byte) || isUpper(byte)) {
      if (++seen >= 15) return true;
      gap = false;
    } else if (!gap && isSeparator(byte)) gap = true;
    else return false;
  }
  return false;
}

/** Seven digits or more behind a plus sign. */
function phoneAt(at: usize): bool {
  let digits = 0;
  for (let i: usize = 1; i < 32; i++) {
    const byte: u32 = load<u8>(at + i);
    if (isDigit(byte)) {
      if (++digits >= 7) return true;
    } else if (!isSeparator(byte) && byte != 0x28 && byte != 0x29) return false;
  }
  return false;
}

/** Three times a point and one to three digits; `at` is the last digit before the first point. */
function ipv4At(at: usize): bool {
  let p = at + 1;
  for (let part = 0; part < 3; part++) {
    if (load<u8>(p) != 0x2e) return false;
    p++;
    if (!isDigit(load<u8>(p))) return false;
    for (let i = 0; i < 3 && isDigit(load<u8>(p)); i++) p++;
  }
  return true;
}

/** @returns how many places were written to FOUND; FOUND_MAX: there may be more behind the last of them. */
export function scan(length: i32, wanted: i32): i32 {
  const end = INPUT + (length as usize);
  let count = 0;
  // Masks of the block that is judged, and of the one behind it.
  let digit0: u64 = 0;
  let upper0: u64 = 0;
  let gap0: u64 = 0;
  let dot0: u64 = 0;
  let colon0: u64 = 0;
  let run0: u64 = 0;
  const digits = (wanted & (DIGITS | IBAN | SSN | PHONE | IPV4)) != 0;
  const colons = (wanted & IPV6) != 0;
  const marks = (wanted & (AT | PHONE)) != 0;
  const words = (wanted & LITERAL) != 0;
  for (let block = INPUT; block < end + 64; block += 64) {
    const base = block - 64;
    const a = v128.load(block);
    const b = v128.load(block, 16);
    const c = v128.load(block, 32);
    const d = v128.load(block, 48);
    if (digits) {
      const digit1 = bits(range(a, 0x30, 10), range(b, 0x30, 10), range(c, 0x30, 10), range(d, 0x30, 10));
      // Without a digit here there is nothing to find that has its first digit here.
      if ((digit0 | digit1) != 0) {
        const gap1 = bits(separator(a), separator(b), separator(c), separator(d));
        const carry = run0;
        run0 = 0;
        if (digit0 != 0) {
          const run1 = digit1 | gap1;
          if ((wanted & DIGITS) != 0) {
            let run = (digit0 | gap0) & ahead(digit0 | gap0, run1, 1);
            run &= ahead(digit0 | gap0, run1, 2) & ahead(digit0 | gap0, run1, 3) & ahead(digit0 | gap0, run1, 4);
            run &= ahead(digit0 | gap0, run1, 5) & ahead(digit0 | gap0, run1, 6);
            if (run != 0) {
              for (let by: u64 = 7; by < 13; by++) run &= ahead(digit0 | gap0, run1, by);
              run &= digit0;
              // Only where a run begins.
              let edges = run & ~((run << 1) | carry);
              run0 = run >> 63;
              while (edges != 0) {
                const index = ctz(edges);
                if (cardAt(base + (index as usize))) spot(index, DIGITS);
                edges &= edges - 1;
              }
            }
          }
          if ((wanted & SSN) != 0) {
            let here = ahead(gap0, gap1, 3) & ahead(gap0, gap1, 6);
            if (here != 0) {
              here &= digit0 & ahead(digit0, digit1, 1) & ahead(digit0, digit1, 2) & ahead(digit0, digit1, 4);
              here &= ahead(digit0, digit1, 5) & ahead(digit0, digit1, 7) & ahead(digit0, digit1, 8);
              here &= ahead(digit0, digit1, 9) & ahead(digit0, digit1, 10);
              while (here != 0) {
                spot(ctz(here), SSN);
                here &= here - 1;
              }
            }
          }
          if ((wanted & PHONE) != 0) {
            let here = ahead(gap0, gap1, 3) & digit0 & ahead(digit0, digit1, 1) & ahead(digit0, digit1, 2);
            if (here != 0) {
              here &= ahead(digit0, digit1, 4) & ahead(digit0, digit1, 5) & ahead(digit0, digit1, 6);
              here &= ahead(digit0, digit1, 7);
              while (here != 0) {
                const index = ctz(here);
                const before: u32 = load<u8>(base + (index as usize) - 1);
                if (isSeparator(before) || before == 0x29) spot(index, PHONE);
                here &= here - 1;
              }
            }
          }
        }
        gap0 = gap1;
      } else {
        gap0 = 0;
        run0 = 0;
      }
      if ((wanted & IBAN) != 0) {
        const upper1 = bits(range(a, 0x41, 26), range(b, 0x41, 26), range(c, 0x41, 26), range(d, 0x41, 26));
        let here = upper0 & ahead(upper0, upper1, 1) & ahead(digit0, digit1, 2) & ahead(digit0, digit1, 3);
        while (here != 0) {
          const index = ctz(here);
          if (ibanAt(base + (index as usize))) spot(index, IBAN);
          here &= here - 1;
        }
        upper0 = upper1;
      }
      if ((wanted & IPV4) != 0) {
        const dot1 = bits(is(a, 0x2e), is(b, 0x2e), is(c, 0x2e), is(d, 0x2e));
        let here = digit0 & ahead(dot0, dot1, 1);
        if (here != 0) {
          here &= ahead(dot0, dot1, 3) | ahead(dot0, dot1, 4) | ahead(dot0, dot1, 5);
          while (here != 0) {
            const index = ctz(here);
            if (ipv4At(base + (index as usize))) spot(index, IPV4);
            here &= here - 1;
          }
        }
        dot0 = dot1;
      }
      digit0 = digit1;
    }
    if (colons) {
      const colon1 = bits(is(a, 0x3a), is(b, 0x3a), is(c, 0x3a), is(d, 0x3a));
      if (colon0 != 0) {
        let pairs = colon0 & ahead(colon0, colon1, 1);
        while (pairs != 0) {
          const index = ctz(pairs);
          const at = base + (index as usize);
          if (isHex(load<u8>(at - 1)) || isHex(load<u8>(at + 2))) spot(index, IPV6);
          pairs &= pairs - 1;
        }
        let near = colon0 & (ahead(colon0, colon1, 2) | ahead(colon0, colon1, 3) | ahead(colon0, colon1, 4) | ahead(colon0, colon1, 5));
        while (near != 0) {
          const index = ctz(near);
          const window = index == 0 ? colon0 : ahead(colon0, colon1, index);
          if (popcnt(window & 0x7fffffff) >= 7) spot(index, IPV6);
          near &= near - 1;
        }
      }
      colon0 = colon1;
    }
    // The marks below belong to the block that is judged next, so they wait for it: the order stays.
    if (spots != 0) count = flush(base, count);
    if (marks || words) {
      if ((wanted & AT) != 0) {
        let here = bits(is(a, 0x40), is(b, 0x40), is(c, 0x40), is(d, 0x40));
        while (here != 0) {
          const index = ctz(here);
          const at = block + (index as usize);
          if (load<u8>(at - 1) > 0x20 && load<u8>(at + 1) > 0x2c) spot(index, AT);
          here &= here - 1;
        }
      }
      if ((wanted & PHONE) != 0) {
        let here = bits(is(a, 0x2b), is(b, 0x2b), is(c, 0x2b), is(d, 0x2b));
        while (here != 0) {
          const index = ctz(here);
          if (phoneAt(block + (index as usize))) spot(index, PHONE);
          here &= here - 1;
        }
      }
      if (words) {
        const zero = i8x16.splat(0);
        const w = buckets(block);
        const x = buckets(block + 16);
        const y = buckets(block + 32);
        const z = buckets(block + 48);
        if (v128.any_true(v128.or(v128.or(w, x), v128.or(y, z)))) {
          let here = bits(i8x16.ne(w, zero), i8x16.ne(x, zero), i8x16.ne(y, zero), i8x16.ne(z, zero));
          while (here != 0) {
            const index = ctz(here);
            if (literalAt(block + (index as usize))) spot(index, LITERAL);
            here &= here - 1;
          }
        }
      }
    }
    if (count >= FOUND_MAX - 256) {
      spots = 0;
      memory.fill(SPOTS, 0, 64);
      return FOUND_MAX;
    }
  }
  return count;
}

/** Writes what was found in the block at `base`, in order. */
function flush(base: usize, count: i32): i32 {
  let n = count;
  while (spots != 0) {
    const index = ctz(spots);
    const at = SPOTS + (index as usize);
    store<u32>(FOUND + ((n as usize) << 2), ((((base + (index as usize)) - INPUT) as u32) << 8) | (load<u8>(at) as u32));
    store<u8>(at, 0);
    n++;
    spots &= spots - 1;
  }
  return n;
}

/** Where rows() stopped in the input and the output, how many rows it passed, and the first place it has not. */
let position: i32 = 0;
let written: i32 = 0;
let passed: i32 = 0;
let place: i32 = 0;

export function getPosition(): i32 {
  return position;
}
export function getWritten(): i32 {
  return written;
}
export function getPassed(): i32 {
  return passed;
}
export function getPlace(): i32 {
  return place;
}

// @ts-ignore: decorator
@inline
function int32(at: usize): i32 {
  return bswap(load<i32>(at));
}

// @ts-ignore: decorator
@inline
function foundAt(index: i32, found: i32): usize {
  return index < found ? INPUT + ((load<u32>(FOUND + ((index as usize) << 2)) >> 8) as usize) : <usize>0x7fffffff;
}

const CONSTANT: i32 = 1;
const LOOK: i32 = 2;

/**
 * Copies rows from `from` on to OUTPUT, constants in place of the columns that have one.
 * Stops before the first row that is not complete or one too many (0), is no DataRow (1), needs a closer look (2),
 * does not fit its description (3) or the output (4).
 */
export function rows(from: i32, length: i32, columns: i32, found: i32, first: i32, room: i32, most: i32): i32 {
  let at = from;
  let out = 0;
  let next = first;
  let count = 0;
  let why = 0;
  while (count < most && at + 5 <= length) {
    const start = INPUT + (at as usize);
    if (load<u8>(start) != 0x44) {
      why = 1;
      break;
    }
    const size = int32(start + 1);
    if (size < 6 || size > 0x3ffffffe) {
      why = 3;
      break;
    }
    if (size > length - at - 1) break;
    if (size > room - out - 1024) {
      why = 4;
      break;
    }
    const stop = start + (size as usize) + 1;
    if ((((load<u8>(start + 5) as i32) << 8) | (load<u8>(start + 6) as i32)) != columns) {
      why = 3;
      break;
    }
    // Places before this row concern nothing any more.
    while (foundAt(next, found) < start) next++;
    let looking = next;
    let spotAt = foundAt(looking, found);
    const rowOut = OUTPUT + (out as usize);
    let to = rowOut;
    let copied = start;
    let field = start + 7;
    let used: u64 = 0;
    for (let column = 0; column < columns; column++) {
      if (field + 4 > stop) {
        why = 3;
        break;
      }
      const bytes = int32(field);
      if (bytes == -1) {
        field += 4;
        continue;
      }
      if (bytes < 0 || bytes > size) {
        why = 3;
        break;
      }
      const after = field + 4 + (bytes as usize);
      if (after > stop) {
        why = 3;
        break;
      }
      const entry = COLUMNS + ((column as usize) << 4);
      const kind = load<i32>(entry);
      if (kind == CONSTANT) {
        const steady = load<i32>(entry, 8);
        if (steady > room - out - size - 1024 - ((to - rowOut) as i32)) {
          why = 4;
          break;
        }
        const stretch = field - copied;
        copy(to, copied, stretch);
        to += stretch;
        store<i32>(to, bswap(steady));
        to += 4;
        if (steady > 0) {
          copy(to, load<i32>(entry, 4) as usize, steady as usize);
          to += steady as usize;
        }
        copied = after;
        used |= (1 as u64) << (column as u64);
      } else if (kind == LOOK) {
        // Places in columns that nobody asks about.
        while (spotAt < field) spotAt = foundAt(++looking, found);
        if (spotAt < after) {
          why = 2;
          break;
        }
      } else if (kind > LOOK) {
        why = 2;
        break;
      }
      field = after;
    }
    if (why != 0) break;
    if (field != stop) {
      why = 3;
      break;
    }
    const rest = stop - copied;
    copy(to, copied, rest);
    to += rest;
    store<i32>(rowOut + 1, bswap((to - rowOut - 1) as i32));
    while (used != 0) {
      const entry = COLUMNS + ((ctz(used) as usize) << 4);
      store<i32>(entry, load<i32>(entry, 12) + 1, 12);
      used &= used - 1;
    }
    out = (to - OUTPUT) as i32;
    at += size + 1;
    count++;
  }
  position = at;
  written = out;
  passed = count;
  place = next;
  return why;
}

/** Walks over whole rows without a look into them: to getPosition(), getPassed() of them. */
export function walk(from: i32, length: i32): void {
  let at = from;
  let count = 0;
  while (at + 5 <= length) {
    const start = INPUT + (at as usize);
    if (load<u8>(start) != 0x44) break;
    const size = int32(start + 1);
    if (size < 6 || size > length - at - 1) break;
    at += size + 1;
    count++;
  }
  position = at;
  passed = count;
}

/** Copies in steps of 16 bytes, up to 15 bytes too far: what comes next is written over them. */
// @ts-ignore: decorator
@inline
function copy(to: usize, from: usize, length: usize): void {
  if (length > 512) {
    memory.copy(to, from, length);
    return;
  }
  for (let i: usize = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i));
}
