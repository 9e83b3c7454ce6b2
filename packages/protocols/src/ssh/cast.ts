/**
 * A terminal as an asciicast v2 file (https://docs.asciinema.org/manual/asciicast/v2/): header, output, input, resizes.
 * Pure: what it writes goes to the function that it is given.
 */

export interface CastOptions {
  readonly columns: number;
  readonly rows: number;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly term: string;
  readonly command: string;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly append: (bytes: Uint8Array) => void;
}

export class Cast {
  readonly #options: CastOptions;
  readonly #startMs: number;
  readonly #decoders = { o: new TextDecoder(), i: new TextDecoder() };

  constructor(options: CastOptions) {
    this.#options = options;
    this.#startMs = options.now();
    this.#line({
      version: 2,
      width: size(options.columns, COLUMNS),
      height: size(options.rows, ROWS),
      timestamp: options.timestamp,
      command: options.command,
      env: { TERM: options.term },
    });
  }

  /** What the terminal showed. Characters that are cut between two calls stay whole. */
  output(bytes: Uint8Array): void {
    this.#event("o", this.#decoders.o.decode(bytes, { stream: true }));
  }

  /** What was typed. */
  input(bytes: Uint8Array): void {
    this.#event("i", this.#decoders.i.decode(bytes, { stream: true }));
  }

  resize(columns: number, rows: number): void {
    this.#event("r", `${size(columns, COLUMNS)}x${size(rows, ROWS)}`);
  }

  #event(kind: "o" | "i" | "r", text: string): void {
    if (text === "") return;
    const seconds = Math.round((this.#options.now() - this.#startMs) * 1000) / 1_000_000;
    this.#line([seconds, kind, text]);
  }

  #line(value: unknown): void {
    this.#options.append(Buffer.from(`${JSON.stringify(value)}\n`));
  }
}

/** Clients may say 0 for "not known"; players want a size. */
function size(value: number, unknown: number): number {
  return Number.isInteger(value) && value > 0 ? Math.min(value, SIZE_MAX) : unknown;
}

/** The size of a terminal of which nobody has told one. */
const [COLUMNS, ROWS] = [80, 24];

/** Columns or rows of a terminal, as recorded. */
const SIZE_MAX = 4_096;
