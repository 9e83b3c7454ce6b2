/**
 * The base of every error that gate throws on purpose. Pure.
 *
 * Each package derives one class with a closed union of codes; a code never changes its meaning.
 * Messages say what to do next and never hold peer bytes or secrets.
 */

/** Whose fault it is: decides the exit code, the log level and whether a retry makes sense. */
export type ErrorKind = "peer-wrong" | "peer-unsupported" | "operator" | "bug";

export abstract class GateError extends Error {
  abstract readonly code: string;
  readonly kind: ErrorKind;

  protected constructor(kind: ErrorKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.kind = kind;
  }
}

/** Ends an exhaustive `switch`: a value that reaches it is a bug of ours. */
export function assertNever(value: never): never {
  throw new TypeError(`unreachable: ${typeof value}`);
}

/** The message of anything thrown, without assuming that it is an Error. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
