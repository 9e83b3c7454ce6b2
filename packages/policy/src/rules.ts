/** Reads the rule sets of a policy and compiles them for the kind of facts that they judge. Pure. */
import type { ApprovalSpec, RuleId } from "@gate/contract";
import { readCondition, type Condition } from "./condition.ts";
import { KINDS, type KindSpec } from "./kinds.ts";
import type { Match } from "./match.ts";
import { namedCommands, readMatch } from "./matchers.ts";
import { suggestion } from "./nearest.ts";
import { checkName, readEntries, readList, readObject, readString, readWord } from "./reader.ts";
import type { Position, Problems, YamlNode } from "./yaml.ts";

export type Effect = "allow" | "hold" | "deny";

/** A rule, ready to be asked. */
export interface CompiledRule {
  readonly id: RuleId;
  /** Where it is written; absent for what a mask implies. */
  readonly at?: Position;
  readonly effect: Effect;
  /** Not written: it comes with a mask. */
  readonly implied?: true;
  readonly match: Match;
  readonly unless?: Match;
  /** Must hold too. */
  readonly when?: Condition;
  /** For a deny: what the client is told. */
  readonly message?: string;
  /** For a hold: who may answer. */
  readonly approval?: ApprovalSpec;
  /** What it is about, for hints. */
  readonly commands: readonly string[];
}

/** A rule set as it stands in the file, before it is known which kinds of targets use it. */
export interface RuleSet {
  readonly name: string;
  readonly node: YamlNode;
}

/** Reads the names of the rule sets; what is in them is read by `compileRuleSet`. */
export function readRuleSets(problems: Problems, node: YamlNode | undefined): ReadonlyMap<string, RuleSet> {
  const sets = new Map<string, RuleSet>();
  const entries = node === undefined ? [] : (readEntries(problems, node, "`rules`") ?? []);
  for (const { key, at, value } of entries) {
    checkName(problems, { at }, key, "the name of a rule set");
    sets.set(key, { name: key, node: value });
    checkIds(problems, { name: key, node: value });
  }
  return sets;
}

/** Compiles a rule set. Rules with a problem are left out: the policy is refused as a whole anyway. */
export function compileRuleSet(
  problems: Problems,
  set: RuleSet,
  kind: KindSpec,
  approvals: ReadonlyMap<string, ApprovalSpec>,
): readonly CompiledRule[] {
  const what = `the rule set \`${set.name}\``;
  return readList(problems, set.node, what, (item) => compileRule(problems, item, kind, approvals)) ?? [];
}

/** The kind whose matchers these rule sets use: the one that knows most of their keys. For sets that no target fixes. */
export function guessKind(...sets: readonly RuleSet[]): KindSpec {
  const used = new Set<string>();
  const collect = (node: YamlNode | undefined): void => {
    if (node?.type !== "map") return;
    for (const [key, { value }] of node.entries) {
      used.add(key);
      if (key === "any" && value.type === "list") value.items.forEach(collect);
    }
  };
  for (const { node } of sets) {
    for (const rule of node.type === "list" ? node.items : []) {
      if (rule.type !== "map") continue;
      collect(rule.entries.get("match")?.value);
      collect(rule.entries.get("unless")?.value);
      const when = rule.entries.get("when")?.value;
      if (when?.type === "scalar") for (const word of when.text.match(/[a-z_]+/g) ?? []) used.add(word);
    }
  }
  const hits = (spec: KindSpec): number => [...used].filter((key) => spec.matchers.has(key)).length;
  return KINDS.reduce((best, spec) => (hits(spec) > hits(best) ? spec : best));
}

function compileRule(
  problems: Problems,
  node: YamlNode,
  kind: KindSpec,
  approvals: ReadonlyMap<string, ApprovalSpec>,
): CompiledRule | undefined {
  const view = readObject(problems, node, {
    what: "a rule",
    keys: ["id", "effect", "match", "when", "unless", "approval", "message"],
    required: ["id", "effect", "match"],
  });
  if (view === undefined) return undefined;
  const effectNode = view.get("effect");
  const effect = effectNode && readWord(problems, effectNode, "`effect`", EFFECTS);
  const matchNode = view.get("match");
  const match = matchNode && readMatch({ problems, kind, place: effect ?? "deny" }, matchNode);
  const whenNode = view.get("when");
  const when = whenNode && readCondition(problems, kind, whenNode);
  const unlessNode = view.get("unless");
  const unless = unlessNode && readUnless(problems, kind, unlessNode);
  const approval = readApproval(problems, view.get("approval"), { node, effect, approvals });
  const message = readMessage(problems, view.get("message"), effect);
  const idNode = view.get("id");
  const id = idNode?.type === "scalar" && typeof idNode.value === "string" ? idNode.value : undefined;
  if (id === undefined || effect === undefined || match === undefined) return undefined;
  return {
    id,
    effect,
    match,
    at: view.at,
    commands: namedCommands(matchNode, kind),
    ...(when === undefined ? {} : { when }),
    ...(unless === undefined ? {} : { unless }),
    ...(message === undefined ? {} : { message }),
    ...(approval === undefined ? {} : { approval }),
  };
}

function readUnless(problems: Problems, kind: KindSpec, node: YamlNode): Match | undefined {
  if (node.type === "map" && node.entries.size === 0) {
    problems.add(node, "`unless` is empty, so the rule would never apply; name the exception or remove it");
    return undefined;
  }
  return readMatch({ problems, kind, place: "unless" }, node);
}

function readApproval(
  problems: Problems,
  node: YamlNode | undefined,
  rule: {
    readonly node: YamlNode;
    readonly effect: Effect | undefined;
    readonly approvals: ReadonlyMap<string, ApprovalSpec>;
  },
): ApprovalSpec | undefined {
  if (node === undefined) {
    if (rule.effect === "hold") problems.add(rule.node, "a hold needs `approval`, the name of an entry of `approvals`");
    return undefined;
  }
  if (rule.effect !== undefined && rule.effect !== "hold") {
    problems.add(node, "`approval` belongs to `effect: hold`; remove it or change the effect");
    return undefined;
  }
  const name = readString(problems, node, "`approval`");
  if (name === undefined) return undefined;
  const approval = rule.approvals.get(name);
  if (approval === undefined) {
    problems.add(node, `there is no approval \`${name}\`${suggestion(name, [...rule.approvals.keys()])}`);
  }
  return approval;
}

function readMessage(problems: Problems, node: YamlNode | undefined, effect: Effect | undefined): string | undefined {
  if (node === undefined) return undefined;
  if (effect !== undefined && effect !== "deny") {
    problems.add(node, "`message` belongs to `effect: deny`; remove it or change the effect");
    return undefined;
  }
  const message = readString(problems, node, "`message`");
  if (message === undefined) return undefined;
  // It becomes part of an error in the client's protocol: one line of text, nothing else.
  if (message.length > MESSAGE_CHARS_MAX || /\p{Cc}/u.test(message)) {
    problems.add(node, `\`message\` must be one line of at most ${MESSAGE_CHARS_MAX} characters`);
    return undefined;
  }
  return message;
}

/** Ids are checked in every set, used or not. Two sets may share one, as long as no grant uses both of them. */
function checkIds(problems: Problems, set: RuleSet): void {
  const seen = new Map<string, number>();
  for (const rule of set.node.type === "list" ? set.node.items : []) {
    const node = rule.type === "map" ? rule.entries.get("id")?.value : undefined;
    const id = node && readString(problems, node, "`id`");
    if (node === undefined || id === undefined || !checkName(problems, node, id, "`id`")) continue;
    const line = seen.get(id);
    if (RESERVED_IDS.includes(id)) problems.add(node, `the id \`${id}\` is gate's own; choose another one`);
    else if (line !== undefined) problems.add(node, `the id \`${id}\` is taken at line ${line}; choose another one`);
    else seen.set(id, node.at.line);
  }
}

const EFFECTS = ["allow", "hold", "deny"] as const;

/** Ids that verdicts and refusals use for reasons that are no rule. */
export const RESERVED_IDS: readonly string[] = [
  "default",
  "housekeeping",
  "limits",
  "obligation",
  "recorder",
  "session",
];

/** Characters of a deny rule's message. */
export const MESSAGE_CHARS_MAX = 500;
