/**
 * From the text of policy.yaml to a policy that can be asked. Pure. Format: docs/policy.md.
 *
 * All or nothing: one mistake anywhere refuses the whole file, because a policy that is half in force is one that
 * nobody reviewed.
 */
import { sha256Hex } from "@gate/base";
import type { ApprovalSpec, Limits, Mask, Obligation, TrustRule } from "@gate/contract";
import { PolicyError } from "./errors.ts";
import { matchesEverything } from "./glob.ts";
import { KINDS, kindOfProtocol, type KindSpec } from "./kinds.ts";
import { suggestion } from "./nearest.ts";
import { readDuration, readInteger, readObject, readOneOrMore, readString, readWord } from "./reader.ts";
import { compileRuleSet, guessKind, readRuleSets, type CompiledRule, type RuleSet } from "./rules.ts";
import { readMasks } from "./masks.ts";
import { predicateRules } from "./predicates.ts";
import { readApproval, readLimits, readNamed } from "./sections.ts";
import { askedOf } from "./asked.ts";
import { readTrust, SESSION_MS_MAX } from "./trust.ts";
import { parseYamlDocument, type Problems, type YamlNode } from "./yaml.ts";

export interface Policy {
  /** SHA-256 hex of the text. */
  readonly digest: string;
  readonly text: string;
  readonly trust: readonly TrustRule[];
  readonly grants: ReadonlyMap<string, Grant>;
}

export interface Grant {
  readonly name: string;
  readonly target: string;
  /** The kind of facts that its commands carry. */
  readonly kind: string;
  /** "observe": verdicts are recorded and not enforced. */
  readonly mode: "enforce" | "observe";
  /** How long the grant is open after each issue or renewal of the session; as long as the session without it. */
  readonly ttlMs?: number;
  /** Sorted by id, so that neither a verdict nor its message depends on the order in the file. */
  readonly rules: readonly CompiledRule[];
  readonly masks: readonly Mask[];
  readonly limits: Limits;
  /** What nested sessions may be made of it. */
  readonly delegate?: { readonly depth: number; readonly children: number };
  /** What every allow and hold of this grant carries. */
  readonly obligations: readonly Obligation[];
  /** By matcher (`body`, `headers` …): the keys that its rules look at; for a number its own name. */
  readonly asked: ReadonlyMap<string, readonly string[]>;
  /** What it allows, for people. */
  readonly hint: string;
}

export interface PolicyOptions {
  /** As it shall stand in front of problems. */
  readonly file: string;
  /**
   * Alias → URL; GitHub's public issuer is known as `github` without it. Left out, an alias stands for itself: for a
   * policy that is only read again (`gate verify`), never for one that lets anybody in.
   */
  readonly issuers?: Readonly<Record<string, string>>;
  /** Now: ignores of masks that have expired are then problems. Without it they only have no effect. */
  readonly nowMs?: number;
  /**
   * Target → protocol: the policy is only read again, and for the grants of these targets; the others are left out.
   */
  readonly protocols?: ReadonlyMap<string, string>;
  /** When given, grants must name one of these. Without a protocol: it is there, and what it speaks is not known. */
  readonly targets?: Readonly<Record<string, { readonly protocol: string | undefined }>>;
}

/** @throws {PolicyError} POLICY_INVALID with every problem of the file. */
export function parsePolicy(text: string, options: PolicyOptions): Policy {
  const { root, problems } = parseYamlDocument(text, options.file);
  const policy = readPolicy(problems, root, options);
  if (policy === undefined || problems.count > 0) throw new PolicyError("POLICY_INVALID", problems.list);
  return { digest: sha256Hex(text), text, ...policy };
}

function readPolicy(problems: Problems, root: YamlNode, options: PolicyOptions) {
  // Another version may mean other keys: nothing else could then be judged.
  const version = root.type === "map" ? root.entries.get("version")?.value : undefined;
  if (version !== undefined && !checkVersion(problems, version)) return undefined;
  const view = readObject(problems, root, {
    what: "a policy",
    keys: ["version", "trust", "grants", "rules", "approvals", "masks", "limits", "tests"],
    required: ["version", "grants"],
  });
  if (view === undefined) return undefined;
  const approvals = readNamed(problems, view.get("approvals"), "approvals", (node, name) =>
    readApproval(problems, node, name),
  );
  const masks = readNamed(problems, view.get("masks"), "masks", (node) =>
    readMasks({ problems, approvals, nowMs: options.nowMs }, node),
  );
  const limits = readNamed(problems, view.get("limits"), "limits", (node) => readLimits(problems, node));
  const sets = readRuleSets(problems, view.get("rules"));
  const rules = new RuleCompiler(problems, sets, approvals);
  const targets = options.targets && new Map(Object.entries(options.targets));
  const context: GrantContext = { problems, masks, limits, rules, targets, protocols: options.protocols };
  const grants = readNamed(problems, view.get("grants"), "grants", (node, name) => readGrant(context, node, name));
  const grantsNode = view.get("grants");
  if (grantsNode?.type === "map" && grants.size === 0)
    problems.add(grantsNode, "`grants` is empty; write at least one");
  if (grantsNode !== undefined) checkEnvironmentNames(problems, grantsNode);
  if (options.protocols === undefined) rules.compileUnused();
  const issuers =
    options.issuers === undefined ? undefined : new Map(Object.entries({ github: GITHUB_ISSUER, ...options.issuers }));
  const trust = readTrust({ problems, issuers, grants: [...grants.keys()] }, view.get("trust"));
  const usable = [...grants].filter((entry): entry is [string, Grant] => entry[1] !== undefined);
  return { trust, grants: new Map(usable) };
}

/** Checks `version: gate/v1`; also gateway.yaml's. */
export function checkVersion(problems: Problems, node: YamlNode): boolean {
  const version = readString(problems, node, "`version`");
  if (version === FORMAT_VERSION) return true;
  if (version !== undefined) problems.add(node, `this gate reads \`version: ${FORMAT_VERSION}\` only; write that`);
  return false;
}

interface GrantContext {
  readonly problems: Problems;
  readonly masks: ReadonlyMap<string, readonly Mask[]>;
  readonly limits: ReadonlyMap<string, Limits>;
  readonly rules: RuleCompiler;
  readonly targets: ReadonlyMap<string, { readonly protocol: string | undefined }> | undefined;
  readonly protocols: ReadonlyMap<string, string> | undefined;
}

function readGrant(context: GrantContext, node: YamlNode, name: string): Grant | undefined {
  const { problems } = context;
  const view = readObject(problems, node, {
    what: "a grant",
    keys: ["target", "ttl", "rules", "masks", "limits", "delegate", "mode"],
    required: ["target", "rules"],
  });
  if (view === undefined) return undefined;
  const targetNode = view.get("target");
  const target = targetNode && readString(problems, targetNode, "`target`");
  if (target !== undefined && context.protocols?.has(target) === false) return undefined;
  const fixed = targetNode && target !== undefined ? kindOfTarget(context, targetNode, target) : undefined;
  const rulesNode = view.get("rules");
  const rules = rulesNode && readGrantRules(context, rulesNode, fixed);
  const masksNode = view.get("masks");
  const masks = masksNode && readReferences(problems, masksNode, "mask list", context.masks);
  const limitsNode = view.get("limits");
  const limits = (limitsNode && readGrantLimits(context, limitsNode)) ?? {};
  const ttlNode = view.get("ttl");
  const ttlMs = ttlNode && readDuration(problems, ttlNode, "`ttl`", SESSION_MS_MAX);
  const delegateNode = view.get("delegate");
  const delegate = delegateNode && readDelegate(problems, delegateNode);
  const modeNode = view.get("mode");
  const mode = (modeNode && readWord(problems, modeNode, "`mode`", MODES)) ?? "enforce";
  if (target === undefined || rules === undefined) return undefined;
  const allMasks = (masks ?? []).flat();
  const implied = rules.kind.predicates === true ? predicateRules(allMasks) : [];
  const compiled = [...rules.compiled, ...implied].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return {
    name,
    target,
    kind: rules.kind.kind,
    mode,
    rules: compiled,
    masks: mode === "observe" ? allMasks.map(withoutAsking) : allMasks,
    limits,
    obligations: obligationsOf(allMasks, limits),
    asked: askedOf(rules.kind, rules.compiled),
    hint: hintOf(rules.compiled),
    ...(ttlMs === undefined ? {} : { ttlMs }),
    ...(delegate === undefined ? {} : { delegate }),
  };
}

/** Where verdicts are observed nobody is asked, and a mask still holds: what would be held for it is refused. */
function withoutAsking(mask: Mask): Mask {
  return mask.kind === "column" && mask.onPredicate === "hold" ? { ...mask, onPredicate: "deny" } : mask;
}

function kindOfTarget(context: GrantContext, node: YamlNode, name: string): KindSpec | undefined {
  const again = context.protocols?.get(name);
  if (again !== undefined) return kindOfProtocol(again);
  if (context.targets === undefined) return undefined;
  const target = context.targets.get(name);
  if (target === undefined) {
    context.problems.add(node, `there is no target \`${name}\`${suggestion(name, [...context.targets.keys()])}`);
    return undefined;
  }
  if (target.protocol === undefined) return undefined;
  const kind = kindOfProtocol(target.protocol);
  if (kind === undefined) {
    const known = KINDS.flatMap(({ protocols }) => protocols).join(", ");
    context.problems.add(node, `\`${target.protocol}\` targets have no matchers; use one of: ${known}`);
  }
  return kind;
}

function readGrantRules(context: GrantContext, node: YamlNode, fixed: KindSpec | undefined) {
  const { problems, rules } = context;
  const named = readReferences(problems, node, "rule set", rules.sets);
  if (named === undefined || named.length === 0) return undefined;
  const kind = fixed ?? guessKind(...named);
  const compiled: CompiledRule[] = [];
  const owners = new Map<string, RuleSet>();
  for (const set of new Set(named)) {
    for (const rule of rules.compile(set, kind)) {
      const taken = owners.has(rule.id) && owners.get(rule.id) !== set;
      if (taken) problems.add(node, `two rules of this grant are called \`${rule.id}\`; rename one of them`);
      owners.set(rule.id, set);
      compiled.push(rule);
    }
  }
  return { kind, compiled };
}

function readReferences<T>(problems: Problems, node: YamlNode, what: string, known: ReadonlyMap<string, T>) {
  const seen = new Set<string>();
  return readOneOrMore(problems, node, `the list of ${what}s`, (item) => {
    const name = readString(problems, item, `a ${what}`);
    if (name === undefined) return undefined;
    const found = known.get(name);
    if (found === undefined)
      problems.add(item, `there is no ${what} \`${name}\`${suggestion(name, [...known.keys()])}`);
    else if (seen.has(name)) problems.add(item, `the ${what} \`${name}\` is listed twice; remove one`);
    seen.add(name);
    return found;
  });
}

function readGrantLimits({ problems, limits }: GrantContext, node: YamlNode): Limits | undefined {
  if (node.type === "map") return readLimits(problems, node);
  const name = readString(problems, node, "`limits`");
  if (name === undefined) return undefined;
  const found = limits.get(name);
  if (found === undefined) problems.add(node, `there are no limits \`${name}\`${suggestion(name, [...limits.keys()])}`);
  return found;
}

function readDelegate(problems: Problems, node: YamlNode): { depth: number; children: number } | undefined {
  const keys = ["depth", "children"] as const;
  const view = readObject(problems, node, { what: "`delegate`", keys, required: keys });
  const depthNode = view?.get("depth");
  const childrenNode = view?.get("children");
  const depth = depthNode && readInteger(problems, depthNode, "`depth`", { min: 1, max: DELEGATE_DEPTH_MAX });
  const children =
    childrenNode && readInteger(problems, childrenNode, "`children`", { min: 1, max: DELEGATE_CHILDREN_MAX });
  return depth === undefined || children === undefined ? undefined : { depth, children };
}

/** Endpoints reach the job as GATE_<GRANT>_…: two grants must not share that name. */
function checkEnvironmentNames(problems: Problems, node: YamlNode): void {
  if (node.type !== "map") return;
  const seen = new Map<string, string>();
  for (const { key, at } of node.entries.values()) {
    const variable = `GATE_${key.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
    const other = seen.get(variable);
    if (other !== undefined)
      problems.add({ at }, `\`${key}\` and \`${other}\` would both be ${variable}_…; rename one`);
    seen.set(variable, key);
  }
}

function obligationsOf(masks: readonly Mask[], limits: Limits): readonly Obligation[] {
  const obligations: Obligation[] = [];
  if (masks.length > 0) obligations.push({ kind: "mask", masks });
  if (Object.keys(limits).length > 0) obligations.push({ kind: "limit", limits });
  return obligations;
}

function hintOf(rules: readonly CompiledRule[]): string {
  const named = (effect: CompiledRule["effect"]): string => {
    const all = rules.filter((rule) => rule.effect === effect).flatMap((rule) => rule.commands);
    const unique = [...new Set(all.map((name) => (matchesEverything(name) ? "any command" : name)))].toSorted();
    return unique.slice(0, HINT_NAMES_MAX).join(", ") + (unique.length > HINT_NAMES_MAX ? ", …" : "");
  };
  const parts: string[] = [];
  const allowed = named("allow");
  const held = named("hold");
  if (allowed !== "") parts.push(`this grant allows ${allowed}, each within its rule`);
  if (held !== "") parts.push(`a person can approve ${held}`);
  if (parts.length > 0) return parts.join("; ");
  return rules.some((rule) => rule.effect !== "deny")
    ? "see the policy for what is allowed"
    : "this grant allows nothing";
}

/** Compiles each rule set once for each kind of facts it is used with. */
class RuleCompiler {
  readonly sets: ReadonlyMap<string, RuleSet>;
  readonly #problems: Problems;
  readonly #approvals: ReadonlyMap<string, ApprovalSpec>;
  readonly #compiled = new Map<string, readonly CompiledRule[]>();
  readonly #used = new Set<string>();

  constructor(problems: Problems, sets: ReadonlyMap<string, RuleSet>, approvals: ReadonlyMap<string, ApprovalSpec>) {
    this.#problems = problems;
    this.sets = sets;
    this.#approvals = approvals;
  }

  compile(set: RuleSet, kind: KindSpec): readonly CompiledRule[] {
    const key = `${kind.kind}/${set.name}`;
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const compiled = compileRuleSet(this.#problems, set, kind, this.#approvals);
    this.#compiled.set(key, compiled);
    this.#used.add(set.name);
    return compiled;
  }

  /** Also what no grant uses must be right: somebody will use it tomorrow. */
  compileUnused(): void {
    for (const set of this.sets.values()) {
      if (!this.#used.has(set.name)) this.compile(set, guessKind(set));
    }
  }
}

const MODES = ["enforce", "observe"] as const;

/** The version of both files. */
export const FORMAT_VERSION = "gate/v1";

const GITHUB_ISSUER = "https://token.actions.githubusercontent.com";

/** Names that one hint lists, of each effect. */
export const HINT_NAMES_MAX = 12;

/** Levels of nested sessions that a grant may permit. */
export const DELEGATE_DEPTH_MAX = 8;

/** Nested sessions that a grant may permit. */
export const DELEGATE_CHILDREN_MAX = 1000;
