/**
 * Which matchers exist, by the kind of facts that a protocol produces. A new kind is one entry here. Pure.
 */

/** A matcher over a set of names (`statement`, `reads`, …). */
export interface SetMatcherSpec {
  readonly type: "set";
  /** Groups that a pattern may name with `@`. */
  readonly labels?: readonly string[];
  /** Names are compared in upper case, and may hold only letters, digits, blanks, `_`, `-` and `.`. */
  readonly upperCase?: boolean;
  /** In a pattern of "path" `*` stays between two slashes and `**` does not. */
  readonly glob?: "path";
  /** Names have at least two parts, so a pattern without a dot could never match. */
  readonly qualified?: string;
  /** What names look like; a pattern that can never be one is a mistake. */
  readonly shape?: { readonly pattern: RegExp; readonly example: string };
  /** All names there are: a pattern must match one of them. */
  readonly names?: readonly string[];
  /** Words that stand alone for a label. */
  readonly words?: Readonly<Record<string, string>>;
  /** In an allow, leaving this matcher out means this label. `any` then lifts it. */
  readonly impliedLabel?: string;
  /** The word `none` means that the set is empty, and an allow that leaves the matcher out means it. `any` lifts it. */
  readonly impliedNone?: boolean;
}

/** A matcher over one value out of a closed list. */
export interface WordMatcherSpec {
  readonly type: "word";
  readonly values: readonly string[];
  /** In an allow, leaving this matcher out means this value, where there is one. `any` then lifts it. */
  readonly implied?: string;
}

/** A matcher over true or false. */
export interface FlagMatcherSpec {
  readonly type: "flag";
}

/** A matcher over one number. */
export interface NumberMatcherSpec {
  readonly type: "number";
  /** The fact costs something: it is made only where a rule asks for it. */
  readonly asked?: boolean;
}

/** A matcher over command lines, word by word. */
export interface ArgvMatcherSpec {
  readonly type: "argv";
}

/** A matcher over values by key. */
export interface MapMatcherSpec {
  readonly type: "map";
  /** "path": JSON paths; "name": any names; "header": names in lower case, without those that hold secrets. */
  readonly keys: "path" | "name" | "header";
  /** Values are texts, in which a number may be written; otherwise they have JSON's types. */
  readonly text: boolean;
}

export type MatcherSpec =
  SetMatcherSpec | WordMatcherSpec | FlagMatcherSpec | NumberMatcherSpec | ArgvMatcherSpec | MapMatcherSpec;

export interface KindSpec {
  /** `Facts.kind`. */
  readonly kind: string;
  /** The protocols whose commands carry these facts. */
  readonly protocols: readonly string[];
  /** The set that names what the command is: what a rule must name to refuse housekeeping. */
  readonly commandField: string;
  /** The matchers that hints quote. */
  readonly hintFields: readonly string[];
  readonly matchers: ReadonlyMap<string, MatcherSpec>;
  /** Commands can test columns: their facts name the masked ones in `predicates`. */
  readonly predicates?: true;
}

export const KINDS: readonly KindSpec[] = [
  {
    kind: "sql",
    protocols: ["postgres", "mysql"],
    commandField: "statement",
    hintFields: ["statement"],
    predicates: true,
    matchers: new Map<string, MatcherSpec>([
      ["statement", { type: "set", upperCase: true }],
      ["reads", { type: "set", labels: ["@catalog"], qualified: "public.orders" }],
      ["writes", { type: "set", labels: ["@catalog"], qualified: "public.orders" }],
      [
        "functions",
        {
          type: "set",
          labels: [
            "@safe",
            "@sequence",
            "@notify",
            "@settings",
            "@locks",
            "@sleep",
            "@transaction",
            "@monitoring",
            "@large_object",
            "@files",
            "@network",
            "@dynamic_sql",
            "@admin",
          ],
          qualified: "pg_catalog.now",
          words: { safe: "@safe" },
          impliedLabel: "@safe",
        },
      ],
      ["where", { type: "word", values: ["keyed", "present", "none", "tautology"] }],
      ["estimated_rows", { type: "number", asked: true }],
    ]),
  },
  {
    kind: "ssh",
    protocols: ["ssh"],
    commandField: "operation",
    hintFields: ["operation", "exec", "sftp", "path", "subsystem", "forward", "listen", "socket"],
    matchers: new Map<string, MatcherSpec>([
      [
        "operation",
        {
          type: "set",
          names: ["exec", "shell", "sftp", "subsystem", "forward", "listen", "socket", "agent", "x11", "pty", "env"],
        },
      ],
      ["exec", { type: "argv" }],
      ["shell", { type: "flag" }],
      ["pty", { type: "flag" }],
      [
        "sftp",
        {
          type: "set",
          // `extended:<name>` stands for an extension of the server's that is none of the others.
          shape: { pattern: /^(?:[a-z*]+|extended[:@a-z0-9.*-]*)$/, example: "read" },
          names: [
            "stat",
            "list",
            "read",
            "write",
            "mkdir",
            "rmdir",
            "remove",
            "rename",
            "link",
            "symlink",
            "readlink",
            "setstat",
            "realpath",
            "extended",
          ],
        },
      ],
      ["path", { type: "set", glob: "path" }],
      ["subsystem", { type: "set" }],
      ["forward", { type: "set", shape: { pattern: /[:*]/, example: "db.internal:5432" } }],
      ["listen", { type: "set", shape: { pattern: /[:*]/, example: "127.0.0.1:8080" } }],
      ["socket", { type: "set", glob: "path" }],
      ["agent", { type: "flag" }],
      ["x11", { type: "flag" }],
    ]),
  },
  {
    kind: "http",
    protocols: ["http"],
    commandField: "method",
    hintFields: ["method", "path"],
    matchers: new Map<string, MatcherSpec>([
      ["method", { type: "set", upperCase: true }],
      ["path", { type: "set", glob: "path" }],
      ["query", { type: "map", keys: "name", text: true }],
      ["headers", { type: "map", keys: "header", text: true }],
      ["body", { type: "map", keys: "path", text: false }],
      // What passes after an upgrade is not looked at: an allow says so, or does not cover it.
      ["upgrade", { type: "set", impliedNone: true }],
    ]),
  },
  {
    kind: "mcp",
    protocols: ["mcp"],
    commandField: "method",
    hintFields: ["method", "tool", "resource", "prompt"],
    matchers: new Map<string, MatcherSpec>([
      ["method", { type: "set" }],
      ["tool", { type: "set" }],
      ["arguments", { type: "map", keys: "path", text: false }],
      ["resource", { type: "set" }],
      ["prompt", { type: "set" }],
      ["definition", { type: "word", values: ["known", "new", "changed"], implied: "known" }],
    ]),
  },
  {
    kind: "kubernetes",
    protocols: ["kubernetes"],
    commandField: "verb",
    hintFields: ["verb", "resource"],
    matchers: new Map<string, MatcherSpec>([
      ["verb", { type: "set" }],
      ["resource", { type: "set" }],
      ["subresource", { type: "set", impliedNone: true }],
      ["namespace", { type: "set" }],
      ["name", { type: "set" }],
    ]),
  },
  {
    // The toy protocol on which the contract is proven: a command is a line, its fact is its first word.
    kind: "line",
    protocols: ["line"],
    commandField: "line",
    hintFields: ["line"],
    matchers: new Map<string, MatcherSpec>([["line", { type: "set" }]]),
  },
];

/** The facts that commands of a protocol carry; `undefined` when there are no matchers for it. */
export function kindOfProtocol(protocol: string): KindSpec | undefined {
  return KINDS.find((spec) => spec.protocols.includes(protocol));
}

export function kindSpec(kind: string): KindSpec | undefined {
  return KINDS.find((spec) => spec.kind === kind);
}

/** Matchers that every kind has. */
export const COMMON_MATCHERS: readonly string[] = ["classified", "any"];
