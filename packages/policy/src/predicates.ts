/**
 * Masked columns in conditions: `WHERE ssn LIKE '0%'` tells a value bit by bit although none is shown, so a grant with
 * column masks has a rule for each that its author need not write. Pure.
 *
 * The protocol names the masked columns that a command tests in the fact `predicates`. One that refuses such commands
 * itself gives no such fact, and these rules then say nothing.
 */
import type { ColumnMask, Mask } from "@gate/contract";
import type { CompiledRule } from "./rules.ts";

export function predicateRules(masks: readonly Mask[]): readonly CompiledRule[] {
  const strictest = new Map<string, ColumnMask>();
  for (const mask of masks) {
    if (mask.kind !== "column") continue;
    const before = strictest.get(mask.column);
    if (before === undefined || rank(mask) > rank(before)) strictest.set(mask.column, mask);
  }
  return [...strictest.values()].filter((mask) => rank(mask) > 0).map(ruleOf);
}

function ruleOf({ column, onPredicate, approval }: ColumnMask): CompiledRule {
  const is = (name: string): boolean => name === column;
  return {
    id: `predicate:${column}`,
    implied: true,
    match: [
      {
        type: "set",
        name: "predicates",
        patterns: [column],
        upperCase: false,
        globs: [is],
        explicitGlobs: [is],
        labels: [],
        any: false,
        neutral: false,
        none: false,
        optional: true,
      },
    ],
    commands: [],
    // A hold whose approval is missing was reported where it is written; without one it denies.
    ...(onPredicate === "hold" && approval !== undefined
      ? { effect: "hold", approval }
      : { effect: "deny", message: `its condition tests ${column}, which is masked; ask for the rows without it` }),
  };
}

function rank({ onPredicate = "deny" }: ColumnMask): number {
  return ["allow", "hold", "deny"].indexOf(onPredicate);
}
