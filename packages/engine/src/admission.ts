/**
 * The capability to forward certain bytes once. Pure.
 *
 * The bytes live in the admission, so a protocol cannot send other bytes than the ones that were judged, and an
 * admission is bound to the connection that it was made for.
 */
import type { Admission, Obligation } from "@gate/contract";
import { EngineError } from "./errors.ts";

export class EngineAdmission implements Admission {
  readonly entry: number;
  readonly obligations: readonly Obligation[];
  /** Monotonic milliseconds at which it was made. */
  readonly madeAtMs: number;
  rows = 0;
  affected = 0;
  bytes = 0;
  finished = false;
  readonly #owner: object;
  #payload: Uint8Array | undefined;

  constructor(owner: object, entry: number, obligations: readonly Obligation[], payload: Uint8Array, madeAtMs: number) {
    this.#owner = owner;
    this.entry = entry;
    this.obligations = obligations;
    this.#payload = payload;
    this.madeAtMs = madeAtMs;
  }

  /** @throws {EngineError} ADMISSION_SPENT, ADMISSION_FOREIGN. */
  take(owner: object): Uint8Array {
    if (owner !== this.#owner) {
      throw new EngineError("bug", "ADMISSION_FOREIGN", "an admission was sent on another connection");
    }
    const payload = this.#payload;
    if (payload === undefined) throw new EngineError("bug", "ADMISSION_SPENT", "an admission was sent twice");
    this.#payload = undefined;
    return payload;
  }

  belongsTo(owner: object): boolean {
    return owner === this.#owner;
  }
}

/** @throws {EngineError} ADMISSION_FOREIGN for anything that the engine did not make. */
export function engineAdmission(admission: Admission): EngineAdmission {
  if (admission instanceof EngineAdmission) return admission;
  throw new EngineError("bug", "ADMISSION_FOREIGN", "this admission was not made by the engine");
}
