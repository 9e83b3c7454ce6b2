/** The names that a `when:` can use, by kind of facts, and the values behind them. Pure. */
import type { Fact, Facts, Session } from "@gate/contract";
import type { KindSpec, MatcherSpec } from "./kinds.ts";

/** What of a session a condition can look at. */
export type SessionFacts = Pick<Session, "trustRule"> & { readonly principal: Pick<Session["principal"], "claims"> };

/** Types of expressions; `dyn` is one that only the value tells. */
export type CelType = "bool" | "int" | "double" | "string" | "null" | "dyn" | "map" | { readonly list: CelType };

/** One value that an expression reads. */
export type Slot =
  | { readonly kind: "field"; readonly field: string; readonly spec: MatcherSpec }
  | { readonly kind: "key" | "has"; readonly field: string; readonly key: string }
  | { readonly kind: "trust-rule" }
  | { readonly kind: "claim" | "has-claim"; readonly claim: string };

export function typeOfField(spec: MatcherSpec): CelType {
  switch (spec.type) {
    case "set":
      return { list: "string" };
    case "word":
      return "string";
    case "flag":
      return "bool";
    case "number":
      return "double";
    case "argv":
      return { list: { list: "string" } };
    case "map":
      return "map";
  }
}

export type SlotValue =
  string | number | boolean | null | readonly (string | number | boolean | null)[] | readonly (readonly string[])[];

/**
 * The value of a slot; undefined when it is not known, or larger than may be looked at. What a command does not have
 * is empty: no names, no values, `""`, `false`, `0`.
 */
export function slotValue(
  slot: Slot,
  facts: Facts,
  session: SessionFacts | undefined,
  itemsMax: number,
): SlotValue | undefined {
  switch (slot.kind) {
    case "field":
      return fieldValue(slot.spec, facts.fields[slot.field], itemsMax);
    case "key":
    case "has": {
      const fact = facts.fields[slot.field];
      if (fact?.type === "none") return slot.kind === "has" ? false : [];
      if (fact?.type !== "map" || fact.complete !== true || fact.unknown?.includes(slot.key) === true) return undefined;
      const values = Object.hasOwn(fact.entries, slot.key) ? (fact.entries[slot.key] ?? []) : [];
      if (slot.kind === "has") return values.length > 0;
      return values.length > itemsMax ? undefined : values;
    }
    case "trust-rule":
      return session?.trustRule;
    case "claim":
    case "has-claim": {
      const claims = session?.principal.claims;
      if (claims === undefined) return undefined;
      const has = Object.hasOwn(claims, slot.claim);
      return slot.kind === "has-claim" ? has : has ? claims[slot.claim] : undefined;
    }
  }
}

function fieldValue(spec: MatcherSpec, fact: Fact | undefined, itemsMax: number): SlotValue | undefined {
  if (fact === undefined) return undefined;
  const none = fact.type === "none" || (fact.type === "scalar" && fact.value === null);
  switch (spec.type) {
    case "set":
      if (none) return [];
      if (fact.type !== "set" || fact.complete !== true || fact.items.length > itemsMax) return undefined;
      return fact.items.map(({ name }) => name);
    case "argv":
      if (none) return [];
      if (fact.type !== "argv" || fact.complete !== true || fact.items.length > itemsMax) return undefined;
      return fact.items.some((words) => words.length > itemsMax) ? undefined : fact.items;
    case "word":
      return none ? "" : fact.type === "scalar" && typeof fact.value === "string" ? fact.value : undefined;
    case "flag":
      return none ? false : fact.type === "scalar" && typeof fact.value === "boolean" ? fact.value : undefined;
    case "number":
      return none ? 0 : fact.type === "scalar" && typeof fact.value === "number" ? fact.value : undefined;
    case "map":
      return undefined;
  }
}

/** Names that stand for facts in every kind. */
export function fieldNames(kind: KindSpec): readonly string[] {
  return [...kind.matchers.keys()];
}
