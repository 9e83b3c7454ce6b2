/** What is attached to a grant or to an approval, compared: masks, limits, times, people. Pure. */
import type { ApprovalSpec, Limits, Mask, MaskAction } from "@gate/contract";
import type { Grant } from "../policy.ts";

/** wider: more is possible than before. changed: not comparable, so treated as wider. */
export type Direction = "wider" | "narrower" | "changed";

export interface Difference {
  readonly direction: Direction;
  readonly what: string;
  readonly from: string;
  readonly to: string;
}

export function compareMasks(before: readonly Mask[], after: readonly Mask[]): readonly Difference[] {
  const [old, fresh] = [byPlace(before), byPlace(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])].toSorted().flatMap((place): readonly Difference[] => {
    const [a, b] = [old.get(place), fresh.get(place)];
    const [from, to] = [describeAction(a), describeAction(b)];
    if (from === to) return [];
    const [x, y] = [strength(a), strength(b)];
    return [{ direction: y < x ? "wider" : y > x ? "narrower" : "changed", what: `mask ${place}`, from, to }];
  });
}

export function compareLimits(before: Limits, after: Limits): readonly Difference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted() as (keyof Limits)[];
  return names.flatMap((name) => number(`limit ${name}`, before[name] ?? Infinity, after[name] ?? Infinity));
}

/** Everything of a grant that is no rule. */
export function compareGrants(before: Grant, after: Grant): readonly Difference[] {
  const differences: Difference[] = [
    ...compareMasks(before.masks, after.masks),
    ...compareMaskRules(before.masks, after.masks),
    ...compareLimits(before.limits, after.limits),
  ];
  if (before.target !== after.target) {
    differences.push({ direction: "changed", what: "target", from: before.target, to: after.target });
  }
  if (before.mode !== after.mode) {
    const direction = after.mode === "observe" ? "wider" : "narrower";
    differences.push({ direction, what: "mode", from: before.mode, to: after.mode });
  }
  differences.push(...number("ttl in seconds", (before.ttlMs ?? Infinity) / 1000, (after.ttlMs ?? Infinity) / 1000));
  differences.push(...number("delegate depth", before.delegate?.depth ?? 0, after.delegate?.depth ?? 0));
  differences.push(...number("delegate children", before.delegate?.children ?? 0, after.delegate?.children ?? 0));
  return differences;
}

export function compareApprovals(before: ApprovalSpec, after: ApprovalSpec): readonly Difference[] {
  const differences: Difference[] = [];
  differences.push(...number("people needed", -before.count, -after.count).map(positive));
  const list = (names: readonly string[]) => (names.length === 0 ? "nobody" : names.toSorted().join(", "));
  const more = (a: readonly string[], b: readonly string[]) => b.some((name) => !a.includes(name));
  if (more(before.from, after.from) || more(after.from, before.from)) {
    const direction = more(before.from, after.from) ? "wider" : "narrower";
    differences.push({ direction, what: "who may answer", from: list(before.from), to: list(after.from) });
  }
  if (more(before.exclude, after.exclude) || more(after.exclude, before.exclude)) {
    const direction = more(after.exclude, before.exclude) ? "wider" : "narrower";
    differences.push({ direction, what: "who may not answer", from: list(before.exclude), to: list(after.exclude) });
  }
  differences.push(...number("timeout in seconds", before.timeoutMs / 1000, after.timeoutMs / 1000));
  return differences;
}

/** More is wider. */
export function number(what: string, before: number, after: number): readonly Difference[] {
  if (before === after) return [];
  const say = (value: number) => (Number.isFinite(value) ? String(value) : "none");
  return [{ direction: after > before ? "wider" : "narrower", what, from: say(before), to: say(after) }];
}

function positive({ from, to, ...rest }: Difference): Difference {
  return { ...rest, from: from.replace(/^-/, ""), to: to.replace(/^-/, "") };
}

/** The strongest action of each place; a detector, a pattern and a dictionary are places of their own. */
function byPlace(masks: readonly Mask[]): ReadonlyMap<string, MaskAction> {
  const places = new Map<string, MaskAction>();
  for (const mask of masks) {
    for (const name of placesOf(mask)) {
      const known = places.get(name);
      if (known === undefined || strength(mask.action) > strength(known)) places.set(name, mask.action);
    }
  }
  return places;
}

function placesOf(mask: Mask): readonly string[] {
  if (mask.kind === "column") return [mask.column];
  if (mask.kind === "json") return [mask.path];
  const near = mask.context === undefined ? "" : ` near ${mask.context.toSorted().join("|")}`;
  return [
    ...mask.detectors.map((name) => `detect ${name}${near}`),
    ...(mask.patterns ?? []).map(({ re2 }) => `pattern ${re2}${near}`),
    ...(mask.dictionaries ?? []).flatMap(({ words }) => words.map((word) => `word ${word}${near}`)),
  ];
}

/** Conditions over masked columns, results of unknown origin, and what detectors ignore. */
function compareMaskRules(before: readonly Mask[], after: readonly Mask[]): readonly Difference[] {
  const [old, fresh] = [columnRules(before), columnRules(after)];
  const rules = [...fresh].flatMap(([column, rule]): readonly Difference[] => {
    const known = old.get(column);
    if (known === undefined || known.text === rule.text) return [];
    const direction = rule.strictness < known.strictness ? "wider" : "narrower";
    return [{ direction, what: `mask ${column}`, from: known.text, to: rule.text }];
  });
  const [had, has] = [ignoresOf(before), ignoresOf(after)];
  const says = (list: ReadonlySet<string>) => (list.size === 0 ? "none" : [...list].toSorted().join(", "));
  const more = [...has].some((ignore) => !had.has(ignore));
  const less = [...had].some((ignore) => !has.has(ignore));
  if (!more && !less) return rules;
  const ignores = { what: "masks ignore", from: says(had), to: says(has) };
  return [...rules, { direction: more ? "wider" : "narrower", ...ignores }];
}

function columnRules(
  masks: readonly Mask[],
): ReadonlyMap<string, { readonly text: string; readonly strictness: number }> {
  const rules = new Map<string, { readonly text: string; readonly strictness: number }>();
  for (const mask of masks) {
    if (mask.kind !== "column") continue;
    const { onPredicate = "deny", onUnknownOrigin = "redact" } = mask;
    const strictness = ["allow", "hold", "deny"].indexOf(onPredicate) * 2 + ["redact", "deny"].indexOf(onUnknownOrigin);
    rules.set(mask.column, { text: `on_predicate ${onPredicate}, on_unknown_origin ${onUnknownOrigin}`, strictness });
  }
  return rules;
}

function ignoresOf(masks: readonly Mask[]): ReadonlySet<string> {
  return new Set(
    masks.flatMap((mask) =>
      mask.kind !== "detect"
        ? []
        : (mask.ignore ?? []).map(({ column, detectors, expiresMs }) => {
            const until = new Date(expiresMs).toISOString().slice(0, 10);
            return `${column} (${detectors?.join("|") ?? "all"} until ${until})`;
          }),
    ),
  );
}

/** null > redact > hash > tokenize > partial > nothing, as masks are applied. */
function strength(action: MaskAction | undefined): number {
  switch (action?.kind) {
    case undefined:
      return 0;
    case "partial":
      return 1 - (action.keepFirst + action.keepLast) / 1000;
    case "tokenize":
      // A token of the whole gateway joins what several sessions saw.
      return action.scope === "session" ? 2.5 : 2;
    case "hash":
      return 3;
    case "redact":
      return 4;
    case "null":
      return 5;
  }
}

function describeAction(action: MaskAction | undefined): string {
  if (action === undefined) return "none";
  if (action.kind === "partial") return `partial (first ${action.keepFirst}, last ${action.keepLast})`;
  return action.kind === "tokenize" ? `tokenize (${action.scope})` : action.kind;
}
