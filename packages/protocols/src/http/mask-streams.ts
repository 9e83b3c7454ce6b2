/** Maskers for bodies that are no single JSON document and no plain text. Pure. */
import type { ContentMasks } from "@gate/masking";
import { jsonMasker, MaskingError, textMasker, type MaskStream } from "@gate/masking";
import { WebError } from "../web/errors.ts";
import { dataOf, SseSplitter, withData, type ServerSentEvent } from "../web/sse.ts";

/**
 * Server-sent events: an event goes on as soon as it is whole. Its data is masked as JSON where it is JSON, as text
 * where not. An event in which nothing is masked goes on byte for byte.
 */
export function eventMasker(content: ContentMasks): MaskStream {
  const masked: Record<string, number> = {};
  const splitter = new SseSplitter();
  return {
    push: (chunk) => splitter.push(chunk).map((event) => maskEvent(content, event, masked)),
    end: () => {
      // Nobody reads an event that does not end.
      splitter.end();
      return [];
    },
    masked,
  };
}

/**
 * A body that may be JSON whatever it is called: one that begins like JSON is read whole, up to a bound, and masked as
 * JSON if it is; any other goes to `otherwise`.
 */
export function sniffingMasker(content: ContentMasks, otherwise: () => MaskStream): MaskStream {
  const masked: Record<string, number> = {};
  let held: Buffer[] = [];
  let bytes = 0;
  let stream: MaskStream | undefined;
  const release = (chosen: MaskStream, chunks: readonly Uint8Array[]): Uint8Array[] => {
    stream = chosen;
    held = [];
    return chunks.flatMap((chunk) => chosen.push(chunk));
  };
  return {
    push(chunk) {
      if (stream !== undefined) return stream.push(chunk);
      held.push(Buffer.from(chunk));
      bytes += chunk.byteLength;
      const start = Buffer.concat(held);
      held = [start];
      const beginning = start.subarray(0, SNIFFED_BYTES).toString("latin1");
      if (content.detects && WIDE.test(beginning)) {
        throw new WebError(
          "peer-unsupported",
          "UNMASKABLE",
          502,
          "gate: a text in which ASCII does not keep its bytes",
        );
      }
      if (!JSON_LIKE.test(beginning)) return release(otherwise(), [start]);
      if (bytes > JSON_LIKE_BYTES_MAX) {
        throw new WebError("peer-unsupported", "UNMASKABLE", 502, "gate: a body that looks like JSON is too large");
      }
      return [];
    },
    end() {
      if (stream === undefined) {
        const whole = Buffer.concat(held);
        const out = asJson(content, whole, masked) ?? asJsonLines(content, whole, masked);
        if (out !== undefined) return out;
        const text = otherwise();
        const pieces = [...release(text, [whole]), ...text.end()];
        return pieces;
      }
      return stream.end();
    },
    get masked() {
      return { ...masked, ...stream?.masked };
    },
  };
}

/** `undefined` for what is no JSON. */
export function asJson(content: ContentMasks, whole: Buffer, masked: Record<string, number>): Uint8Array[] | undefined {
  const json = jsonMasker(content);
  try {
    const out = [...json.push(whole), ...json.end()];
    add(masked, json.masked);
    return out;
  } catch (error) {
    if (error instanceof MaskingError) return undefined;
    throw error;
  }
}

/** Objects and arrays, each on a line of its own: values between blanks only would be read as text. */
function asJsonLines(content: ContentMasks, whole: Buffer, masked: Record<string, number>): Uint8Array[] | undefined {
  const counts: Record<string, number> = {};
  const out: Uint8Array[] = [];
  for (let at = 0; at < whole.length;) {
    const feed = whole.indexOf(LF, at);
    const end = feed === -1 ? whole.length : feed + 1;
    const line = whole.subarray(at, end);
    const first = /[^ \t\r\n]/.exec(line.toString("latin1"))?.[0];
    const done = first === undefined ? [line] : "{[".includes(first) ? asJson(content, line, counts) : undefined;
    if (done === undefined) return undefined;
    out.push(...done);
    at = end;
  }
  add(masked, counts);
  return out;
}

function maskEvent(content: ContentMasks, event: ServerSentEvent, masked: Record<string, number>): Uint8Array {
  const before = Object.values(masked).reduce((a, b) => a + b, 0);
  const fields = event.fields.map(([name, value]): [string, string] =>
    name === "data" ? [name, value] : [maskText(content, name, masked), maskText(content, value, masked)],
  );
  const data = dataOf(event);
  const bytes = data === undefined ? undefined : Buffer.from(data);
  const json = bytes === undefined ? undefined : asJson(content, bytes, masked);
  const out =
    bytes === undefined || data === undefined
      ? ""
      : json === undefined
        ? maskText(content, data, masked)
        : Buffer.concat(json).toString("utf8");
  const after = Object.values(masked).reduce((a, b) => a + b, 0);
  return after === before ? event.raw : withData({ raw: event.raw, fields }, out);
}

function maskText(content: ContentMasks, text: string, masked: Record<string, number>): string {
  if (text === "" || !content.detects) return text;
  const stream = textMasker(content);
  const out = [...stream.push(Buffer.from(text)), ...stream.end()];
  add(masked, stream.masked);
  return Buffer.concat(out).toString("utf8");
}

function add(total: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [label, count] of Object.entries(more)) total[label] = (total[label] ?? 0) + count;
}

/** How a JSON object or array begins, or might: `[info]` and `[2026-01-02` are none. */
const JSON_LIKE =
  /^(?:\u00ef\u00bb\u00bf)?[ \t\r\n]*(?:$|\{[ \t\r\n]*(?:$|["}])|\[[ \t\r\n]*(?:$|["{[\]]|-?\d*(?:\.\d*)?(?:[eE][+-]?\d*)?[ \t\r\n]*(?:$|[,\]])|(?:true|false|null)[ \t\r\n]*(?:$|[,\]])|(?:t|tr|tru|f|fa|fal|fals|n|nu|nul)$))/;
/** The marks of UTF-16, and the NUL that it writes beside each ASCII character. */
const WIDE = /^(?:\u00ff\u00fe|\u00fe\u00ff)|\0/;
const LF = 0x0a;
/** Bytes in which the first character that is no blank is looked for. */
const SNIFFED_BYTES = 512;
/** Bytes of a body that begins like JSON but is not called so. */
const JSON_LIKE_BYTES_MAX = 4_194_304;
