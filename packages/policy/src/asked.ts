/** What a grant's rules want to know that costs something or would be recorded. Pure. */
import { eachMatcher } from "./match.ts";
import type { KindSpec } from "./kinds.ts";
import type { CompiledRule } from "./rules.ts";

/** By matcher: the keys of maps that the rules look at, and a number's own name where one is asked for. */
export function askedOf(kind: KindSpec, rules: readonly CompiledRule[]): ReadonlyMap<string, readonly string[]> {
  const asked = new Map<string, Set<string>>();
  const ask = (name: string, key: string): void => {
    const keys = asked.get(name);
    if (keys === undefined) asked.set(name, new Set([key]));
    else keys.add(key);
  };
  for (const { match, unless, when } of rules) {
    for (const slot of when?.slots.values() ?? []) {
      if (slot.kind === "key" || slot.kind === "has") ask(slot.field, slot.key);
      if (slot.kind === "field" && slot.spec.type === "number" && slot.spec.asked === true) ask(slot.field, slot.field);
    }
    for (const matcher of [...eachMatcher(match), ...eachMatcher(unless ?? [])]) {
      if (matcher.type === "map") for (const { key } of matcher.keys) ask(matcher.name, key);
      const spec = kind.matchers.get(matcher.name);
      if (spec?.type === "number" && spec.asked === true) ask(matcher.name, matcher.name);
    }
  }
  return new Map([...asked].map(([name, keys]) => [name, [...keys].toSorted()]));
}
