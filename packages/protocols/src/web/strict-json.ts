/**
 * JSON (RFC 8259) as every reader must read it: strict UTF-8, no duplicate names, nothing behind the value. Pure.
 *
 * Two parsers that meet the same name twice may each keep another one, and what was judged would not be what is done.
 */
import { foldName } from "@gate/masking";
import { WebError } from "./errors.ts";

export type JsonValue = null | boolean | number | string | InexactNumber | readonly JsonValue[] | JsonObject;
/** Has no prototype: every name is data. */
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** A number that a double does not hold as it is written, such as 9007199254740993. */
export class InexactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export interface StrictJsonOptions {
  /** Also refuse two names of one object that differ in case only: some readers take either. */
  readonly caseVariants?: "refuse" | "keep";
}

/** @throws {WebError} BODY_MALFORMED when it is no JSON; REQUEST_AMBIGUOUS for names that two readers could mix up. */
export function parseStrictJson(bytes: Uint8Array, options: StrictJsonOptions = {}): JsonValue {
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch {
    throw malformed("is not UTF-8");
  }
  return new Reader(text, options.caseVariants === "refuse").document();
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof InexactNumber);
}

class Reader {
  readonly #text: string;
  readonly #refuseVariants: boolean;
  #at = 0;
  #values = 0;

  constructor(text: string, refuseVariants: boolean) {
    this.#text = text;
    this.#refuseVariants = refuseVariants;
  }

  document(): JsonValue {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw malformed("goes on behind its value");
    return value;
  }

  #value(depth: number): JsonValue {
    if (depth > JSON_DEPTH_MAX) throw malformed(`is nested deeper than ${JSON_DEPTH_MAX}`);
    this.#values += 1;
    if (this.#values > JSON_VALUES_MAX) throw malformed(`has more than ${JSON_VALUES_MAX} values`);
    this.#space();
    switch (this.#text[this.#at] ?? "") {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"':
        return this.#string();
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", null);
      default:
        return this.#number();
    }
  }

  #object(depth: number): JsonObject {
    const object = Object.create(null) as Record<string, JsonValue>;
    const variants = new Set<string>();
    this.#at += 1;
    this.#space();
    if (this.#take("}")) return object;
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') throw malformed("has an object whose member has no name");
      const name = this.#string();
      if (Object.hasOwn(object, name)) throw ambiguousName();
      if (this.#refuseVariants) {
        const folded = foldName(name);
        if (variants.has(folded)) throw ambiguousName();
        variants.add(folded);
      }
      this.#space();
      if (!this.#take(":")) throw malformed("has a name without a value");
      object[name] = this.#value(depth + 1);
      this.#space();
      if (this.#take("}")) return object;
      if (!this.#take(",")) throw malformed("has an object that does not end");
    }
  }

  #array(depth: number): JsonValue[] {
    const items: JsonValue[] = [];
    this.#at += 1;
    this.#space();
    if (this.#take("]")) return items;
    for (;;) {
      items.push(this.#value(depth + 1));
      this.#space();
      if (this.#take("]")) return items;
      if (!this.#take(",")) throw malformed("has an array that does not end");
    }
  }

  #string(): string {
    STRING.lastIndex = this.#at;
    const match = STRING.exec(this.#text);
    if (match === null) throw malformed("has a text that does not end or holds a control character");
    this.#at = STRING.lastIndex;
    const [raw] = match;
    if (!raw.includes("\\")) return raw.slice(1, -1);
    try {
      return JSON.parse(raw) as string;
    } catch {
      throw malformed("has an unknown escape");
    }
  }

  #number(): number | InexactNumber {
    NUMBER.lastIndex = this.#at;
    const text = NUMBER.exec(this.#text)?.[0];
    if (text === undefined) throw malformed("is not JSON");
    this.#at = NUMBER.lastIndex;
    const value = Number(text);
    return isExact(text, value) ? value : new InexactNumber(text);
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw malformed("is not JSON");
    this.#at += word.length;
    return value;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #space(): void {
    SPACE.lastIndex = this.#at;
    SPACE.test(this.#text);
    this.#at = SPACE.lastIndex;
  }
}

/** Does the number that JavaScript writes stand for the same decimal as the one that was read? */
function isExact(text: string, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  // Without this, whoever writes an exponent of a million digits has it computed.
  if (value === 0) return !/^[^eE]*[1-9]/.test(text);
  return decimalOf(text) === decimalOf(String(value));
}

/** Sign, digits without zeros around them, and the power of ten of the last digit. */
function decimalOf(text: string): string {
  const [mantissa = "", exponent = "0"] = text.toLowerCase().replace(/^-/, "").split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const digits = (whole + fraction).replace(/^0+/, "");
  // A pattern for zeros at the end would try each zero before it, and again all that follow.
  let end = digits.length;
  while (digits[end - 1] === "0") end -= 1;
  const significant = digits.slice(0, end);
  if (significant === "") return "0";
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return `${text.startsWith("-") ? "-" : ""}${significant}e${power}`;
}

function malformed(what: string): WebError {
  return new WebError("peer-wrong", "BODY_MALFORMED", 400, `the JSON ${what}`);
}

function ambiguousName(): WebError {
  return new WebError("peer-wrong", "REQUEST_AMBIGUOUS", 400, "the JSON has an object in which a name stands twice");
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const SPACE = /[ \t\r\n]*/y;

const STRING = /"(?:[^"\\\u0000-\u001f]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** Objects and arrays inside each other. */
const JSON_DEPTH_MAX = 128;
/** Values of one document. */
const JSON_VALUES_MAX = 250_000;
