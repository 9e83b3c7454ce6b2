/**
 * A policy as its author wrote it: every name, pattern and matcher with its place, nothing compiled. Pure.
 *
 * The tools reason about what is written (is this pattern inside that one?), which a compiled policy no longer tells.
 * Reading is lenient: what the parser refuses is left out here, and reported by the parser.
 */
import { guessKind } from "../rules.ts";
import { kindOfProtocol, kindSpec, type KindSpec } from "../kinds.ts";
import { parseDuration } from "../units.ts";
import type { Position, YamlMapNode, YamlNode } from "../yaml.ts";

/** A text and where it stands. */
export interface Text {
  readonly text: string;
  readonly at: Position;
}

export interface WrittenPolicy {
  readonly at: Position;
  readonly trust: readonly WrittenTrust[];
  readonly grants: readonly WrittenGrant[];
  readonly sets: ReadonlyMap<string, WrittenSet>;
  readonly approvals: ReadonlyMap<string, WrittenApproval>;
  readonly masks: ReadonlyMap<string, WrittenMasks>;
  readonly limits: ReadonlyMap<string, { readonly name: string; readonly at: Position }>;
}

export interface WrittenTrust {
  readonly name: string;
  readonly at: Position;
  readonly issuer?: Text;
  readonly audience?: { readonly at: Position; readonly values: readonly Text[] };
  readonly claims?: { readonly at: Position; readonly by: ReadonlyMap<string, WrittenClaim> };
  readonly grants: readonly Text[];
  readonly ttl?: Text;
  readonly maxTtl?: Text;
}

export interface WrittenClaim {
  readonly at: Position;
  readonly globs: readonly Text[];
}

export interface WrittenGrant {
  readonly name: string;
  readonly at: Position;
  readonly target?: Text;
  readonly sets: readonly Text[];
  readonly masks: readonly Text[];
  readonly limits: readonly Text[];
  readonly mode?: Text;
}

export interface WrittenSet {
  readonly name: string;
  readonly at: Position;
  readonly node: YamlNode;
  readonly rules: readonly WrittenRule[];
}

export interface WrittenRule {
  readonly id: string;
  readonly at: Position;
  readonly effect: "allow" | "hold" | "deny";
  /** What is left of `match` when every `any` is multiplied out; absent when there are too many alternatives. */
  readonly match: readonly Clause[] | undefined;
  readonly matchAt: Position;
  readonly unless?: readonly Clause[] | undefined;
  /** The exception and the condition as canonical text: two rules with the same text have the same ones. */
  readonly besides: string;
  readonly approval?: Text;
}

/** One alternative: all of its matchers must hold. */
export type Clause = ReadonlyMap<string, WrittenMatcher>;

export interface WrittenMatcher {
  readonly field: string;
  /** Where the key stands. */
  readonly at: Position;
  readonly node: YamlNode;
}

export interface WrittenApproval {
  readonly name: string;
  readonly at: Position;
  readonly from: readonly Text[];
  readonly count?: Text;
  readonly timeout?: Text;
  readonly exclude?: { readonly at: Position; readonly values: readonly Text[] };
}

export interface WrittenMasks {
  readonly name: string;
  readonly at: Position;
  readonly masks: readonly { readonly kind: "column" | "json" | "detect"; readonly what: Text }[];
  /** `on_predicate` of its masks. */
  readonly predicates: readonly Text[];
  /** `expires` of what its detectors ignore. */
  readonly expiries: readonly Text[];
}

/** Reads the tree of a policy; whatever is not in its place is left out. */
export function readWritten(root: YamlNode): WrittenPolicy {
  return {
    at: root.at,
    trust: named(root, "trust").map(([name, at, node]) => readTrust(name, at, node)),
    grants: named(root, "grants").map(([name, at, node]) => ({
      name,
      at,
      sets: texts(child(node, "rules")),
      masks: texts(child(node, "masks")),
      limits: texts(child(node, "limits")),
      ...optional("target", text(child(node, "target"))),
      ...optional("mode", text(child(node, "mode"))),
    })),
    sets: new Map(
      named(root, "rules").map(([name, at, node]) => {
        const rules = node.type === "list" ? node.items.map(readRule).filter((rule) => rule !== undefined) : [];
        return [name, { name, at, node, rules }];
      }),
    ),
    approvals: new Map(named(root, "approvals").map(([name, at, node]) => [name, readApproval(name, at, node)])),
    masks: new Map(named(root, "masks").map(([name, at, node]) => [name, { name, at, ...readMasks(node) }])),
    limits: new Map(named(root, "limits").map(([name, at]) => [name, { name, at }])),
  };
}

/** The kind of facts that a rule set is written for, under a target or by its own matchers. */
export function kindOfSet(
  set: WrittenSet,
  target: string | undefined,
  targets: Readonly<Record<string, { readonly protocol: string | undefined }>> | undefined,
): KindSpec | undefined {
  const known = target !== undefined && targets !== undefined && Object.hasOwn(targets, target);
  if (known) return kindOfProtocol(targets[target]?.protocol ?? "");
  return guessKind(set);
}

/** The rules of a grant, with the kind that they are read as. */
export function rulesOf(
  policy: WrittenPolicy,
  grant: WrittenGrant,
  targets: Readonly<Record<string, { readonly protocol: string | undefined }>> | undefined,
): { readonly kind: KindSpec | undefined; readonly rules: readonly WrittenRule[] } {
  const sets = [...new Set(grant.sets.map(({ text }) => text))]
    .map((name) => policy.sets.get(name))
    .filter((set) => set !== undefined);
  const first = sets[0];
  const kind = first === undefined ? undefined : kindOfSet(first, grant.target?.text, targets);
  return { kind: kind && kindSpec(kind.kind), rules: sets.flatMap((set) => set.rules) };
}

/** The words of a matcher: its value, or the items of its list. */
export function patternsOf(matcher: WrittenMatcher): readonly Text[] {
  return texts(matcher.node);
}

/** The same value always has the same text, in whatever order the keys of its mappings are written. */
export function canonical(node: YamlNode | undefined): string {
  switch (node?.type) {
    case undefined:
      return "";
    case "map":
      return `{${[...node.entries]
        .map(([key, { value }]) => `${JSON.stringify(key)}:${canonical(value)}`)
        .toSorted()
        .join(",")}}`;
    case "list":
      return `[${node.items.map(canonical).join(",")}]`;
    case "scalar":
      return JSON.stringify(node.value);
    case "invalid":
      return "!";
  }
}

export function child(node: YamlNode | undefined, key: string): YamlNode | undefined {
  return node?.type === "map" ? node.entries.get(key)?.value : undefined;
}

/** A value, or the items of a list, as texts with their places. */
export function texts(node: YamlNode | undefined): readonly Text[] {
  const items = node?.type === "list" ? node.items : node === undefined ? [] : [node];
  return items.map(text).filter((item) => item !== undefined);
}

export function text(node: YamlNode | undefined): Text | undefined {
  return node?.type === "scalar" && node.value !== null ? { text: node.text, at: node.at } : undefined;
}

export function durationMs(written: Text | undefined): number | undefined {
  return written === undefined ? undefined : parseDuration(written.text);
}

function readTrust(name: string, at: Position, node: YamlNode): WrittenTrust {
  const audience = child(node, "audience");
  const claims = child(node, "claims");
  const session = child(node, "session");
  return {
    name,
    at,
    grants: texts(child(node, "grants")),
    ...optional("issuer", text(child(node, "issuer"))),
    ...(audience === undefined ? {} : { audience: { at: audience.at, values: texts(audience) } }),
    ...(claims?.type === "map" ? { claims: { at: claims.at, by: readClaims(claims) } } : {}),
    ...optional("ttl", text(child(session, "ttl"))),
    ...optional("maxTtl", text(child(session, "max_ttl"))),
  };
}

function readClaims(node: YamlMapNode): ReadonlyMap<string, WrittenClaim> {
  return new Map([...node.entries].map(([key, { at, value }]) => [key, { at, globs: texts(value) }]));
}

function readRule(node: YamlNode): WrittenRule | undefined {
  const id = text(child(node, "id"));
  const effect = text(child(node, "effect"))?.text;
  const match = child(node, "match");
  if (id === undefined || match === undefined) return undefined;
  if (effect !== "allow" && effect !== "hold" && effect !== "deny") return undefined;
  const unless = child(node, "unless");
  const when = child(node, "when");
  return {
    id: id.text,
    at: node.at,
    effect,
    match: clausesOf(match),
    matchAt: match.at,
    besides: `${canonical(unless)}|${canonical(when)}`,
    ...(unless === undefined ? {} : { unless: clausesOf(unless) }),
    ...optional("approval", text(child(node, "approval"))),
  };
}

/** Multiplies `any` out. A matcher written both outside and inside of it must hold in both places: the inner is kept. */
function clausesOf(node: YamlNode): readonly Clause[] | undefined {
  if (node.type !== "map") return undefined;
  const base = new Map<string, WrittenMatcher>();
  let alternatives: readonly Clause[] | undefined = [new Map()];
  for (const [field, { at, value }] of node.entries) {
    if (field !== "any") {
      base.set(field, { field, at, node: value });
      continue;
    }
    const inner = value.type === "list" ? value.items.map(clausesOf) : [];
    if (inner.some((clauses) => clauses === undefined)) return undefined;
    alternatives = inner.flatMap((clauses) => clauses ?? []);
  }
  if (alternatives.length > CLAUSES_MAX) return undefined;
  return alternatives.map((clause) => {
    const both = [...clause.keys()].filter((field) => base.has(field));
    // Two matchers over one field: keep the outer one under a name of its own, so that neither is forgotten.
    const outer = [...base].map(([field, matcher]): [string, WrittenMatcher] => [
      both.includes(field) ? `${field} (outer)` : field,
      matcher,
    ]);
    return new Map([...outer, ...clause]);
  });
}

function readApproval(name: string, at: Position, node: YamlNode): WrittenApproval {
  const exclude = child(node, "exclude");
  return {
    name,
    at,
    from: texts(child(node, "from")),
    ...optional("count", text(child(node, "count"))),
    ...optional("timeout", text(child(node, "timeout"))),
    ...(exclude === undefined ? {} : { exclude: { at: exclude.at, values: texts(exclude) } }),
  };
}

function readMasks(node: YamlNode): Omit<WrittenMasks, "name" | "at"> {
  const items = node.type === "list" ? node.items : [];
  const kinds = [
    ["column", "column"],
    ["json", "json"],
    ["detect", "detect"],
    ["pattern", "detect"],
    ["dictionary", "detect"],
  ] as const;
  return {
    masks: items.flatMap((item) =>
      kinds.flatMap(([key, kind]) => texts(child(item, key)).map((what) => ({ kind, what }))),
    ),
    predicates: items.flatMap((item) => texts(child(item, "on_predicate"))),
    expiries: items.flatMap((item) => {
      const ignores = child(item, "ignore");
      return ignores?.type === "list" ? ignores.items.flatMap((ignore) => texts(child(ignore, "expires"))) : [];
    }),
  };
}

function named(root: YamlNode, section: string): readonly (readonly [string, Position, YamlNode])[] {
  const node = child(root, section);
  return node?.type === "map" ? [...node.entries.values()].map(({ key, at, value }) => [key, at, value] as const) : [];
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: T });
}

/** Alternatives of one rule that the tools compare with other rules. */
export const CLAUSES_MAX = 256;
