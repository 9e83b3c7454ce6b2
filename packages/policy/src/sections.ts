/** Reads the sections of a policy that other sections refer to: approvals and limits. Pure. */
import type { ApprovalSpec, Limits } from "@gate/contract";
import { suggestion } from "./nearest.ts";
import {
  checkName,
  readDuration,
  readEntries,
  readInteger,
  readList,
  readObject,
  readOneOrMore,
  readRate,
  readSize,
  readString,
  readWord,
} from "./reader.ts";
import type { Problems, YamlNode } from "./yaml.ts";

/** Reads a mapping of names to things; a name with a problem keeps its place, so that references to it stay silent. */
export function readNamed<T>(
  problems: Problems,
  node: YamlNode | undefined,
  section: string,
  each: (value: YamlNode, name: string) => T,
): ReadonlyMap<string, T> {
  const named = new Map<string, T>();
  const entries = node === undefined ? [] : (readEntries(problems, node, `\`${section}\``) ?? []);
  for (const { key, at, value } of entries) {
    checkName(problems, { at }, key, `a name in \`${section}\``);
    named.set(key, each(value, key));
  }
  return named;
}

export function readApproval(problems: Problems, node: YamlNode, name: string): ApprovalSpec {
  const view = readObject(problems, node, {
    what: "an approval",
    keys: ["from", "count", "timeout", "exclude"],
    required: ["from"],
  });
  const fromNode = view?.get("from");
  const from = (fromNode && readOneOrMore(problems, fromNode, "`from`", (item) => readSubject(problems, item))) ?? [];
  const countNode = view?.get("count");
  const count = (countNode && readInteger(problems, countNode, "`count`", { min: 1, max: APPROVERS_MAX })) ?? 1;
  const people = new Set(from.filter((subject) => /^(?:github-user|person):/.test(subject)));
  if (countNode !== undefined && people.size === from.length && from.length > 0 && count > people.size) {
    problems.add(countNode, `\`count\` is ${count}, but \`from\` names ${people.size} people; name more or lower it`);
  }
  const timeoutNode = view?.get("timeout");
  const timeoutMs = timeoutNode && readDuration(problems, timeoutNode, "`timeout`", APPROVAL_TIMEOUT_MS_MAX);
  const excludeNode = view?.get("exclude");
  const exclude =
    excludeNode && readList(problems, excludeNode, "`exclude`", (item) => readWord(problems, item, "`exclude`", ROLES));
  return { name, from, count, timeoutMs: timeoutMs ?? APPROVAL_TIMEOUT_MS, exclude: exclude ?? ROLES };
}

function readSubject(problems: Problems, node: YamlNode): string | undefined {
  const text = readString(problems, node, "an entry of `from`");
  if (text === undefined) return undefined;
  const colon = text.indexOf(":");
  const kind = colon < 0 ? text : text.slice(0, colon);
  const rest = colon < 0 ? "" : text.slice(colon + 1);
  const example = SUBJECTS.get(kind);
  if (example === undefined) {
    problems.add(node, `an approver cannot be \`${kind}\`${suggestion(kind, [...SUBJECTS.keys()])}`);
    return undefined;
  }
  const bad = rest.trim() !== rest || rest === "" || (kind === "github-team" && !/^[^/]+\/[^/]+$/.test(rest));
  if (!bad) return text;
  problems.add(node, `write \`${kind}:\` with its name, as in \`${example}\``);
  return undefined;
}

export function readLimits(problems: Problems, node: YamlNode): Limits {
  const keys = [
    "rows",
    "affected",
    "bytes",
    "rate",
    "concurrent",
    "statement_time",
    "idle_time",
    "session_bytes",
  ] as const;
  const view = readObject(problems, node, { what: "limits", keys });
  const read = (
    key: (typeof keys)[number],
    reader: (node: YamlNode, what: string) => number | undefined,
  ): number | undefined => {
    const value = view?.get(key);
    return value && reader(value, `\`${key}\``);
  };
  const count = (value: YamlNode, what: string) =>
    readInteger(problems, value, what, { min: 1, max: Number.MAX_SAFE_INTEGER });
  const size = (value: YamlNode, what: string) => readSize(problems, value, what);
  const rate = (value: YamlNode, what: string) => readRate(problems, value, what);
  const time = (value: YamlNode, what: string) => readDuration(problems, value, what, LIMIT_TIME_MS_MAX);
  const limits: Record<keyof Limits, number | undefined> = {
    rows: read("rows", count),
    affected: read("affected", count),
    bytes: read("bytes", size),
    ratePerSecond: read("rate", rate),
    concurrent: read("concurrent", count),
    statementTimeMs: read("statement_time", time),
    idleTimeMs: read("idle_time", time),
    sessionBytes: read("session_bytes", size),
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}

/** Kinds of approvers, each with an example. */
const SUBJECTS: ReadonlyMap<string, string> = new Map([
  ["github-team", "github-team:acme/dba"],
  ["github-user", "github-user:octocat"],
  ["oidc-group", "oidc-group:oncall"],
  ["saml-group", "saml-group:oncall"],
  ["person", "person:alice"],
]);

/** Who may not answer a hold, unless the policy says otherwise: everybody who had a hand in the command. */
const ROLES = ["actor", "triggering_actor", "pr_author", "commit_authors", "last_pusher"] as const;

/** How long a hold waits when its approval does not say. */
const APPROVAL_TIMEOUT_MS = 15 * 60_000;

/** Longest time that a hold may wait. */
export const APPROVAL_TIMEOUT_MS_MAX = 24 * 3_600_000;

/** Most people that one approval may ask for. */
export const APPROVERS_MAX = 20;

/** Longest statement or idle time that a limit may set. */
export const LIMIT_TIME_MS_MAX = 24 * 3_600_000;
