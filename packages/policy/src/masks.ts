/** Reads the mask lists of a policy. Pure. */
import { messageOf } from "@gate/base";
import type { ApprovalSpec, ColumnMask, DetectMask, DetectorName, Mask, MaskAction, MaskIgnore } from "@gate/contract";
import { RE2JS } from "re2js";
import { isJsonPath } from "./json-path.ts";
import { suggestion } from "./nearest.ts";
import {
  checkName,
  readInteger,
  readList,
  readObject,
  readOneOrMore,
  readString,
  readWord,
  type ObjectView,
} from "./reader.ts";
import type { Problems, YamlNode } from "./yaml.ts";

export interface MaskContext {
  readonly problems: Problems;
  readonly approvals: ReadonlyMap<string, ApprovalSpec>;
  /** Now, where an ignore that has expired is to be reported. Without it, it only has no effect any more. */
  readonly nowMs: number | undefined;
}

type MaskView = ObjectView<(typeof KEYS)[number]>;

export function readMasks(context: MaskContext, node: YamlNode): readonly Mask[] {
  return readList(context.problems, node, "a mask list", (item) => readMask(context, item)) ?? [];
}

function readMask(context: MaskContext, node: YamlNode): Mask | undefined {
  const { problems } = context;
  const view = readObject(problems, node, { what: "a mask", keys: KEYS, required: ["action"] });
  if (view === undefined) return undefined;
  const kinds = (["column", "json"] as const).filter((key) => view.get(key) !== undefined);
  const looks = DETECT_KEYS.some((key) => view.get(key) !== undefined);
  if (kinds.length + Number(looks) !== 1) {
    problems.add(node, "a mask needs exactly one of `column`, `json`, and `detect` (or `pattern`, `dictionary`)");
  }
  for (const [key, owners] of OWNERS) {
    const extra = view.get(key);
    const owned = owners.some((owner) => view.get(owner) !== undefined);
    if (extra !== undefined && !owned)
      problems.add(extra, `\`${key}\` belongs to \`${owners.join("`, `")}\`; remove it`);
  }
  const action = readAction(problems, node, view);
  if (kinds.length + Number(looks) !== 1) return undefined;
  const column = view.get("column");
  if (column !== undefined) return readColumnMask(context, view, column, action);
  const json = view.get("json");
  if (json === undefined) return readDetectMask(context, view, action);
  const path = readJsonPath(problems, json);
  return path === undefined || action === undefined ? undefined : { kind: "json", path, action };
}

function readColumnMask(
  { problems, approvals }: MaskContext,
  view: MaskView,
  node: YamlNode,
  action: MaskAction | undefined,
): ColumnMask | undefined {
  const column = readColumn(problems, node);
  const originNode = view.get("on_unknown_origin");
  const onUnknownOrigin = originNode && readWord(problems, originNode, "`on_unknown_origin`", ["redact", "deny"]);
  const predicateNode = view.get("on_predicate");
  const onPredicate = predicateNode && readWord(problems, predicateNode, "`on_predicate`", ["allow", "hold", "deny"]);
  const approvalNode = view.get("approval");
  let approval: ApprovalSpec | undefined;
  if (approvalNode !== undefined && onPredicate !== "hold") {
    problems.add(approvalNode, "`approval` belongs to `on_predicate: hold`; remove it");
  } else if (approvalNode !== undefined) {
    const name = readString(problems, approvalNode, "`approval`");
    approval = name === undefined ? undefined : approvals.get(name);
    if (name !== undefined && approval === undefined) {
      problems.add(approvalNode, `there is no approval \`${name}\`${suggestion(name, [...approvals.keys()])}`);
    }
  } else if (onPredicate === "hold" && predicateNode !== undefined) {
    problems.add(predicateNode, "`on_predicate: hold` needs `approval`, the name of an entry of `approvals`");
  }
  if (column === undefined || action === undefined) return undefined;
  return {
    kind: "column",
    column,
    action,
    ...(onUnknownOrigin === undefined ? {} : { onUnknownOrigin }),
    ...(onPredicate === undefined ? {} : { onPredicate }),
    ...(approval === undefined ? {} : { approval }),
  };
}

function readDetectMask(context: MaskContext, view: MaskView, action: MaskAction | undefined): DetectMask | undefined {
  const { problems } = context;
  const part = <T>(key: (typeof KEYS)[number], read: (node: YamlNode) => T): T | undefined => {
    const node = view.get(key);
    return node && read(node);
  };
  const word = (item: YamlNode) => readWord(problems, item, "`detect`", DETECTORS);
  const detectors = part("detect", (node) => readOneOrMore(problems, node, "`detect`", word)) ?? [];
  const nameNode = view.get("name");
  const written = nameNode && readString(problems, nameNode, "`name`");
  if (nameNode !== undefined && written !== undefined) checkName(problems, nameNode, written, "`name`");
  const name = (fallback: string, index: number, count: number) =>
    (written ?? fallback) + (count > 1 ? `-${index + 1}` : "");
  const sources = part("pattern", (node) =>
    readOneOrMore(problems, node, "`pattern`", (item) => readPattern(problems, item)),
  );
  const patterns = sources?.map((re2, index) => ({ name: name("pattern", index, sources.length), re2 }));
  const words = part("dictionary", (node) =>
    readOneOrMore(problems, node, "`dictionary`", (item) => readDictionaryWord(problems, item)),
  );
  const near = part("context", (node) =>
    readOneOrMore(problems, node, "`context`", (item) => readString(problems, item, "a word of `context`")),
  );
  const names = [
    ...detectors,
    ...(patterns ?? []).map((each) => each.name),
    ...(words === undefined ? [] : [name("dictionary", 0, 1)]),
  ];
  const ignore = part("ignore", (node) =>
    readList(problems, node, "`ignore`", (item) => readIgnore(context, item, names)),
  );
  if (action === undefined) return undefined;
  return {
    kind: "detect",
    detectors,
    ...(patterns === undefined ? {} : { patterns }),
    ...(words === undefined ? {} : { dictionaries: [{ name: name("dictionary", 0, 1), words }] }),
    ...(near === undefined ? {} : { context: near }),
    ...(ignore === undefined ? {} : { ignore }),
    action,
  };
}

function readPattern(problems: Problems, node: YamlNode): string | undefined {
  const source = readString(problems, node, "`pattern`");
  if (source === undefined) return undefined;
  if (source.length > MASK_PATTERN_CHARS_MAX) {
    problems.add(node, `\`pattern\` may have at most ${MASK_PATTERN_CHARS_MAX} characters; use several`);
    return undefined;
  }
  try {
    if (!RE2JS.compile(source).matcher("").find()) return source;
    problems.add(node, "`pattern` matches an empty text, so it would match everywhere; ask for at least one character");
  } catch (error) {
    problems.add(node, `\`pattern\` is not RE2: ${messageOf(error)}`);
  }
  return undefined;
}

function readDictionaryWord(problems: Problems, node: YamlNode): string | undefined {
  const word = readString(problems, node, "a word of `dictionary`");
  if (word === undefined) return undefined;
  if (word.trim() === word && word.length <= DICTIONARY_WORD_CHARS_MAX && !/\p{Cc}/u.test(word)) return word;
  problems.add(
    node,
    `a word of \`dictionary\` has 1 to ${DICTIONARY_WORD_CHARS_MAX} characters on one line, without blanks around it`,
  );
  return undefined;
}

/** What is ignored is written down with its reason, and not for ever. */
function readIgnore(
  { problems, nowMs }: MaskContext,
  node: YamlNode,
  names: readonly string[],
): MaskIgnore | undefined {
  const view = readObject(problems, node, {
    what: "an ignore",
    keys: ["column", "detect", "reason", "expires"],
    required: ["column", "reason", "expires"],
  });
  const columnNode = view?.get("column");
  const column = columnNode && readColumn(problems, columnNode);
  const detectNode = view?.get("detect");
  const detectors =
    detectNode &&
    readOneOrMore(problems, detectNode, "`detect`", (item) => readWord(problems, item, "`detect`", names));
  const reasonNode = view?.get("reason");
  const reason = reasonNode && readString(problems, reasonNode, "`reason`");
  const expiresNode = view?.get("expires");
  const expiresMs = expiresNode && readDay(problems, expiresNode);
  if (expiresNode !== undefined && expiresMs !== undefined && nowMs !== undefined && expiresMs <= nowMs) {
    problems.add(
      expiresNode,
      "this ignore has expired and has no effect; remove it, or look again and give it a new day",
    );
  }
  if (column === undefined || reason === undefined || expiresMs === undefined) return undefined;
  return { column, ...(detectors === undefined ? {} : { detectors }), reason, expiresMs };
}

/** The beginning of a day in UTC. */
function readDay(problems: Problems, node: YamlNode): number | undefined {
  const text = readString(problems, node, "`expires`");
  if (text === undefined) return undefined;
  const at = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  // Some days that do not exist are read as others.
  if (!Number.isNaN(at) && new Date(at).toISOString().startsWith(text)) return at;
  problems.add(node, "`expires` must be a day, as in 2027-01-31; it ends when that day begins (UTC)");
  return undefined;
}

function readColumn(problems: Problems, node: YamlNode): string | undefined {
  const column = readString(problems, node, "`column`");
  if (column === undefined || /^[^.*]+\.[^.*]+\.[^.*]+$/.test(column)) return column;
  problems.add(node, "`column` must be schema.table.column, as in `public.customers.email`, without `*`");
  return undefined;
}

function readJsonPath(problems: Problems, node: YamlNode): string | undefined {
  const path = readString(problems, node, "`json`");
  if (path === undefined || isJsonPath(path)) return path;
  problems.add(node, "`json` must be a path such as `$.customer.ssn` or `$.items[*].card`");
  return undefined;
}

function readAction(
  problems: Problems,
  mask: YamlNode,
  view: { get(key: "action" | "keep_first" | "keep_last" | "scope"): YamlNode | undefined },
): MaskAction | undefined {
  const node = view.get("action");
  if (node === undefined) return undefined;
  // The author who writes `action: null` means the word, and YAML's null is how it arrives.
  const isNull = node.type === "scalar" && node.value === null && node.text === "null";
  const action = isNull ? "null" : readWord(problems, node, "`action`", ACTIONS);
  for (const [key, owner] of [
    ["keep_first", "partial"],
    ["keep_last", "partial"],
    ["scope", "tokenize"],
  ] as const) {
    const extra = view.get(key);
    if (extra !== undefined && action !== undefined && action !== owner) {
      problems.add(extra, `\`${key}\` belongs to \`action: ${owner}\`; remove it or change the action`);
    }
  }
  if (action === "tokenize") {
    const scope = view.get("scope");
    return { kind: action, scope: (scope && readWord(problems, scope, "`scope`", SCOPES)) ?? "session" };
  }
  if (action !== "partial") return action && { kind: action };
  const keep = (key: "keep_first" | "keep_last"): number => {
    const value = view.get(key);
    return (value && readInteger(problems, value, `\`${key}\``, { min: 0, max: KEEP_CHARS_MAX })) ?? 0;
  };
  if (view.get("keep_first") === undefined && view.get("keep_last") === undefined) {
    problems.add(mask, "`action: partial` needs `keep_first` or `keep_last`, how many characters stay readable");
  }
  return { kind: action, keepFirst: keep("keep_first"), keepLast: keep("keep_last") };
}

export const ACTIONS = ["redact", "partial", "tokenize", "null", "hash"] as const;

const SCOPES = ["session", "gateway"] as const;

/** The names of @gate/masking's detectors, which this package may not import. */
export const DETECTORS = [
  "credit_card",
  "iban",
  "email",
  "us_ssn",
  "phone",
  "ipv4",
  "ipv6",
  "jwt",
  "private_key",
  "aws_key",
  "github_token",
  "gitlab_token",
  "slack_token",
  "stripe_key",
  "google_key",
  "anthropic_key",
  "openai_key",
] as const satisfies readonly DetectorName[];

const DETECT_KEYS = ["detect", "pattern", "dictionary"] as const;

const KEYS = [
  "column",
  "json",
  ...DETECT_KEYS,
  "action",
  "keep_first",
  "keep_last",
  "scope",
  "on_unknown_origin",
  "on_predicate",
  "approval",
  "name",
  "context",
  "ignore",
] as const;

/** Keys that only make sense beside others. */
const OWNERS = [
  ["on_unknown_origin", ["column"]],
  ["on_predicate", ["column"]],
  ["approval", ["column"]],
  ["name", ["pattern", "dictionary"]],
  ["context", DETECT_KEYS],
  ["ignore", DETECT_KEYS],
] as const;

/** Characters of a value that a partial mask may leave readable, at each end. */
export const KEEP_CHARS_MAX = 64;

/** Characters of one pattern of a mask. */
export const MASK_PATTERN_CHARS_MAX = 500;

/** Characters of one word of a mask's dictionary. */
export const DICTIONARY_WORD_CHARS_MAX = 200;
