/** Approvals that nobody can give, masks that hide nothing, and parts that nothing refers to. Pure. */
import { nearest } from "../nearest.ts";
import type { Findings } from "./findings.ts";
import type { Capability } from "./lint.ts";
import { SOON_MS } from "./ignores.ts";
import { durationMs, type Text, type WrittenApproval, type WrittenGrant, type WrittenPolicy } from "./written.ts";

/** `session.max_ttl` and `timeout` where they are not written. */
const MAX_TTL_MS = 2 * 3_600_000;
const TIMEOUT_MS = 15 * 60_000;

export function lintApprovals(findings: Findings, policy: WrittenPolicy): void {
  for (const approval of policy.approvals.values()) {
    lintPeople(findings, approval);
    lintPatience(findings, approval, policy);
  }
}

function lintPeople(findings: Findings, approval: WrittenApproval): void {
  const people = new Set(approval.from.map(({ text }) => text).filter((text) => /^(?:github-user|person):/.test(text)));
  const onlyPeople = approval.from.every(({ text }) => people.has(text));
  const count = approval.count === undefined ? 1 : Number(approval.count.text);
  if (onlyPeople && approval.from.length > 0 && count > people.size) {
    findings.add(
      "approval-too-few",
      approval.count ?? approval,
      `\`${approval.name}\` wants ${count} people, and \`from\` names ${people.size}`,
      "name more people or a team, or lower `count`",
    );
  } else if (onlyPeople && count === people.size && approval.exclude?.values.length !== 0) {
    findings.add(
      "approval-no-spare",
      approval.count ?? approval,
      `\`${approval.name}\` wants everybody whom \`from\` names (${count}), and excludes who had a hand in the command`,
      "name at least one person more, or a team",
    );
  }
  if (approval.exclude === undefined) return;
  const excluded = approval.exclude.values.map(({ text }) => text);
  const missing = ["actor", "triggering_actor", "pr_author", "commit_authors"].filter(
    (role) => !excluded.includes(role),
  );
  if (missing.length === 0) return;
  findings.add(
    "approval-own",
    approval.exclude,
    `\`${approval.name}\` lets ${missing.join(", ")} answer`,
    "remove `exclude`: without it all four may not answer",
  );
}

function lintPatience(findings: Findings, approval: WrittenApproval, policy: WrittenPolicy): void {
  const timeout = approval.timeout === undefined ? TIMEOUT_MS : durationMs(approval.timeout);
  if (timeout === undefined) return;
  const sets = new Set(
    [...policy.sets.values()]
      .filter((set) => set.rules.some((rule) => rule.approval?.text === approval.name))
      .map((set) => set.name),
  );
  const grants = policy.grants.filter((grant) => grant.sets.some(({ text }) => sets.has(text))).map(({ name }) => name);
  for (const rule of policy.trust) {
    if (!rule.grants.some(({ text }) => grants.includes(text))) continue;
    const ttl = durationMs(rule.ttl) ?? 0;
    const life = durationMs(rule.maxTtl) ?? Math.max(ttl, MAX_TTL_MS);
    if (timeout <= life) continue;
    findings.add(
      "approval-outlives-session",
      approval.timeout ?? approval,
      `\`${approval.name}\` waits ${minutes(timeout)}, and a session of \`${rule.name}\` lives ${minutes(life)} at most`,
      "shorten `timeout`, or raise the session's `max_ttl`",
    );
    return;
  }
}

export function lintMasks(
  findings: Findings,
  policy: WrittenPolicy,
  { columns, nowMs }: { readonly columns?: ReadonlySet<string>; readonly nowMs: number },
): void {
  for (const masks of policy.masks.values()) {
    for (const written of masks.predicates) {
      if (written.text !== "allow") continue;
      findings.add(
        "mask-predicate-open",
        written,
        "conditions over the masked column are allowed",
        "remove `on_predicate`, or use `hold` with an approval",
      );
    }
    for (const written of masks.expiries) lintExpiry(findings, written, nowMs);
    for (const { kind, what } of masks.masks) {
      if (kind !== "column") continue;
      if (columns === undefined) {
        findings.add(
          "mask-columns-unchecked",
          masks,
          `the columns of \`${masks.name}\` could not be checked: no list of the target's columns was given`,
          "give one with `--columns FILE` (a JSON list of `schema.table.column`)",
        );
        break;
      }
      if (columns.has(what.text)) continue;
      const near = nearest(what.text, columns);
      findings.add(
        "mask-column-unknown",
        what,
        `the target has no column \`${what.text}\``,
        near === undefined ? "remove the mask, or write the column's real name" : `did you mean \`${near}\`?`,
      );
    }
  }
}

function lintExpiry(findings: Findings, written: Text, nowMs: number): void {
  const endMs = /^\d{4}-\d{2}-\d{2}$/.test(written.text) ? Date.parse(`${written.text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(endMs) || endMs - nowMs > SOON_MS) return;
  const over = endMs <= nowMs;
  findings.add(
    over ? "mask-ignore-expired" : "mask-ignore-expiring",
    written,
    over ? `this ignore ended on ${written.text}` : `this ignore ends on ${written.text}`,
    "look again, and remove it or give it a new day",
  );
}

/** What the grant demands and its target's protocol cannot do. */
export function lintCapability(
  findings: Findings,
  policy: WrittenPolicy,
  grant: WrittenGrant,
  capability: Capability | undefined,
  protocol: string,
): void {
  if (capability === undefined) return;
  for (const reference of grant.masks) {
    // One list may serve several kinds of targets: each applies what it has. A list that gives it nothing is a mistake.
    const masks = policy.masks.get(reference.text)?.masks ?? [];
    const others = masks.filter(({ kind }) => !capability.masks.includes(kind));
    const first = others[0];
    if (first === undefined || (others.length < masks.length && capability.refusesOthers !== true)) continue;
    findings.add(
      "rule-unenforceable",
      reference,
      `\`${grant.name}\` demands \`${first.kind}: ${first.what.text}\`, which ${protocol} targets cannot apply: its commands are refused`,
      capability.masks.length === 0
        ? `remove \`masks\`: ${protocol} targets have none`
        : `use a list with ${capability.masks.map((name) => `\`${name}\``).join(" or ")} masks for this grant`,
    );
  }
  for (const { text } of grant.sets) {
    for (const rule of policy.sets.get(text)?.rules ?? []) {
      for (const clause of rule.match ?? []) {
        const opaque = [...clause.values()].find(({ field }) => capability.unmaskable?.includes(field) === true);
        if (grant.masks.length > 0 && opaque !== undefined && rule.effect !== "deny") {
          findings.add(
            "rule-unenforceable",
            opaque,
            `\`${rule.id}\` is about \`${opaque.field}\`, and under the masks of \`${grant.name}\` such commands are refused`,
            "give them a grant of their own, without masks",
          );
        }
        const lacking = [...clause.values()].find(({ field }) => capability.lacks.includes(field));
        if (lacking === undefined) continue;
        findings.add(
          "rule-unenforceable",
          lacking,
          `\`${rule.id}\` asks for \`${lacking.field}\`, which ${protocol} targets do not tell`,
          "remove the matcher, or move the rule to a set for other targets",
        );
      }
    }
  }
}

export function lintUnused(findings: Findings, policy: WrittenPolicy): void {
  const used = (names: readonly { readonly text: string }[]) => new Set(names.map(({ text }) => text));
  const given = used(policy.trust.flatMap(({ grants }) => grants));
  for (const grant of policy.grants) {
    if (policy.trust.length === 0 || given.has(grant.name)) continue;
    findings.add(
      "grant-unused",
      grant,
      `no trust rule gives \`${grant.name}\``,
      "add it to the `grants` of a trust rule, or remove it",
    );
  }
  const sections: readonly (readonly [
    string,
    Iterable<{ name: string; at: WrittenPolicy["at"] }>,
    ReadonlySet<string>,
  ])[] = [
    ["rule set", policy.sets.values(), used(policy.grants.flatMap(({ sets }) => sets))],
    ["mask list", policy.masks.values(), used(policy.grants.flatMap(({ masks }) => masks))],
    ["limits", policy.limits.values(), used(policy.grants.flatMap(({ limits }) => limits))],
    [
      "approval",
      policy.approvals.values(),
      used([...policy.sets.values()].flatMap((set) => set.rules.flatMap((rule) => rule.approval ?? []))),
    ],
  ];
  for (const [what, all, names] of sections) {
    for (const one of all) {
      if (names.has(one.name)) continue;
      findings.add("section-unused", one, `nothing uses the ${what} \`${one.name}\``, "use it or remove it");
    }
  }
}

export function lintModes(findings: Findings, policy: WrittenPolicy): void {
  for (const grant of policy.grants) {
    if (grant.mode?.text !== "observe") continue;
    findings.add(
      "observe-mode",
      grant.mode,
      `the grant \`${grant.name}\` only observes`,
      "remove `mode` once its verdicts are what you want",
    );
  }
}

function minutes(ms: number): string {
  return ms % 3_600_000 === 0 ? `${ms / 3_600_000}h` : `${Math.round(ms / 60_000)}m`;
}
