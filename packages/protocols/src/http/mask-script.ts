/**
 * JSON inside a script, as APIs send it to whoever asks for a callback (JSONP): `typeof cb === 'function' && cb({…});`,
 * or behind a line that keeps browsers from running it. Its values are masked like any JSON's. Pure.
 */
import type { ContentMasks, MaskStream } from "@gate/masking";
import { asJson } from "./mask-streams.ts";
import { WebError } from "../web/errors.ts";

/** A script is read whole where it begins like one of these; any other, and one with more than JSON in it, goes to `otherwise`. */
export function scriptMasker(content: ContentMasks, otherwise: () => MaskStream): MaskStream {
  const masked: Record<string, number> = {};
  let held = Buffer.alloc(0);
  let stream: MaskStream | undefined;
  const release = (): Uint8Array[] => {
    stream = otherwise();
    const all = held;
    held = Buffer.alloc(0);
    return stream.push(all);
  };
  return {
    push(chunk) {
      if (stream !== undefined) return stream.push(chunk);
      held = Buffer.concat([held, chunk]);
      if (held.length >= START_BYTES && startOf(held) === undefined) return release();
      if (held.length > SCRIPT_BYTES_MAX) throw new WebError("peer-unsupported", "UNMASKABLE", 502, TOO_LARGE);
      return [];
    },
    end() {
      if (stream !== undefined) return stream.end();
      const start = startOf(held);
      const out = start === undefined ? undefined : maskInside(content, held, start, masked);
      return out ?? [...release(), ...((stream as MaskStream | undefined)?.end() ?? [])];
    },
    get masked() {
      return { ...masked, ...stream?.masked };
    },
  };
}

/** Where the JSON begins; `undefined`: this is no such script. */
function startOf(script: Buffer): number | undefined {
  return WRAPPER.exec(script.subarray(0, START_BYTES).toString("latin1"))?.[0].length;
}

/** Arguments of a call are the elements of an array; what stands between the wrapper and the end has to be JSON. */
function maskInside(
  content: ContentMasks,
  script: Buffer,
  start: number,
  masked: Record<string, number>,
): Uint8Array[] | undefined {
  let end = script.length;
  while (end > start && BEHIND.includes(script[end - 1] ?? 0)) end -= 1;
  const inside = Buffer.concat([OPEN, script.subarray(start, end), CLOSE]);
  const json = asJson(content, inside, masked);
  if (json === undefined) return undefined;
  const out = Buffer.concat(json);
  return [script.subarray(0, start), out.subarray(1, -1), script.subarray(end)];
}

const OPEN = Buffer.from("[");
const CLOSE = Buffer.from("]");
/** `)`, `;` and blanks. */
const BEHIND = Buffer.from(");\r\n\t ");
const NAME = String.raw`[\w$]+(?:\.[\w$]+|\[["'\w$-]+\])*`;
const WRAPPER = new RegExp(
  String.raw`^(?:\u00ef\u00bb\u00bf)?\s*(?:` +
    [
      String.raw`\)\]\}'?,?\s*`,
      String.raw`(?:while\s*\(1\)|for\s*\(;;\)|throw[ \w.]+);\s*(?:<[^>]*>)?\s*`,
      String.raw`\{\}\s*&&\s*\(?\s*`,
      String.raw`(?:(?:/\*[^*]*\*/\s*)?(?:;\s*)?(?:typeof\s+${NAME}\s*===?\s*["']function["']\s*&&\s*)?${NAME}\s*\(\s*)`,
      String.raw`(?:(?:var|let|const)\s+)?${NAME}\s*=\s*\(?\s*`,
    ].join("|") +
    String.raw`)(?=[{["\d-])`,
);
const TOO_LARGE = "gate: a script that looks like JSON in a call is too large";
/** Bytes in which the JSON of a script begins, or does not. */
const START_BYTES = 1_024;
/** Bytes of a script that begins like JSON in a call. */
const SCRIPT_BYTES_MAX = 4_194_304;
