/**
 * Masks JSON while it streams: bytes that no mask reaches go on exactly as they came (numbers of any size, order of
 * keys, white space, duplicates). Pure.
 *
 * Reads RFC 8259 byte by byte. A value is held back only while a mask may change it, up to a bound above which it is
 * replaced as a whole. What is no JSON ends the stream with an error, because a lenient reader could see more in it.
 */
import type { MaskAction } from "@gate/contract";
import { digestOf, keyOf, maskText, strongest, type MaskKeys } from "./action.ts";
import { MaskingError } from "./errors.ts";
import { EVERYTHING } from "./detectors/detector.ts";
import { PathWalker, type JsonPath, type PathState } from "./json-path.ts";
import { quoteJson, unquoteJson } from "./json-text.ts";
import { textKernel, WINDOW_BYTES, type Kernel } from "./kernel.ts";
import { REDACTED } from "./types.ts";

/** Looks into strings, names and numbers. */
export interface TextReplacer {
  /** Kinds of places that decide whether a text has to be looked at. */
  readonly bits: number;
  /** Must a text under this name be looked at? `seen`: the kinds of places in it, as it is written. */
  looks(key: string | undefined, seen: number): boolean;
  /** What replaces a text (UTF-8 as latin1); undefined: nothing was found. `bare`: it stands outside a string. */
  replace(text: string, key: string | undefined, bare: boolean, seen: number): string | undefined;
}

export interface JsonRules {
  readonly paths: readonly { readonly path: JsonPath; readonly action: MaskAction }[];
  /** Looks into every string, key and number that no path has masked. */
  readonly replace: TextReplacer | undefined;
  readonly keys: MaskKeys;
  /** Counts what was masked by path, as `json:$.a.b`. */
  readonly count: (label: string) => void;
  /** Several documents after one another (JSON lines). */
  readonly sequence?: boolean;
}

interface Frame {
  readonly object: boolean;
  readonly states: readonly PathState[];
  index: number;
}

/** Where the reader is: before a value, a key, a colon, after a value, or inside a token. */
type State = "value" | "first" | "key" | "first-key" | "colon" | "after" | "string" | "scalar" | "done";

interface Masking {
  readonly action: MaskAction;
  readonly label: string;
  /** Depth of the value's own brackets; it ends when the reader is back there. */
  readonly depth: number;
}

export class JsonStream {
  readonly #rules: JsonRules;
  readonly #walker: PathWalker;
  readonly #stack: Frame[] = [];
  #state: State = "value";
  /** The string being read is a key. */
  #isKey = false;
  #escaped = false;
  /** There is an escape in the string. */
  #slashed = false;
  /** The token under way: kept as a whole, in pieces where chunks end. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** The token is needed as a whole. */
  #holding = false;
  /** The token was too long: it is dropped, and replaced at its end. */
  #overflow = false;
  #key: string | undefined;
  /** States of the value that comes next, and whether it is masked itself. */
  #inside: readonly PathState[];
  #hits: readonly number[];
  #masking: Masking | undefined;
  #out: Uint8Array[] = [];
  /** Where in the chunk the bytes begin that have not been handed on; -1: they are held or dropped. */
  #from = 0;
  #started = 0;
  #bytes = 0;
  /** Bytes of a byte order mark at the beginning, which some servers send. */
  #marked = 0;
  /** Places in the chunk, how many, the first that may concern what comes, and how far the scan has looked. */
  #scanner: Kernel | undefined;
  #places = 0;
  #place = 0;
  #scanned = 0;

  constructor(rules: JsonRules) {
    this.#rules = rules;
    this.#walker = new PathWalker(
      rules.paths.map(({ path }) => path),
      true,
    );
    const { hits, inside } = this.#walker.root();
    this.#inside = inside;
    this.#hits = hits;
  }

  /**
   * Takes the next bytes; gives what may go on (parts of `chunk` among it: copy them if it is used again).
   * @throws {MaskingError} JSON_MALFORMED, JSON_BOUND: nothing more may go on.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (bytes.length <= WINDOW_BYTES) return this.#push(bytes);
    const out: Uint8Array[] = [];
    for (let from = 0; from < bytes.length; from += WINDOW_BYTES) {
      for (const piece of this.#push(bytes.subarray(from, from + WINDOW_BYTES))) out.push(piece);
    }
    return out;
  }

  #push(bytes: Buffer): Uint8Array[] {
    this.#scan(bytes);
    this.#out = [];
    this.#from = this.#masking === undefined && !this.#holding ? 0 : -1;
    this.#started = 0;
    let at = 0;
    while (at < bytes.length) at = this.#step(bytes, at);
    if (this.#state === "string" || this.#state === "scalar") this.#hold(bytes, bytes.length);
    if (this.#from >= 0 && this.#from < bytes.length) this.#out.push(bytes.subarray(this.#from));
    this.#bytes += bytes.length;
    return this.#out;
  }

  /** @throws {MaskingError} JSON_MALFORMED when the document is not complete. */
  end(): Uint8Array[] {
    this.#out = [];
    if (this.#state === "scalar") {
      this.#from = -1;
      this.#started = 0;
      this.#scalarDone(NONE, 0);
    }
    if (this.#state !== "done" && !(this.#state === "value" && this.#stack.length === 0 && this.#blank())) {
      throw malformed("ends too early");
    }
    return this.#out;
  }

  #scan(bytes: Buffer): void {
    const { replace } = this.#rules;
    if (replace === undefined) return;
    const scanner = (this.#scanner ??= textKernel());
    scanner.load(bytes, 0, bytes.length);
    this.#places = scanner.scan(replace.bits);
    this.#scanned = scanner.length;
    this.#place = 0;
  }

  /** The kinds of places in the token that ends before `end`; tokens are asked for in their order. */
  #seen(end: number): number {
    const scanner = this.#scanner;
    // Of a token that began in another chunk the scan has seen a part only.
    if (this.#held.length > 0 || this.#overflow || end > this.#scanned || scanner === undefined) return EVERYTHING;
    let seen = 0;
    for (; this.#place < this.#places && scanner.placeAt(this.#place) < end; this.#place += 1) {
      if (scanner.placeAt(this.#place) >= this.#started) seen |= scanner.bitsAt(this.#place);
    }
    return seen;
  }

  /** Nothing but white space so far: an empty body. */
  #blank(): boolean {
    return this.#key === undefined && this.#masking === undefined;
  }

  #step(bytes: Buffer, at: number): number {
    const byte = bytes[at] as number;
    switch (this.#state) {
      case "string":
        return this.#string(bytes, at);
      case "scalar":
        if (SCALAR[byte] === 1) return at + 1;
        this.#scalarDone(bytes, at);
        return at;
      case "value":
      case "first":
        if (SPACE[byte] === 1) return at + 1;
        if (byte === 0x5d && this.#state === "first") return this.#close(at, false);
        if (byte === MARK[this.#marked] && this.#marked === this.#bytes + at) {
          this.#marked += 1;
          return at + 1;
        }
        return this.#value(bytes, at, byte);
      case "key":
      case "first-key":
        if (SPACE[byte] === 1) return at + 1;
        if (byte === 0x7d && this.#state === "first-key") return this.#close(at, true);
        if (byte !== QUOTE) throw malformed("has a member without a name");
        this.#isKey = true;
        this.#begin(at, "string", true);
        return at + 1;
      case "colon":
        if (SPACE[byte] === 1) return at + 1;
        if (byte !== 0x3a) throw malformed("has a name without a value");
        this.#state = "value";
        return at + 1;
      case "after":
        if (SPACE[byte] === 1) return at + 1;
        if (byte === 0x2c) return this.#comma(at);
        if (byte === 0x7d) return this.#close(at, true);
        if (byte === 0x5d) return this.#close(at, false);
        throw malformed("has something after a value");
      case "done":
        if (SPACE[byte] === 1) return at + 1;
        if (this.#rules.sequence !== true) throw malformed("has something after its end");
        this.#restart();
        return at;
    }
  }

  #restart(): void {
    const { hits, inside } = this.#walker.root();
    this.#inside = inside;
    this.#hits = hits;
    this.#key = undefined;
    this.#state = "value";
  }

  #value(bytes: Buffer, at: number, byte: number): number {
    if (this.#masking === undefined && this.#hits.length > 0) this.#startMasking(bytes, at);
    if (byte === QUOTE) {
      this.#isKey = false;
      this.#begin(at, "string", this.#rules.replace !== undefined);
      return at + 1;
    }
    if (byte === 0x7b || byte === 0x5b) {
      if (this.#stack.length >= JSON_DEPTH_MAX) throw new MaskingError("peer-wrong", "JSON_BOUND", "JSON is too deep");
      const object = byte === 0x7b;
      this.#stack.push({ object, states: this.#masking === undefined ? this.#inside : [], index: 0 });
      this.#state = object ? "first-key" : "first";
      if (!object) this.#element();
      return at + 1;
    }
    if (SCALAR[byte] !== 1) throw malformed("has something that is no value");
    this.#begin(at, "scalar", true);
    return at + 1;
  }

  #startMasking(bytes: Buffer, at: number): void {
    this.#flush(bytes, at);
    let action: MaskAction | undefined;
    let label = "";
    for (const hit of this.#hits) {
      const rule = this.#rules.paths[hit];
      if (rule === undefined) continue;
      const before = action;
      action = action === undefined ? rule.action : strongest(action, rule.action);
      if (action !== before) label = `json:${rule.path.text}`;
    }
    if (action !== undefined) this.#masking = { action, label, depth: this.#stack.length };
  }

  #begin(at: number, state: "string" | "scalar", needed: boolean): void {
    this.#state = state;
    this.#escaped = false;
    this.#slashed = false;
    this.#held = [];
    this.#heldBytes = 0;
    this.#overflow = false;
    const own = this.#masking !== undefined && this.#masking.depth === this.#stack.length;
    // Inside a masked value only the names and values that belong to it as a whole are of no interest.
    this.#holding = state === "scalar" || (this.#masking === undefined ? needed : own);
    this.#started = at;
  }

  /** The chunk ends inside a token: what there is of it is kept aside. */
  #hold(bytes: Buffer, end: number): void {
    if (!this.#holding) return;
    if (this.#from >= 0) this.#flush(bytes, this.#started);
    this.#append(bytes, end);
    this.#from = -1;
  }

  #append(bytes: Buffer, end: number): void {
    this.#heldBytes += end - this.#started;
    const max = this.#isKey && this.#state === "string" ? KEY_BYTES_MAX : TOKEN_BYTES_MAX;
    if (this.#heldBytes > max) {
      if (this.#isKey) throw new MaskingError("peer-wrong", "JSON_BOUND", "JSON has a name that is too long");
      this.#overflow = true;
      this.#held = [];
      return;
    }
    if (end > this.#started) this.#held.push(Buffer.from(bytes.subarray(this.#started, end)));
  }

  /** The token that ends before `end`, or undefined when it was too long. */
  #token(bytes: Buffer, end: number): Buffer | undefined {
    if (this.#held.length === 0 && !this.#overflow) {
      const max = this.#isKey && this.#state === "string" ? KEY_BYTES_MAX : TOKEN_BYTES_MAX;
      if (end - this.#started <= max) return bytes.subarray(this.#started, end);
    }
    this.#append(bytes, end);
    return this.#overflow ? undefined : Buffer.concat(this.#held);
  }

  #string(bytes: Buffer, at: number): number {
    let here = at;
    if (this.#escaped) {
      this.#escaped = false;
      here += 1;
    }
    for (;;) {
      while (here < bytes.length && STOP[bytes[here] as number] !== 1) here += 1;
      if (here >= bytes.length) return bytes.length;
      if (bytes[here] === QUOTE) break;
      if (bytes[here] !== BACKSLASH) throw malformed("has a control character in a string");
      this.#slashed = true;
      if (here + 1 >= bytes.length) {
        this.#escaped = true;
        return bytes.length;
      }
      here += 2;
      if (here > bytes.length) return bytes.length;
    }
    this.#stringDone(bytes, here + 1);
    return here + 1;
  }

  #stringDone(bytes: Buffer, end: number): void {
    // Before the token is put together.
    const seen = this.#holding ? this.#seen(end) : 0;
    const whole = this.#holding ? this.#token(bytes, end) : NONE;
    const masking = this.#masking;
    if (this.#isKey) {
      if (masking === undefined) {
        const name = whole === undefined ? undefined : unquoteJson(whole);
        if (name === undefined) throw malformed("has a name with a bad escape");
        this.#named(name);
        this.#replaced(bytes, end, whole ?? NONE, this.#foundIn(whole ?? NONE, undefined, seen));
      }
      this.#isKey = false;
      this.#state = "colon";
    } else if (masking !== undefined) {
      if (masking.depth === this.#stack.length) {
        this.#masked(end, whole === undefined ? undefined : unquoteJson(whole), "string");
      }
      this.#afterValue();
    } else {
      if (whole === undefined) this.#overflowed(bytes, end, `"${REDACTED}"`);
      else if (this.#holding) this.#replaced(bytes, end, whole, this.#foundIn(whole, this.#key, seen));
      this.#afterValue();
    }
    this.#holding = false;
  }

  #scalarDone(bytes: Buffer, end: number): void {
    const seen = this.#seen(end);
    const whole = this.#token(bytes, end);
    const text = whole?.toString("latin1");
    const kind = text === undefined ? "number" : scalarKind(text);
    if (kind === undefined) throw malformed("has something that is no value");
    const masking = this.#masking;
    if (masking !== undefined) {
      if (masking.depth === this.#stack.length) this.#masked(end, text, kind);
    } else if (whole === undefined || text === undefined) this.#overflowed(bytes, end, "0");
    else {
      const { replace } = this.#rules;
      const looks = kind === "number" && replace?.looks(this.#key, seen) === true;
      const found = looks ? replace.replace(text, this.#key, true, seen) : undefined;
      this.#replaced(bytes, end, whole, found === undefined ? undefined : Buffer.from(found, "latin1"));
    }
    this.#holding = false;
    this.#afterValue();
  }

  /** The detectors' word on a string with its quotes. */
  #foundIn(quoted: Buffer, key: string | undefined, seen: number): Buffer | undefined {
    const { replace } = this.#rules;
    if (replace === undefined) return undefined;
    if (!replace.looks(key, seen)) {
      // A bad escape is none of the scan's business, but this reader's all the same.
      if (this.#slashed && unquoteJson(quoted) === undefined) throw malformed("has a bad escape");
      return undefined;
    }
    if (!this.#slashed) {
      const found = replace.replace(quoted.toString("latin1", 1, quoted.length - 1), key, false, seen);
      return found === undefined ? undefined : Buffer.from(`"${found}"`, "latin1");
    }
    const text = unquoteJson(quoted);
    if (text === undefined) throw malformed("has a bad escape");
    // What an escape hides is announced as a literal, whatever it is.
    const found = replace.replace(Buffer.from(text, "utf8").toString("latin1"), key, false, EVERYTHING);
    return found === undefined ? undefined : Buffer.from(quoteJson(Buffer.from(found, "latin1").toString("utf8")));
  }

  /** A held token is over: it goes on as it was, or as `found`. */
  #replaced(bytes: Buffer, end: number, whole: Buffer, found: Buffer | undefined): void {
    if (found === undefined) {
      if (this.#from >= 0) return;
      this.#out.push(whole);
    } else {
      if (this.#from >= 0) this.#flush(bytes, this.#started);
      this.#out.push(found);
    }
    this.#from = end;
  }

  #overflowed(bytes: Buffer, end: number, stead: string): void {
    if (this.#from >= 0) this.#flush(bytes, this.#started);
    this.#rules.count("json:too-long");
    this.#out.push(Buffer.from(stead));
    this.#from = end;
  }

  /** A masked value is over: `text` is its content where it is a scalar that was kept. */
  #masked(end: number, text: string | undefined, kind: ScalarKind | "container"): void {
    const masking = this.#masking as Masking;
    this.#masking = undefined;
    this.#from = end;
    if (kind === "null") {
      this.#out.push(Buffer.from("null"));
      return;
    }
    this.#rules.count(masking.label);
    this.#out.push(Buffer.from(maskJsonValue(masking.action, text, kind, keyOf(masking.action, this.#rules.keys))));
  }

  #named(name: string): void {
    this.#key = name;
    const frame = this.#stack.at(-1);
    const { hits, inside } = this.#walker.member(frame.states, name);
    this.#hits = hits;
    this.#inside = inside;
  }

  #element(): void {
    const frame = this.#stack.at(-1);
    if (this.#masking !== undefined) return;
    const { hits, inside } = this.#walker.element(frame.states, frame.index);
    frame.index += 1;
    this.#hits = hits;
    this.#inside = inside;
  }

  #comma(at: number): number {
    const frame = this.#stack.at(-1);
    if (frame.object) this.#state = "key";
    else {
      this.#state = "value";
      this.#element();
    }
    return at + 1;
  }

  #close(at: number, object: boolean): number {
    const frame = this.#stack.pop();
    if (frame?.object !== object) throw malformed("closes what is not open");
    if (this.#masking !== undefined && this.#masking.depth === this.#stack.length) {
      this.#masked(at + 1, undefined, "container");
    }
    this.#afterValue();
    return at + 1;
  }

  #afterValue(): void {
    if (this.#masking === undefined) {
      this.#hits = [];
      this.#inside = [];
    }
    this.#state = this.#stack.length === 0 ? "done" : "after";
  }

  /** Hands on what lies before `end`, and holds what follows. */
  #flush(bytes: Buffer, end: number): void {
    if (this.#from >= 0 && end > this.#from) this.#out.push(bytes.subarray(this.#from, end));
    this.#from = -1;
  }
}

type ScalarKind = "string" | "number" | "boolean" | "null";

/** What stands for a value: of the same JSON type, so that typed readers go on; text is its content if it is known. */
export function maskJsonValue(
  action: MaskAction,
  text: string | undefined,
  kind: ScalarKind | "container",
  key: Uint8Array,
): string {
  if (action.kind === "null") return "null";
  if (kind === "boolean") return "false";
  if (kind === "container" || text === undefined) return kind === "number" ? "0" : `"${REDACTED}"`;
  if (kind === "string") return quoteJson(maskText(action, text, key));
  switch (action.kind) {
    case "redact":
      return "0";
    case "partial": {
      if (!/^[0-9]+$/.test(text)) return "0";
      const hidden = text.length - action.keepFirst - action.keepLast;
      if (hidden <= 0) return "0";
      const kept = text.slice(0, action.keepFirst) + "0".repeat(hidden) + text.slice(text.length - action.keepLast);
      return kept.replace(/^0+(?=[0-9])/, "");
    }
    case "hash":
    case "tokenize":
      // 48 bits: every reader of JSON keeps such a number exactly.
      return String(digestOf(action.kind, text, key).readUIntBE(0, 6));
  }
}

function scalarKind(text: string): ScalarKind | undefined {
  if (text === "true" || text === "false") return "boolean";
  if (text === "null") return "null";
  return /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/.test(text) ? "number" : undefined;
}

function malformed(why: string): MaskingError {
  return new MaskingError("peer-wrong", "JSON_MALFORMED", `what should be JSON ${why}`);
}

function table(characters: string): Uint8Array {
  const bytes = new Uint8Array(256);
  for (const character of characters) bytes[character.charCodeAt(0)] = 1;
  return bytes;
}

/** Deepest nesting of a document that is masked. */
export const JSON_DEPTH_MAX = 512;
/** Longest name of a member, in bytes as written; a longer one ends the document. */
export const KEY_BYTES_MAX = 64 * 1024;
/** Longest string or number that is looked at or masked in part, in bytes as written; a longer one is replaced. */
export const TOKEN_BYTES_MAX = 1024 * 1024;
const SPACE = table(" \t\r\n");
const SCALAR = table("-+.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
/** What ends a stretch of a string: a quote, a backslash, a control character. */
const STOP = new Uint8Array(256).fill(1, 0, 0x20);
STOP[0x22] = 1;
STOP[0x5c] = 1;
const MARK = [0xef, 0xbb, 0xbf];
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NONE = Buffer.alloc(0);
