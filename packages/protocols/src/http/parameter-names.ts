/**
 * Names of form fields and query parameters as the frameworks read them that rewrite names: `a[]` and `a[b]` are `a`
 * (PHP, Rack, qs), `[a]` is `a` (Rack 2, qs), `.a`, ` .a` and `a b` are `_a` and `a_b` (PHP), and to many case does not
 * matter. Pure.
 */
import { foldName } from "@gate/masking";

/** One name for all those that some framework takes for it. */
export function plainName(name: string): string {
  const [own = ""] = name.replace(/^[[\] ]+/, "").split(/[[\]\0]/, 1);
  return foldName(own.replace(/[. ]/g, "_"));
}

/** Those of the asked names that one of the given names is to some framework, without being it. */
export function doubted(asked: readonly string[], given: Iterable<string>): readonly string[] {
  if (asked.length === 0) return asked;
  const plain = new Map<string, Set<string>>();
  for (const name of given) {
    const as = plainName(name);
    plain.set(as, (plain.get(as) ?? new Set()).add(name));
  }
  return asked.filter((name) => {
    const others = plain.get(plainName(name));
    return others !== undefined && (others.size > 1 || !others.has(name));
  });
}

/** A field that some frameworks take the method from. */
export function isOverrideField(name: string): boolean {
  return /^_method$|^x-http-method(?:-override)?$|^x-method-override$/.test(plainName(name));
}
