/**
 * JSON inside a script, as APIs send it to whoever asks for a callback (JSONP): `cb({…});`. The client chooses what
 * stands around it, so it is looked for everywhere; its values are masked like any JSON's. Pure.
 */
import type { ContentMasks, MaskStream } from "@gate/masking";
import { WebError } from "../web/errors.ts";
import { asJson } from "./mask-streams.ts";

/** Reads a script whole. What is no JSON in it goes to `otherwise`, piece by piece. */
export function scriptMasker(content: ContentMasks, otherwise: () => MaskStream): MaskStream {
  const masked: Record<string, number> = {};
  const held: Uint8Array[] = [];
  let bytes = 0;
  return {
    push(chunk) {
      bytes += chunk.byteLength;
      if (bytes > SCRIPT_BYTES_MAX) throw unmaskable("is too large");
      held.push(Buffer.from(chunk));
      return [];
    },
    end() {
      const script = Buffer.concat(held);
      const out: Uint8Array[] = [];
      let from = 0;
      const plain = (end: number): void => {
        if (end === from) return;
        const stream = otherwise();
        out.push(...stream.push(script.subarray(from, end)), ...stream.end());
        for (const [label, count] of Object.entries(stream.masked)) masked[label] = (masked[label] ?? 0) + count;
      };
      for (const { start, end, json } of documentsIn(script, (part) => asJson(content, part, masked))) {
        plain(start);
        out.push(...json);
        from = end;
      }
      plain(script.length);
      return out;
    },
    masked,
  };
}

interface Document {
  readonly start: number;
  readonly end: number;
  readonly json: readonly Uint8Array[];
}

/** Objects and arrays that are JSON, the outermost ones. */
function* documentsIn(script: Buffer, read: (part: Buffer) => readonly Uint8Array[] | undefined): Generator<Document> {
  const text = script.toString("latin1");
  let work = WORK_MAX_TIMES * text.length + SCRIPT_WORK_MIN;
  BEGINNING.lastIndex = 0;
  for (let found = BEGINNING.exec(text); found !== null; found = BEGINNING.exec(text)) {
    const start = found.index;
    const { end, read: looked } = endOf(text, start);
    work -= looked;
    // Without a text in it there is no name that a path could ask for.
    const json =
      end !== undefined && text.slice(start, end).includes('"') ? read(script.subarray(start, end)) : undefined;
    if (json !== undefined && end !== undefined) yield { start, end, json };
    BEGINNING.lastIndex = json === undefined ? start + 1 : (end ?? start + 1);
    if (work < 0) throw unmaskable("has too many beginnings of JSON");
  }
}

/** Where the bracket at `start` is closed; undefined where something stands before that JSON does not have. */
function endOf(text: string, start: number): { readonly end: number | undefined; readonly read: number } {
  let depth = 0;
  for (let at = start; at < text.length;) {
    const character = text.charAt(at);
    if (character === '"') {
      STRING.lastIndex = at;
      if (!STRING.test(text)) return { end: undefined, read: at - start };
      at = STRING.lastIndex;
      continue;
    }
    at += 1;
    if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") {
      depth -= 1;
      if (depth === 0) return { end: at, read: at - start };
    } else if (!BETWEEN.test(character)) return { end: undefined, read: at - start };
  }
  return { end: undefined, read: text.length - start };
}

function unmaskable(what: string): WebError {
  const message = `gate: the target's answer is a script that ${what}, so the grant's masks cannot be applied to it`;
  return new WebError("peer-unsupported", "UNMASKABLE", 502, message);
}

const BEGINNING = /\{(?=[ \t\r\n]*["}])|\[/g;
const STRING = /"(?:[^"\\\u0000-\u001f]+|\\.)*"/y;
/** Of blanks, separators, numbers, `true`, `false` and `null`. */
const BETWEEN = /[ \t\r\n,:0-9+\-.eEtrufalsn]/;
/** How often a script may be read again in the search for its JSON. */
const WORK_MAX_TIMES = 8;
/** Characters that are read at any rate. */
const SCRIPT_WORK_MIN = 65_536;
/** Bytes of a script that is masked. */
const SCRIPT_BYTES_MAX = 16_777_216;
