/**
 * JSON Schema (draft 2020-12) of policy.yaml, for editors. Pure; generated from the registry of kinds.
 *
 * It knows shapes and words, not references: that a grant names rules which exist only the parser says. What the parser
 * accepts the schema accepts; the other way round there are files that only the parser refuses.
 */
import { KINDS, type KindSpec, type MatcherSpec } from "../kinds.ts";
import { DELEGATE_CHILDREN_MAX, DELEGATE_DEPTH_MAX, FORMAT_VERSION } from "../policy.ts";
import { PATTERN_CHARS_MAX } from "../read-set.ts";
import { ARGV_WORDS_MAX } from "../read-values.ts";
import { MESSAGE_CHARS_MAX } from "../rules.ts";
import { APPROVERS_MAX } from "../sections.ts";
import { ACTIONS, DETECTORS, KEEP_CHARS_MAX } from "../masks.ts";

export type JsonSchema = { readonly [key: string]: unknown };

/** `commands`: the keys that a test may name its command with. */
export function policySchema(commands: readonly string[]): JsonSchema {
  const kinds = KINDS.filter(({ kind }) => kind !== "line");
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Gate policy",
    description: "Who may do what: reviewed like code, names targets, never addresses or credentials.",
    ...object(
      {
        version: { const: FORMAT_VERSION },
        trust: named(ref("trustRule"), "Which jobs get a session, and with which grants"),
        grants: { ...named(ref("grant"), "A target, and what may be done with it"), minProperties: 1 },
        rules: named({ type: "array", items: ref("rule") }, "Named lists of rules, which grants refer to"),
        approvals: named(ref("approval"), "Who may answer a held command, which rules refer to"),
        masks: named({ type: "array", items: ref("mask") }, "Named lists of values to hide, which grants refer to"),
        limits: named(ref("limits"), "Named bounds, which grants refer to"),
        tests: { type: "array", items: ref("test"), description: "What `gate policy test` runs" },
      },
      ["version", "grants"],
    ),
    $defs: {
      name: { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" },
      duration: { type: "string", pattern: "^[1-9][0-9]{0,15}(?:ms|s|m|h|d)$", description: "500ms, 60s, 20m, 2h, 1d" },
      size: { type: "string", pattern: "^[1-9][0-9]{0,15}(?:B|[KMGT]i?B)$", description: "64KiB, 8MiB, 10MB" },
      pattern: { type: "string", minLength: 1, maxLength: PATTERN_CHARS_MAX },
      value: { type: ["string", "number", "boolean"] },
      comparison: comparisons(),
      valueTest: valueTest(),
      trustRule: trustRule(),
      grant: grant(),
      rule: rule(kinds),
      approval: approval(),
      mask: mask(),
      limits: limits(),
      test: test(commands),
      ...Object.fromEntries(kinds.map((kind) => [matchName(kind), match(kind)])),
    },
  };
}

function trustRule(): JsonSchema {
  const claim = oneOrMore(ref("value"));
  return object(
    {
      issuer: text("`github`, a name of gateway.yaml's `issuers`, or an https URL"),
      audience: {
        ...oneOrMore(text()),
        description: "What the token must have been issued for: the gateway's own URL",
      },
      claims: {
        type: "object",
        required: ["event_name"],
        additionalProperties: claim,
        properties: Object.fromEntries(CLAIMS.map((name) => [name, claim])),
        description: "Every claim must match one of its patterns; `*` stays between slashes, `**` does not",
      },
      session: object({ ttl: ref("duration"), max_ttl: ref("duration") }),
      grants: oneOrMore(ref("name")),
    },
    ["issuer", "audience", "claims", "grants"],
  );
}

function grant(): JsonSchema {
  return object(
    {
      target: text("A name of gateway.yaml's `targets`"),
      ttl: ref("duration"),
      rules: oneOrMore(ref("name")),
      masks: oneOrMore(ref("name")),
      limits: { anyOf: [ref("name"), ref("limits")] },
      delegate: object({ depth: integer(1, DELEGATE_DEPTH_MAX), children: integer(1, DELEGATE_CHILDREN_MAX) }, [
        "depth",
        "children",
      ]),
      mode: { enum: ["enforce", "observe"] },
    },
    ["target", "rules"],
  );
}

function rule(kinds: readonly KindSpec[]): JsonSchema {
  const anyKind = { anyOf: kinds.map((kind) => ref(matchName(kind))) };
  return {
    ...object(
      {
        id: ref("name"),
        effect: { enum: ["allow", "hold", "deny"] },
        match: anyKind,
        unless: { ...anyKind, minProperties: 1 },
        when: text("A CEL expression over the facts"),
        approval: ref("name"),
        message: { type: "string", minLength: 1, maxLength: MESSAGE_CHARS_MAX },
      },
      ["id", "effect", "match"],
    ),
    allOf: [
      { if: effectIs("hold"), then: { required: ["approval"] }, else: { properties: { approval: false } } },
      { if: effectIs("deny"), else: { properties: { message: false } } },
    ],
  };
}

function effectIs(effect: string): JsonSchema {
  return { properties: { effect: { const: effect } }, required: ["effect"] };
}

function match(kind: KindSpec): JsonSchema {
  const matchers = [...kind.matchers].map(([name, spec]): readonly [string, JsonSchema] => [name, matcher(spec)]);
  return object({
    ...Object.fromEntries(matchers),
    classified: { type: "boolean" },
    any: { type: "array", minItems: 1, items: { ...ref(matchName(kind)), minProperties: 1 } },
  });
}

function matcher(spec: MatcherSpec): JsonSchema {
  switch (spec.type) {
    case "set":
      return oneOrMore(ref("pattern"));
    case "word":
      return oneOrMore({ enum: [...spec.values, ...(spec.implied === undefined ? [] : ["any"])] });
    case "flag":
      return { type: "boolean" };
    case "number":
      return { anyOf: [{ type: "number" }, { ...ref("comparison"), minProperties: 1 }] };
    case "argv": {
      const line = { type: "array", minItems: 1, maxItems: ARGV_WORDS_MAX, items: ref("value") };
      return { anyOf: [ref("value"), line, { type: "array", minItems: 1, items: { anyOf: [ref("value"), line] } }] };
    }
    case "map":
      return {
        type: "object",
        minProperties: 1,
        ...(spec.keys === "path" ? { propertyNames: { pattern: "^\\$" } } : {}),
        additionalProperties: ref("valueTest"),
      };
  }
}

function comparisons(): JsonSchema {
  const number = { type: "number" };
  return object({ gt: number, gte: number, lt: number, lte: number });
}

function valueTest(): JsonSchema {
  const number = { type: "number" };
  const test = object({
    eq: ref("value"),
    in: oneOrMore(ref("value")),
    gt: number,
    gte: number,
    lt: number,
    lte: number,
    glob: ref("value"),
    present: { type: "boolean" },
  });
  return { anyOf: [ref("value"), { type: "array", minItems: 1, items: ref("value") }, { ...test, minProperties: 1 }] };
}

function approval(): JsonSchema {
  return object(
    {
      from: oneOrMore({
        type: "string",
        pattern: "^(?:github-team:[^/]+/[^/]+|(?:github-user|oidc-group|saml-group|person):.+)$",
      }),
      count: integer(1, APPROVERS_MAX),
      timeout: ref("duration"),
      exclude: {
        type: "array",
        items: { enum: ["actor", "triggering_actor", "pr_author", "commit_authors", "last_pusher"] },
      },
    },
    ["from"],
  );
}

function mask(): JsonSchema {
  const keep = integer(0, KEEP_CHARS_MAX);
  return object(
    {
      column: { type: "string", pattern: "^[^.*]+\\.[^.*]+\\.[^.*]+$", description: "schema.table.column" },
      json: { type: "string", pattern: "^\\$", description: "$.customer.ssn, $.items[*].card" },
      detect: oneOrMore({ enum: [...DETECTORS] }),
      pattern: oneOrMore(text("RE2")),
      dictionary: oneOrMore(text()),
      action: { enum: [...ACTIONS, null] },
      keep_first: keep,
      keep_last: keep,
      scope: { enum: ["session", "gateway"] },
      on_unknown_origin: { enum: ["redact", "deny"] },
      on_predicate: { enum: ["allow", "hold", "deny"] },
      approval: ref("name"),
      name: ref("name"),
      context: oneOrMore(text()),
      ignore: {
        type: "array",
        items: object(
          {
            column: text(),
            detect: oneOrMore(text()),
            reason: text(),
            expires: { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}$" },
          },
          ["column", "reason", "expires"],
        ),
      },
    },
    ["action"],
  );
}

function limits(): JsonSchema {
  const count = integer(1, Number.MAX_SAFE_INTEGER);
  return object({
    rows: count,
    affected: count,
    bytes: ref("size"),
    rate: { type: "string", pattern: "^[1-9][0-9]{0,15}/s$" },
    concurrent: count,
    statement_time: ref("duration"),
    idle_time: ref("duration"),
    session_bytes: ref("size"),
  });
}

function test(commands: readonly string[]): JsonSchema {
  return object(
    {
      name: text(),
      as: ref("name"),
      grant: ref("name"),
      claims: { type: "object", additionalProperties: ref("value") },
      ...Object.fromEntries(commands.map((key) => [key, { type: ["string", "object", "array"] }])),
      expect: object({
        effect: { enum: ["allow", "hold", "deny"] },
        rule: text(),
        rules: oneOrMore(text()),
        approval: ref("name"),
        exchange: { enum: ["allowed", "denied"] },
        grants: oneOrMore(ref("name")),
      }),
    },
    ["expect"],
  );
}

function object(properties: JsonSchema, required: readonly string[] = []): JsonSchema {
  return {
    type: "object",
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
    properties,
  };
}

function named(items: JsonSchema, description: string): JsonSchema {
  return { type: "object", description, propertyNames: ref("name"), additionalProperties: items };
}

function oneOrMore(items: JsonSchema): JsonSchema {
  return { anyOf: [items, { type: "array", minItems: 1, items }] };
}

function text(description?: string): JsonSchema {
  return { type: "string", minLength: 1, ...(description === undefined ? {} : { description }) };
}

function integer(minimum: number, maximum: number): JsonSchema {
  return { type: "integer", minimum, maximum };
}

function ref(name: string): JsonSchema {
  return { $ref: `#/$defs/${name}` };
}

function matchName({ kind }: KindSpec): string {
  return `match-${kind}`;
}

/** GitHub's claims that policies match; others are allowed too. */
const CLAIMS: readonly string[] = [
  "repository_id",
  "event_name",
  "ref",
  "environment",
  "job_workflow_ref",
  "repository_owner_id",
  "runner_environment",
  "actor_id",
];
