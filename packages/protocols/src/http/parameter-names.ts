/**
 * Names of form fields and query parameters as the frameworks read them that rewrite names: `a[]` and `a[b]` are `a`
 * (PHP, Rack, qs), `[a]` is `a` (Rack 2, qs), `.a`, ` .a` and `a b` are `_a` and `a_b` (PHP), `a.b` is `a` (qs, Spring),
 * `?a` is `a` at the beginning (URLSearchParams), and to many case does not matter. Pure.
 */
import { foldName } from "@gate/masking";

/** All that some framework takes a name for. */
function readingsOf(name: string): readonly string[] {
  const [own = ""] = name.replace(/^[?[\] ]+/, "").split(/[[\]\0]/, 1);
  const underscored = foldName(own.replace(/[. ]/g, "_"));
  if (!own.includes(".")) return [underscored];
  const [before = ""] = own.replace(/^\.+/, "").split(".", 1);
  return [underscored, foldName(before)];
}

/** Those of the asked names that one of the given names is to some framework, without being it. */
export function doubted(asked: readonly string[], given: Iterable<string>): readonly string[] {
  if (asked.length === 0) return asked;
  const by = new Map<string, Set<string>>();
  for (const name of given) {
    for (const reading of readingsOf(name)) by.set(reading, (by.get(reading) ?? new Set()).add(name));
  }
  return asked.filter((name) =>
    readingsOf(name).some((reading) => {
      const names = by.get(reading);
      return names !== undefined && (names.size > 1 || !names.has(name));
    }),
  );
}

/** A field that some frameworks take the method from. */
export function isOverrideField(name: string): boolean {
  return readingsOf(name).some((reading) =>
    /^_method$|^x-http-method(?:-override)?$|^x-method-override$/.test(reading),
  );
}
