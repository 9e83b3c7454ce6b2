/**
 * Tests of single values: what stands behind a key of a map matcher, and after `estimated_rows`. Pure.
 *
 * A value of another type than the test's is never simply different: servers read `"20000"` as a number and `1` as
 * true. Where the two would be the same after such a conversion, or the test is about size, the outcome is unknown.
 * In a map of texts (query parameters, headers) everything is a text, so there a plainly written number is one.
 */
import { assertNever } from "@gate/base";
import type { Glob } from "./glob.ts";
import { CARRIED, FALSE, UNKNOWN, type Truth } from "./outcome.ts";

export type Value = string | number | boolean | null;

export type Check =
  | { readonly op: "in"; readonly values: readonly Value[] }
  | { readonly op: "gt" | "gte" | "lt" | "lte"; readonly bound: number }
  | { readonly op: "glob"; readonly pattern: string; readonly glob: Glob };

/** All checks must hold for a value. `present`: whether there must be a value at all; true unless it says `false`. */
export interface ValueTest {
  readonly present: boolean;
  /** The map holds texts only. */
  readonly text: boolean;
  readonly checks: readonly Check[];
}

export function testValue(test: ValueTest, value: Value): Truth {
  let outcome: Truth = CARRIED;
  for (const check of test.checks) {
    const each = checkValue(check, value, test.text);
    if (each === FALSE) return FALSE;
    if (each === UNKNOWN) outcome = UNKNOWN;
  }
  return outcome;
}

function checkValue(check: Check, value: Value, text: boolean): Truth {
  switch (check.op) {
    case "in": {
      let best: Truth = FALSE;
      for (const wanted of check.values) {
        const each = equal(wanted, value, text);
        if (each > best) best = each;
      }
      return best;
    }
    case "gt":
    case "gte":
    case "lt":
    case "lte": {
      const number = typeof value === "number" ? value : text ? plainNumber(value) : undefined;
      if (number === undefined || Number.isNaN(number)) return UNKNOWN;
      return compare(check.op, number, check.bound) ? CARRIED : FALSE;
    }
    case "glob":
      if (!check.glob(String(value))) return FALSE;
      return typeof value === "string" ? CARRIED : UNKNOWN;
    default:
      return assertNever(check);
  }
}

function compare(op: "gt" | "gte" | "lt" | "lte", value: number, bound: number): boolean {
  if (op === "gt") return value > bound;
  if (op === "gte") return value >= bound;
  return op === "lt" ? value < bound : value <= bound;
}

function equal(wanted: Value, value: Value, text: boolean): Truth {
  if (wanted === value) return CARRIED;
  if (typeof wanted === typeof value && typeof wanted !== "object") return FALSE;
  if (text && typeof value === "string") {
    if (typeof wanted === "boolean" && value === String(wanted)) return CARRIED;
    if (typeof wanted === "number") {
      const number = plainNumber(value);
      if (number !== undefined) return number === wanted ? CARRIED : FALSE;
    }
  }
  return looselyEqual(wanted, value) ? UNKNOWN : FALSE;
}

/** Whether a reader that converts types could take one for the other. */
function looselyEqual(a: Value, b: Value): boolean {
  if (String(a).trim().toLowerCase() === String(b).trim().toLowerCase()) return true;
  // Number("") and Number(null) are 0, Number(true) is 1: as lax languages have it.
  return Number(a) === Number(b);
}

/** A number as everybody writes it and every reader understands it; no other spelling is one for certain. */
function plainNumber(value: Value): number | undefined {
  return typeof value === "string" && PLAIN.test(value) ? Number(value) : undefined;
}

const PLAIN = /^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,6})?$/;
