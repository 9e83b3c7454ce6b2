/** Masks by JSON path, first cut. Pure. */

/**
 * May this JSON text hold what `path` names? True when its last key occurs anywhere, or when the text has an escape
 * behind which it could hide: then the whole document is redacted. More than asked, never less.
 */
export function jsonMayHold(value: Buffer, path: string): boolean {
  const key = /\.([A-Za-z_][A-Za-z0-9_]*)$/.exec(path)?.[1];
  if (key === undefined) return true;
  return value.includes(`"${key}"`) || value.includes("\\u");
}
