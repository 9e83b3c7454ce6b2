/**
 * Reads tests of a policy: `tests:` of policy.yaml, or a `*.test.yaml` with its own catalogue. Pure.
 *
 * What a command is, only the readers know that the caller gives: one for each key such as `sql`. Unknown keys are
 * refused with their place, so that a test with a slip never passes by testing nothing.
 */
import { suggestion } from "../nearest.ts";
import { readEntries, readList, readObject, readOneOrMore, readString, readText, readWord } from "../reader.ts";
import { FORMAT_VERSION } from "../policy.ts";
import { parseYamlDocument, type Position, type Problems, type YamlNode } from "../yaml.ts";
import type { Problem } from "../errors.ts";

/** One file of tests. */
export interface Suite {
  readonly file: string;
  /** Path of the policy, as written; without it the policy lies beside the file. */
  readonly policy?: { readonly path: string; readonly at: Position };
  /** What the target's database holds, for the reader of SQL. */
  readonly catalogue?: YamlNode;
  readonly tests: readonly PolicyTest[];
  readonly problems: readonly Problem[];
}

export type PolicyTest = CommandTest | ExchangeTest;

interface TestBase {
  readonly at: Position;
  /** For people; made of the command when the author wrote none. */
  readonly name: string;
}

/** A job of the trust rule `as` sends a command over a grant. */
export interface CommandTest extends TestBase {
  readonly type: "command";
  readonly as?: { readonly text: string; readonly at: Position };
  readonly grant: { readonly text: string; readonly at: Position };
  /** Which reader, and what it reads. */
  readonly key: string;
  readonly command: YamlNode;
  /** Of the job, beside those that its trust rule fixes; conditions can ask for them. */
  readonly claims?: Readonly<Record<string, string>>;
  readonly expect: CommandExpectation;
}

export interface CommandExpectation {
  readonly effect?: "allow" | "hold" | "deny";
  /** Must be among the rules that decide. */
  readonly rule?: string;
  /** Must be exactly the rules that decide. */
  readonly rules?: readonly string[];
  /** For a hold: the approval's name. */
  readonly approval?: string;
}

/** A token with these claims asks for a session; or a job of `as` asks for a grant. */
export interface ExchangeTest extends TestBase {
  readonly type: "exchange";
  readonly claims?: Readonly<Record<string, string>>;
  readonly as?: { readonly text: string; readonly at: Position };
  readonly grant?: { readonly text: string; readonly at: Position };
  readonly expect: {
    readonly exchange: "allowed" | "denied";
    /** The trust rule that lets it in. */
    readonly rule?: string;
    /** Grants that it must get; it may get more. */
    readonly grants?: readonly string[];
  };
}

/** Reads a `*.test.yaml`. `keys`: the commands that the caller can read. */
export function readSuite(text: string, file: string, keys: readonly string[]): Suite {
  const { root, problems } = parseYamlDocument(text, file);
  const view = readObject(problems, root, {
    what: "a test file",
    keys: ["version", "policy", "catalogue", "tests"],
    required: ["tests"],
  });
  const version = view?.get("version");
  if (version !== undefined && readString(problems, version, "`version`") !== FORMAT_VERSION) {
    problems.add(version, `this gate reads \`version: ${FORMAT_VERSION}\` only; write that`);
  }
  const policyNode = view?.get("policy");
  const path = policyNode && readString(problems, policyNode, "`policy`");
  const catalogue = view?.get("catalogue");
  const testsNode = view?.get("tests");
  const tests = testsNode === undefined ? [] : readTests(problems, testsNode, keys);
  return {
    file,
    tests,
    problems: problems.list,
    ...(path === undefined || policyNode === undefined ? {} : { policy: { path, at: policyNode.at } }),
    ...(catalogue === undefined ? {} : { catalogue }),
  };
}

/** Reads `tests:` of a policy; the rest of the file is the policy's own. */
export function readPolicyTests(text: string, file: string, keys: readonly string[]): Suite {
  const { root, problems } = parseYamlDocument(text, file);
  const node = root.type === "map" ? root.entries.get("tests")?.value : undefined;
  // What is wrong with the YAML itself, the policy's parser reports.
  const before = problems.list;
  const tests = node === undefined ? [] : readTests(problems, node, keys);
  return { file, tests, problems: problems.list.filter((problem) => !before.includes(problem)) };
}

function readTests(problems: Problems, node: YamlNode, keys: readonly string[]): readonly PolicyTest[] {
  return readList(problems, node, "`tests`", (item) => readTest(problems, item, keys)) ?? [];
}

function readTest(problems: Problems, node: YamlNode, keys: readonly string[]): PolicyTest | undefined {
  const view = readObject(problems, node, {
    what: "a test",
    keys: ["name", "as", "grant", "claims", "expect", ...keys],
    required: ["expect"],
  });
  const expectNode = view?.get("expect");
  if (view === undefined || expectNode === undefined) return undefined;
  const read = (key: "name" | "as" | "grant") => {
    const value = view.get(key);
    const text = value && readString(problems, value, `\`${key}\``);
    return value === undefined || text === undefined ? undefined : { text, at: value.at };
  };
  const [name, as, grant] = [read("name")?.text, read("as"), read("grant")];
  const used = keys.filter((key) => view.get(key) !== undefined);
  const claimsNode = view.get("claims");
  const common = { at: node.at, ...(as === undefined ? {} : { as }) };
  const claims = claimsNode && readClaims(problems, claimsNode);
  const [key, second] = used;
  if (key !== undefined) {
    const command = view.get(key);
    if (second !== undefined) problems.add(node, `a test has one command; this one has \`${key}\` and \`${second}\``);
    if (grant === undefined) problems.add(node, "a test of a command needs `grant`, over which it goes");
    if (claimsNode !== undefined && as === undefined) {
      problems.add(claimsNode, "`claims` beside a command are those of a job; write its trust rule as `as`");
    }
    const expect = readCommandExpectation(problems, expectNode);
    if (grant === undefined || command === undefined || expect === undefined || second !== undefined) return undefined;
    const own = claims === undefined ? {} : { claims };
    return { ...common, ...own, type: "command", name: name ?? titleOf(key, command), grant, key, command, expect };
  }
  const expect = readExchangeExpectation(problems, expectNode);
  if (claimsNode === undefined && (as === undefined || grant === undefined)) {
    problems.add(node, `a test needs a command (${keys.join(", ")}), \`claims\`, or both \`as\` and \`grant\``);
    return undefined;
  }
  if (expect === undefined) return undefined;
  return {
    ...common,
    type: "exchange",
    name: name ?? (claims === undefined ? `${as?.text} gets ${grant?.text}` : `claims ${brief(claims)}`),
    expect,
    ...(claims === undefined ? {} : { claims }),
    ...(grant === undefined ? {} : { grant }),
  };
}

function readCommandExpectation(problems: Problems, node: YamlNode): CommandExpectation | undefined {
  const view = readObject(problems, node, { what: "`expect`", keys: ["effect", "rule", "rules", "approval"] });
  if (view === undefined) return undefined;
  const effectNode = view.get("effect");
  const ruleNode = view.get("rule");
  const rulesNode = view.get("rules");
  const approvalNode = view.get("approval");
  const effect = effectNode && readWord(problems, effectNode, "`effect`", ["allow", "hold", "deny"] as const);
  const rule = ruleNode && readString(problems, ruleNode, "`rule`");
  const rules =
    rulesNode && readOneOrMore(problems, rulesNode, "`rules`", (item) => readString(problems, item, "`rules`"));
  const approval = approvalNode && readString(problems, approvalNode, "`approval`");
  if (node.type === "map" && node.entries.size === 0) problems.add(node, "`expect` is empty; write `effect:`");
  return {
    ...(effect === undefined ? {} : { effect }),
    ...(rule === undefined ? {} : { rule }),
    ...(rules === undefined ? {} : { rules }),
    ...(approval === undefined ? {} : { approval }),
  };
}

function readExchangeExpectation(problems: Problems, node: YamlNode): ExchangeTest["expect"] | undefined {
  const view = readObject(problems, node, {
    what: "`expect`",
    keys: ["exchange", "rule", "grants"],
    required: ["exchange"],
  });
  const exchangeNode = view?.get("exchange");
  const exchange = exchangeNode && readWord(problems, exchangeNode, "`exchange`", ["allowed", "denied"] as const);
  const ruleNode = view?.get("rule");
  const rule = ruleNode && readString(problems, ruleNode, "`rule`");
  const grantsNode = view?.get("grants");
  const grants =
    grantsNode && readOneOrMore(problems, grantsNode, "`grants`", (item) => readString(problems, item, "`grants`"));
  if (exchange === undefined) return undefined;
  return { exchange, ...(rule === undefined ? {} : { rule }), ...(grants === undefined ? {} : { grants }) };
}

function readClaims(problems: Problems, node: YamlNode): Readonly<Record<string, string>> | undefined {
  const entries = readEntries(problems, node, "`claims`");
  if (entries === undefined) return undefined;
  // No prototype: a claim may be called anything.
  const claims = Object.create(null) as Record<string, string>;
  for (const { key, value } of entries) {
    const text = readText(problems, value, `the claim \`${key}\``);
    if (text !== undefined) claims[key] = text;
  }
  return claims;
}

function titleOf(key: string, node: YamlNode): string {
  const text = node.type === "scalar" ? node.text : flat(node);
  return `${key} ${cut(text.replace(/\s+/g, " "))}`;
}

function flat(node: YamlNode): string {
  switch (node.type) {
    case "scalar":
      return node.text;
    case "list":
      return node.items.map(flat).join(" ");
    case "map":
      return [...node.entries].map(([key, { value }]) => `${key}: ${flat(value)}`).join(", ");
    case "invalid":
      return "";
  }
}

function brief(claims: Readonly<Record<string, string>>): string {
  return cut(
    Object.entries(claims)
      .map(([key, value]) => `${key}=${value}`)
      .join(" "),
  );
}

function cut(text: string): string {
  return text.length > TITLE_CHARS_MAX ? `${text.slice(0, TITLE_CHARS_MAX)}…` : text;
}

/** The problem of a name that the policy does not have. */
export function unknownName(what: string, name: string, known: readonly string[]): string {
  return `there is no ${what} \`${name}\`${suggestion(name, known)}`;
}

/** Characters of a test's title that is made of its command. */
const TITLE_CHARS_MAX = 100;
