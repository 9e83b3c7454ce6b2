/** Bounds and names of a bundle's files, whoever holds them. Pure. */
import { RecordingError } from "./errors.ts";

/** Files of one bundle. */
export const BUNDLE_FILES_MAX = 10_000;

/** All files of one bundle together, bytes. */
export const BUNDLE_BYTES_MAX = 17_179_869_184;

/** Folders inside a bundle's folder. */
export const BUNDLE_DEPTH_MAX = 3;

/** True for a relative name that stays inside the bundle on every system: plain characters, no `..`, no dot files. */
export function isBundleName(name: string): boolean {
  return name.length <= 200 && /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*){0,2}$/.test(name);
}

/** Counts what a reader lists. @throws {RecordingError} BUNDLE_INVALID past the bounds. */
export class BundleBounds {
  readonly #names = new Set<string>();
  #bytes = 0;

  add(name: string, bytes: number): void {
    if (!isBundleName(name)) throw invalidBundle("a file has a name that no bundle has");
    if (this.#names.has(name)) throw invalidBundle(`${name} is there twice`);
    this.#names.add(name);
    this.#bytes += bytes;
    if (this.#names.size > BUNDLE_FILES_MAX) throw invalidBundle(`more than ${BUNDLE_FILES_MAX} files`);
    if (!(this.#bytes <= BUNDLE_BYTES_MAX)) throw invalidBundle(`more than ${BUNDLE_BYTES_MAX} bytes`);
  }
}

export function invalidBundle(what: string, cause?: unknown): RecordingError {
  return new RecordingError("BUNDLE_INVALID", "peer-wrong", `not a recording bundle: ${what}`, { cause });
}

export function missingFile(name: string): RecordingError {
  return new RecordingError("FILE_MISSING", "peer-wrong", `the bundle has no file ${isBundleName(name) ? name : ""}`);
}
