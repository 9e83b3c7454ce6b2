/** Rules that allow more than they seem to, or that never apply. Pure. */
import { nearest } from "../nearest.ts";
import { kindSpec, type KindSpec, type MatcherSpec } from "../kinds.ts";
import type { Findings, Severity } from "./findings.ts";
import { contains, overlaps, type PatternStyle } from "./patterns.ts";
import { commandLines, overrules, subsumes } from "./subsume.ts";
import {
  BARE_FIELDS,
  COPY_FORMS,
  CREDENTIALS,
  ESCAPES,
  EXCLUSIVE,
  INTERPRETERS,
  METHODS,
  OBJECT_FIELDS,
  READING,
  READS_ROWS,
  REQUEST_VERBS,
  STATEMENT_OBJECTS,
  STATEMENT_VERBS,
  WITHOUT_OBJECT,
} from "./vocabulary.ts";
import { patternsOf, type Clause, type Text, type WrittenMatcher, type WrittenRule } from "./written.ts";

/** Each rule by itself, as one kind of facts reads it. */
export function lintRule(findings: Findings, rule: WrittenRule, kind: KindSpec): void {
  for (const clause of rule.match ?? []) {
    lintNames(findings, clause, kind);
    if (lintContradiction(findings, rule, clause, kind)) continue;
    if (rule.effect !== "allow") continue;
    lintWidth(findings, rule, clause, kind);
    lintObjects(findings, rule, clause, kind);
    lintEscapes(findings, clause, kind);
    lintCredentials(findings, clause, kind);
    lintImplied(findings, clause);
  }
}

/** Pairs of rules of one grant. A pair is reported once, at the rule that has no effect. */
export function lintPairs(findings: Findings, rules: readonly WrittenRule[], kind: KindSpec): void {
  if (rules.length > PAIR_RULES_MAX) return;
  rules.forEach((rule, index) => {
    const deny = rules.find((other) => other !== rule && overrules(other, rule, kind));
    if (deny !== undefined) {
      findings.add(
        "rule-unreachable",
        rule,
        `\`${rule.id}\` never applies: \`${deny.id}\` denies every command that it ${rule.effect}s`,
        `remove \`${rule.id}\`, or give \`${deny.id}\` an \`unless\` for it`,
      );
      return;
    }
    const wider = rules.find(
      (other, place) =>
        other !== rule && subsumes(other, rule, kind) && (!subsumes(rule, other, kind) || place < index),
    );
    if (wider === undefined) return;
    findings.add(
      "rule-subsumed",
      rule,
      `\`${rule.id}\` adds nothing: \`${wider.id}\` ${wider.effect === "deny" ? "denies" : `${wider.effect}s`} every command that it matches`,
      `remove \`${rule.id}\`, or make \`${wider.id}\` narrower`,
    );
  });
}

/** Can an allow change anything? Not sure counts as yes. */
export function allowWrites(rule: WrittenRule, kind: KindSpec): boolean {
  if (rule.effect !== "allow") return false;
  // An exception over everything that is written.
  const excepted = rule.unless?.some((clause) => {
    const writes = clause.get("writes");
    return clause.size === 1 && writes !== undefined && patternsOf(writes).some(({ text }) => isAll(text));
  });
  if (excepted === true) return false;
  return (rule.match ?? [new Map()]).some((clause) => clauseWrites(clause, kind));
}

function clauseWrites(clause: Clause, kind: KindSpec): boolean {
  const fields = [kind.commandField, "sftp"].filter((field) => clause.has(field));
  if (fields.length === 0) return ![...clause.keys()].some((field) => ["pty", "agent", "x11"].includes(field));
  return fields.some((field) => {
    const reading = READING.get(field) ?? [];
    return namesOf(clause, field).some(
      ({ text }) => !reading.some((name) => contains(name, text, styleOf(kind, field))),
    );
  });
}

function lintWidth(findings: Findings, rule: WrittenRule, clause: Clause, kind: KindSpec): void {
  const field = kind.commandField;
  const named = clause.get(field);
  const open = namesOf(clause, field).find(({ text }) => isAll(text));
  if (named !== undefined && open !== undefined) {
    findings.add(
      "allow-everything",
      open,
      `\`${rule.id}\` allows whatever command there is`,
      `list the names of \`${field}\` one by one`,
    );
  }
}

function lintObjects(findings: Findings, rule: WrittenRule, clause: Clause, kind: KindSpec): void {
  const field = kind.commandField;
  const names = namesOf(clause, field);
  const style = styleOf(kind, field);
  const bare = WITHOUT_OBJECT.get(field) ?? [];
  const objectless =
    (names.length > 0 && names.every(({ text }) => bare.some((name) => contains(name, text, style)))) ||
    BARE_FIELDS.some((name) => clause.has(name));
  if (objectless) return;
  const objects = OBJECT_FIELDS.filter((name) => kind.matchers.has(name));
  const present = objects.filter((name) => clause.has(name));
  const where = clause.get(field) ?? { at: rule.matchAt };
  if (present.length === 0) {
    findings.add(
      "allow-without-objects",
      where,
      `\`${rule.id}\` does not say on what: it has no ${orList(objects)}`,
      `add ${orList(objects.slice(0, 2))} with the names that the job needs`,
    );
    return;
  }
  for (const name of present) {
    const open = namesOf(clause, name).find(({ text }) => isAll(text));
    if (open === undefined || kind.matchers.get(name)?.type !== "set") continue;
    findings.add(
      "allow-without-objects",
      open,
      `\`${name}: ${open.text}\` of \`${rule.id}\` stands for everything`,
      "write the names that the job needs",
      severityOf(clause, kind),
    );
  }
  if (kind.matchers.has("namespace") && !clause.has("namespace")) {
    findings.add(
      "allow-without-objects",
      where,
      `\`${rule.id}\` is for every namespace`,
      "add `namespace:`",
      severityOf(clause, kind),
    );
  }
  if (!kind.matchers.has("reads")) return;
  const matching = (list: readonly string[]) =>
    names.length === 0 || names.some(({ text }) => list.some((each) => overlaps(text, each, style)));
  if (!clause.has("reads") && matching(READS_ROWS) && rule.unless === undefined) {
    findings.add(
      "allow-reads-omitted",
      where,
      `\`${rule.id}\` leaves out \`reads\`, which then means any relation`,
      "add `reads:` with the relations that it may take rows from",
    );
  }
  if (!clause.has("writes") && clauseWrites(clause, kind) && rule.unless === undefined) {
    findings.add(
      "allow-writes-omitted",
      where,
      `\`${rule.id}\` leaves out \`writes\`, which then means any relation`,
      "add `writes:` with the relations that it may change",
    );
  }
}

function lintEscapes(findings: Findings, clause: Clause, kind: KindSpec): void {
  for (const [field, names] of ESCAPES) {
    if (!kind.matchers.has(field)) continue;
    for (const written of namesOf(clause, field)) {
      const found = names.filter((name) => overlaps(written.text, name, styleOf(kind, field)));
      if (found.length === 0 || isAll(written.text)) continue;
      findings.add(
        "allow-escape",
        written,
        `\`${field}: ${written.text}\` allows ${orList(found.slice(0, 3))}`,
        "use `effect: hold` for it, or name only what the job needs",
      );
    }
  }
  for (const field of ["shell", "agent"]) {
    const flag = clause.get(field);
    if (flag?.node.type !== "scalar" || flag.node.value !== true || !kind.matchers.has(field)) continue;
    findings.add(
      "allow-escape",
      flag,
      `\`${field}: true\` is allowed`,
      "use `effect: hold` for it, or `exec` with fixed words",
    );
  }
  const exec = clause.get("exec");
  if (exec === undefined || kind.matchers.get("exec")?.type !== "argv") return;
  for (const line of commandLines(exec)) {
    const program = line[0] ?? "";
    const open = line.some((word) => word.includes("*"));
    const base = program.slice(program.lastIndexOf("/") + 1);
    if (!open || (!program.includes("*") && !INTERPRETERS.includes(base))) continue;
    findings.add(
      "allow-escape",
      exec,
      `\`exec: [${line.join(", ")}]\` lets the job choose ${program.includes("*") ? "the program" : `what \`${base}\` runs`}`,
      "write the whole command line without `*`, or use `effect: hold`",
    );
  }
}

function lintCredentials(findings: Findings, clause: Clause, kind: KindSpec): void {
  for (const [field, names] of CREDENTIALS) {
    if (!kind.matchers.has(field)) continue;
    // Paths of requests are no files.
    if (field === "path" && !kind.matchers.has("sftp")) continue;
    for (const written of namesOf(clause, field)) {
      const found = names.find((name) => overlaps(written.text, name, styleOf(kind, field)));
      if (found === undefined || isAll(written.text)) continue;
      findings.add(
        "allow-credentials",
        written,
        `\`${field}: ${written.text}\` covers \`${found}\``,
        "name what the job needs, or deny it in a rule of its own",
      );
    }
  }
}

function lintImplied(findings: Findings, clause: Clause): void {
  const functions = clause.get("functions");
  if (functions !== undefined && patternsOf(functions).some(({ text }) => text === "any" || isAll(text))) {
    findings.add(
      "functions-any",
      functions,
      "any function may be called",
      "write `safe`, and beside it the functions that the job needs",
    );
  }
  const definition = clause.get("definition");
  if (definition !== undefined && patternsOf(definition).some(({ text }) => text !== "known")) {
    findings.add(
      "definition-open",
      definition,
      "tools that are new, or whose description changed, may be called",
      "write `known`, and let people look at the others with `effect: hold`",
    );
  }
}

/** True when the clause can never hold. */
function lintContradiction(findings: Findings, rule: WrittenRule, clause: Clause, kind: KindSpec): boolean {
  for (const groups of EXCLUSIVE) {
    const used = groups.filter((fields) => fields.some((field) => clause.has(field) && kind.matchers.has(field)));
    const [first, second] = used.map((fields) => fields.find((field) => clause.has(field)) ?? "");
    if (first === undefined || second === undefined) continue;
    findings.add(
      "rule-unreachable",
      clause.get(second) ?? rule,
      `\`${rule.id}\` never applies: no command has both \`${first}\` and \`${second}\``,
      "split it into two rules, or list both under `any:`",
    );
    return true;
  }
  const where = clause.get("where");
  const statements = namesOf(clause, "statement");
  const changing = statements.some(({ text }) =>
    ["UPDATE", "DELETE", "MERGE"].some((name) => overlaps(text, name, styleOf(kind, "statement"))),
  );
  if (where === undefined || rule.effect !== "allow" || statements.length === 0 || changing) return false;
  findings.add(
    "rule-unreachable",
    where,
    `\`${rule.id}\` never applies: only UPDATE, DELETE and MERGE have a \`where\``,
    "remove `where`, or add UPDATE or DELETE to `statement`",
  );
  return true;
}

function lintNames(findings: Findings, clause: Clause, kind: KindSpec): void {
  const unknown = (written: Text, fix: string) =>
    findings.add("name-unknown", written, `no command is called \`${written.text}\``, fix);
  for (const written of namesOf(clause, "statement")) {
    const [verb = "", object] = written.text.toUpperCase().split(" ");
    const known = STATEMENT_VERBS.some((name) => overlaps(verb, name, ANY));
    if (!known) unknown(written, `did you mean ${quoted(nearest(verb, STATEMENT_VERBS))}?`);
    else if (object !== undefined && ["CREATE", "ALTER", "DROP"].includes(verb)) {
      if (STATEMENT_OBJECTS.some((name) => overlaps(object, name, ANY))) continue;
      unknown(written, `did you mean ${quoted(`${verb} ${nearest(object, STATEMENT_OBJECTS) ?? "TABLE"}`)}?`);
    } else if (object !== undefined && verb === "COPY") {
      if (COPY_FORMS.some((name) => overlaps(object, name, ANY))) continue;
      unknown(written, `did you mean ${quoted(`COPY ${nearest(object, COPY_FORMS) ?? "PROGRAM"}`)}?`);
    }
  }
  if (kind.matchers.has("verb")) {
    for (const written of namesOf(clause, "verb")) {
      if (REQUEST_VERBS.some((name) => overlaps(written.text, name, ANY))) continue;
      unknown(written, `one of ${REQUEST_VERBS.slice(0, 8).join(", ")}; exec and its like are \`subresource\`s`);
    }
    for (const written of namesOf(clause, "resource")) {
      if (!written.text.includes("/")) continue;
      unknown(written, "what stands behind the slash is a `subresource`, a matcher of its own");
    }
  }
  if (kind.commandField !== "method") return;
  for (const written of namesOf(clause, "method")) {
    if (METHODS.some((name) => overlaps(written.text, name, styleOf(kind, "method")))) continue;
    const near = nearest(written.text, METHODS);
    if (near !== undefined) unknown(written, `did you mean ${quoted(near)}?`);
  }
}

function namesOf(clause: Clause, field: string): readonly Text[] {
  const matcher: WrittenMatcher | undefined = clause.get(field);
  return matcher === undefined ? [] : patternsOf(matcher);
}

/** Nothing but stars, dots between them, and the slash that every path begins with. */
function isAll(pattern: string): boolean {
  return /^\/?\*[*./]*$/.test(pattern);
}

function severityOf(clause: Clause, kind: KindSpec): Severity {
  return clauseWrites(clause, kind) ? "error" : "warning";
}

export function styleOf(kind: KindSpec, field: string): PatternStyle {
  const spec: MatcherSpec | undefined = kindSpec(kind.kind)?.matchers.get(field);
  if (spec?.type !== "set") return ANY;
  return { path: spec.glob === "path", upperCase: spec.upperCase === true };
}

function orList(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(" or ");
}

function quoted(name: string | undefined): string {
  return name === undefined ? "another name" : `\`${name}\``;
}

const ANY: PatternStyle = { path: false, upperCase: false };

/** Rules of one grant that are compared pair by pair. */
export const PAIR_RULES_MAX = 500;
