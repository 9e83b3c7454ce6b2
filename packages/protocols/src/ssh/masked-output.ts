/**
 * What a program prints, through the grant's detectors. Lines are looked at whole; a line that is not finished goes on
 * after a short silence, because a prompt has no end and a peer may wait for it. Pure over the clock that it is given.
 */
import type { Gate } from "@gate/contract";
import { ContentMasks, textMasker, type MaskStream } from "@gate/masking";

export class MaskedOutput {
  readonly masked: Record<string, number> = {};
  readonly #content: ContentMasks | undefined;
  readonly #gate: Gate;
  readonly #emit: (bytes: Uint8Array) => void;
  #stream: MaskStream | undefined;
  #cancel: () => void = () => undefined;

  constructor(gate: Gate, emit: (bytes: Uint8Array) => void) {
    this.#gate = gate;
    this.#emit = emit;
    if (gate.masks.length > 0) this.#content = new ContentMasks(gate.masks, gate, () => gate.clock.now());
  }

  write(bytes: Uint8Array): void {
    const content = this.#content;
    if (content === undefined) {
      this.#emit(bytes);
      return;
    }
    this.#cancel();
    this.#stream ??= textMasker(content);
    this.#hand(this.#stream.push(bytes));
    this.#cancel = this.#gate.clock.after(SILENCE_MS_MAX, () => this.flush());
  }

  /** Lets go of an unfinished line. */
  flush(): void {
    this.#cancel();
    const stream = this.#stream;
    if (stream === undefined) return;
    this.#stream = undefined;
    this.#hand(stream.end());
    for (const [name, times] of Object.entries(stream.masked)) this.masked[name] = (this.masked[name] ?? 0) + times;
  }

  #hand(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) this.#emit(piece);
  }
}

/** How long an unfinished line is held back, in milliseconds. */
const SILENCE_MS_MAX = 50;
