/**
 * What is typed, as the recording of a terminal gets it: through the grant's detectors, line by line, because a value
 * comes one key at a time. The program gets what was typed. Pure over what it is given.
 */
import type { Gate } from "@gate/contract";
import { ContentMasks, textMasker, type TextStream } from "@gate/masking";

export class MaskedInput {
  readonly #emit: (bytes: Uint8Array) => void;
  readonly #stream: TextStream | undefined;
  #line: number[] = [];

  constructor(gate: Gate, emit: (bytes: Uint8Array) => void) {
    this.#emit = emit;
    if (gate.masks.length === 0) return;
    this.#stream = textMasker(new ContentMasks(gate.masks, gate, () => gate.clock.now()));
  }

  write(bytes: Uint8Array): void {
    if (this.#stream === undefined) {
      this.#emit(bytes);
      return;
    }
    for (const byte of bytes) {
      this.#line.push(byte);
      // A terminal sends CR for Enter.
      if (byte === CR || byte === LF || this.#line.length >= TYPED_BYTES_MAX) this.flush();
    }
  }

  /** Lets go of a line that nobody has finished. */
  flush(): void {
    const end = this.#line.at(-1);
    if (this.#stream === undefined || end === undefined) return;
    const ended = end === CR || end === LF;
    const text = Buffer.from(ended ? this.#line.slice(0, -1) : this.#line);
    this.#line = [];
    const masked = Buffer.concat(this.#stream.push(Buffer.concat([text, LINE_END])));
    const shown = masked.at(-1) === LF ? masked.subarray(0, -1) : masked;
    this.#emit(ended ? Buffer.concat([shown, Buffer.from([end])]) : shown);
  }
}

const CR = 0x0d;
const LF = 0x0a;
const LINE_END = Buffer.from([LF]);
/** Bytes of a typed line that are looked at together. */
const TYPED_BYTES_MAX = 4_096;
