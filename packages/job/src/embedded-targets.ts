/**
 * The `targets` input of the embedded gate: YAML in the form of gateway.yaml's `targets`, references included
 * (CONTRACT §2). `env:` sees the step's own variables that connect handed over. Reads files that `file:` names.
 */
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Protocol } from "@gate/contract";
import { checkTarget } from "@gate/engine";
import {
  formatProblems,
  parseYamlDocument,
  readEntries,
  readWord,
  suggestion,
  type Problems,
  type YamlNode,
} from "@gate/policy";
import { JobError } from "./errors.ts";

export interface EmbeddedTarget {
  readonly protocol: string;
  readonly target: unknown;
  readonly database?: string;
}

export interface TargetSources {
  readonly env: Readonly<Record<string, string>>;
  /** Where relative `file:` paths start. */
  readonly folder: string;
  readonly protocols: ReadonlyMap<string, Protocol>;
}

/** @throws {JobError} JOB_INPUT with one line a mistake. */
export function parseTargets(text: string, sources: TargetSources): ReadonlyMap<string, EmbeddedTarget> {
  const { root, problems } = parseYamlDocument(text, "targets");
  const targets = new Map<string, EmbeddedTarget>();
  if (problems.count === 0) {
    for (const { key, at, value } of readEntries(problems, root, "targets") ?? []) {
      if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(key))
        problems.add({ at }, `\`${key.slice(0, 64)}\` is no target name`);
      const target = readTarget(key, value, problems, sources);
      if (target !== undefined) targets.set(key, target);
    }
  }
  if (problems.count > 0)
    throw new JobError("operator", "JOB_INPUT", `the \`targets\` input:\n${formatProblems(problems.list)}`);
  return targets;
}

function readTarget(
  name: string,
  node: YamlNode,
  problems: Problems,
  sources: TargetSources,
): EmbeddedTarget | undefined {
  if (readEntries(problems, node, `target ${name}`) === undefined || node.type !== "map") return undefined;
  const ids = [...sources.protocols.keys()];
  const named = node.entries.get("protocol");
  if (named === undefined) {
    problems.add(node, `target ${name} needs \`protocol\`${suggestion("", ids)}`);
    return undefined;
  }
  const id = readWord(problems, named.value, "protocol", ids);
  const protocol = id === undefined ? undefined : sources.protocols.get(id);
  const before = problems.count;
  const { protocol: _named, ...keys } = plainValue(node, problems, sources) as Record<string, unknown>;
  if (protocol === undefined) return undefined;
  const parse = (each: Record<string, unknown>): unknown => protocol.parseTarget(each);
  checkTarget(problems, { name, node, keys }, parse);
  if (problems.count > before) return undefined;
  const { database } = keys;
  return { protocol: protocol.id, target: parse(keys), ...(typeof database === "string" ? { database } : {}) };
}

function plainValue(node: YamlNode, problems: Problems, sources: TargetSources): unknown {
  switch (node.type) {
    case "scalar":
      return typeof node.value === "string" ? resolveReferences(node.value, node, problems, sources) : node.value;
    case "list":
      return node.items.map((item) => plainValue(item, problems, sources));
    case "map": {
      const plain: Record<string, unknown> = {};
      for (const { key, at, value } of node.entries.values()) {
        if (key === "__proto__") problems.add({ at }, "unknown key `__proto__`");
        else plain[key] = plainValue(value, problems, sources);
      }
      return plain;
    }
    case "invalid":
      return undefined;
  }
}

/** `env:NAME`, `file:PATH`, and `${env:NAME}` / `${file:PATH}` inside a string; undefined after a problem. */
function resolveReferences(
  text: string,
  node: YamlNode,
  problems: Problems,
  sources: TargetSources,
): string | undefined {
  const whole = /^(env|file):(.+)$/s.exec(text);
  if (whole !== null) return lookUp(whole[1] ?? "", whole[2] ?? "", node, problems, sources);
  const before = problems.count;
  const filled = text.replace(
    /\$\{(?:(env|file):([^}]+)\})?/g,
    (_all, kind: string | undefined, name: string | undefined) => {
      if (kind !== undefined && name !== undefined) return lookUp(kind, name, node, problems, sources) ?? "";
      problems.add(node, "`${` must begin a reference: write `${env:NAME}` or `${file:PATH}`");
      return "";
    },
  );
  return problems.count > before ? undefined : filled;
}

function lookUp(
  kind: string,
  name: string,
  node: YamlNode,
  problems: Problems,
  { env, folder }: TargetSources,
): string | undefined {
  if (kind === "env") {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value !== undefined && value !== "") return value;
    problems.add(node, `environment variable ${name} is not set: give it in this step's \`env\``);
    return undefined;
  }
  try {
    const path = resolve(folder, name);
    if (statSync(path).size > FILE_BYTES_MAX) throw new Error("too large");
    const value = readFileSync(path, "utf8").replace(/\r?\n$/, "");
    if (value !== "") return value;
    problems.add(node, `file ${name} is empty`);
  } catch {
    problems.add(node, `file ${name} cannot be read, or is larger than ${FILE_BYTES_MAX} bytes`);
  }
  return undefined;
}

/** A file that `targets` refers to. */
const FILE_BYTES_MAX = 1_048_576;
