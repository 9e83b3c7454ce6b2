/** May a value lie in a column without more of it being seen there? Pure. */
import type { MaskAction } from "@gate/contract";
import type { MaskedColumns } from "../masked-columns.ts";
import { EVERYTHING, type Value } from "./value.ts";

/** `column`: the target as it would be read. */
export function mayHold(masked: MaskedColumns, column: Value, value: Value): boolean {
  const target = masked.byColumn.get(column.direct ?? "")?.action;
  if (target === undefined || value.taint.has(EVERYTHING)) return false;
  if (SHOWS_NOTHING.has(target.kind)) return true;
  for (const key of value.taint) {
    const source = masked.byColumn.get(key)?.action;
    // What shows a part shows another part of a changed value: only the value itself may come.
    if (source === undefined || value.direct !== key || !asStrong(target, source)) return false;
  }
  return true;
}

function asStrong(target: MaskAction, source: MaskAction): boolean {
  if (target.kind === "tokenize" || target.kind === "hash") return source.kind !== "redact" && source.kind !== "null";
  if (target.kind !== "partial" || source.kind !== "partial") return false;
  return target.keepFirst <= source.keepFirst && target.keepLast <= source.keepLast;
}

const SHOWS_NOTHING: ReadonlySet<MaskAction["kind"]> = new Set(["redact", "null"]);
