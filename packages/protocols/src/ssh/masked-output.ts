/**
 * What a program prints, through the grant's detectors. Lines are looked at whole; a line that is not finished goes on
 * after a short silence, because a prompt has no end and a peer may wait for it. Pure over the clock that it is given.
 */
import type { Gate } from "@gate/contract";
import { ContentMasks, textMasker, type TextStream } from "@gate/masking";

export class MaskedOutput {
  readonly #gate: Gate;
  readonly #emit: (bytes: Uint8Array) => void;
  /** One for the whole output: a private key may span what silence has cut. */
  readonly #stream: TextStream | undefined;
  #cancel: () => void = () => undefined;

  constructor(gate: Gate, emit: (bytes: Uint8Array) => void) {
    this.#gate = gate;
    this.#emit = emit;
    if (gate.masks.length === 0) return;
    this.#stream = textMasker(new ContentMasks(gate.masks, gate, () => gate.clock.now()));
  }

  /** What is written is handed on at once, and nothing of it kept. */
  get passes(): boolean {
    return this.#stream === undefined;
  }

  /** How often each mask changed something. */
  get masked(): Readonly<Record<string, number>> {
    return this.#stream?.masked ?? {};
  }

  write(bytes: Uint8Array): void {
    if (this.#stream === undefined) {
      this.#emit(bytes);
      return;
    }
    this.#cancel();
    this.#hand(this.#stream.push(bytes));
    this.#cancel = this.#gate.clock.after(SILENCE_MS_MAX, () => this.flush());
  }

  /** Lets go of an unfinished line. */
  flush(): void {
    this.#cancel();
    this.#hand(this.#stream?.flush() ?? []);
  }

  #hand(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) this.#emit(piece);
  }
}

/** How long an unfinished line is held back, in milliseconds. */
const SILENCE_MS_MAX = 50;
