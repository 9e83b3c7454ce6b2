/** What is known of where a value comes from. Pure. */

/** Keys of masked columns (`${tableOid}/${attnum}`); "*" stands for every masked column. */
export type Taint = ReadonlySet<string>;

export interface Value {
  /** The masked columns that it may be made of. */
  readonly taint: Taint;
  /** The one masked column whose value it is, unchanged. */
  readonly direct?: string | undefined;
  /**
   * Nothing on the way here can fail, take long or act depending on what the values are: only then does replacing the
   * result hide them.
   */
  readonly tame: boolean;
  /**
   * Working it out may fail or take long, whatever for: where it is left out depends on a value, this tells about the
   * value. Kept from query to query, because the server moves expressions between them.
   */
  readonly heavy?: boolean;
  /** How many elements or keys it has says nothing about a value: it was built here. */
  readonly built?: boolean;
  /** A text, a number or a row: no array and no document, whose parts would have to fit to others. */
  readonly scalar?: boolean;
}

export interface Column {
  /** undefined: a name that gate does not work out; it may be any. */
  readonly name: string | undefined;
  readonly value: Value;
  /** Stands for any number of columns, of any name. */
  readonly many?: boolean;
  /** A system column: not part of `*`. */
  readonly hidden?: boolean;
}

export const NO_TAINT: Taint = new Set();
export const EVERYTHING = "*";
export const CLEAN: Value = { taint: NO_TAINT, tame: true };
export const CLEAN_SCALAR: Value = { ...CLEAN, scalar: true };
/** It may be made of anything, in any way. */
export const UNKNOWN: Value = { taint: new Set([EVERYTHING]), tame: false };

export function isTainted(value: Value): boolean {
  return value.taint.size > 0;
}

export function unionTaint(values: readonly Value[]): Taint {
  let first: Taint = NO_TAINT;
  let merged: Set<string> | undefined;
  for (const { taint } of values) {
    if (taint.size === 0 || taint === first) continue;
    if (first.size === 0) first = taint;
    else {
      merged ??= new Set(first);
      for (const key of taint) merged.add(key);
    }
  }
  return merged ?? first;
}

/** Made of all of these. */
export function derived(values: readonly Value[], tame = true): Value {
  const all = tame && values.every((value) => value.tame);
  return values.some((value) => value.heavy === true || !value.tame)
    ? { taint: unionTaint(values), tame: all, heavy: true }
    : { taint: unionTaint(values), tame: all };
}

/** As another query sees it: how it was computed was judged where it was. */
export function settled(value: Value): Value {
  if (value.tame && value.built !== true) return value;
  const { taint, direct, scalar = false } = value;
  return value.heavy === true || !value.tame
    ? { taint, direct, tame: true, heavy: true, scalar }
    : { taint, direct, tame: true, scalar };
}

/** The value of either, by some rule that gate does not look at. */
export function either(a: Value, b: Value): Value {
  const direct = a.direct !== undefined && a.direct === b.direct ? a.direct : undefined;
  return { ...derived([a, b]), direct, scalar: a.scalar === true && b.scalar === true };
}

/** Of these some may be left out, depending on others. */
export function conditional(value: Value): Value {
  return isTainted(value) && value.heavy === true ? { ...value, tame: false } : value;
}
