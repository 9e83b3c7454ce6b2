/**
 * References to secrets in gateway.yaml: `env:NAME`, `file:PATH`, and `${env:NAME}` / `${file:PATH}` inside strings
 * (CONTRACT §2). Reads the environment it is given and files.
 */
import { Secret } from "@gate/base";
import { readString, type Problems, type YamlNode } from "@gate/policy";
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";

export interface References {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths start from: gateway.yaml's own. */
  readonly folder: string;
  readonly problems: Problems;
}

/** Bytes of one file that is referenced. */
export const REFERENCED_FILE_BYTES_MAX = 1024 * 1024;

/** A string node's value: a Secret where it holds a reference, the text itself where not. */
export function resolveText(node: YamlNode, text: string, from: References): string | Secret | undefined {
  const whole = WHOLE.exec(text);
  if (whole !== null) {
    const value = lookUp(node, whole[1] as string, whole[2] as string, from);
    return value === undefined ? undefined : new Secret(value);
  }
  if (!text.includes("${")) return text;
  let failed = false;
  const filled = text.replace(INSIDE, (_all, kind: string | undefined, name: string | undefined) => {
    if (kind === undefined || name === undefined) {
      from.problems.add(node, "`${` must begin a reference: write `${env:NAME}` or `${file:PATH}`");
      failed = true;
      return "";
    }
    const value = lookUp(node, kind, name, from);
    if (value === undefined) failed = true;
    return value ?? "";
  });
  return failed ? undefined : new Secret(filled);
}

/** A value that must be a reference: the file holds no secrets. */
export function readSecret(node: YamlNode, from: References, what: string): Secret | undefined {
  const text = readString(from.problems, node, what);
  if (text === undefined) return undefined;
  const value = resolveText(node, text, from);
  if (typeof value === "string") {
    from.problems.add(node, `${what} must be a reference; write env:NAME or file:PATH`);
    return undefined;
  }
  return value;
}

/** A whole tree as plain values, with every reference resolved; undefined after a problem. */
export function resolveTree(node: YamlNode, from: References): unknown {
  switch (node.type) {
    case "scalar":
      return typeof node.value === "string" ? resolveText(node, node.value, from) : node.value;
    case "list":
      return node.items.map((item) => resolveTree(item, from));
    case "map": {
      const object: Record<string, unknown> = {};
      for (const { key, at, value } of node.entries.values()) {
        if (key === "__proto__") from.problems.add({ at }, "unknown key `__proto__`");
        else object[key] = resolveTree(value, from);
      }
      return object;
    }
    case "invalid":
      return undefined;
  }
}

function lookUp(node: YamlNode, kind: string, name: string, from: References): string | undefined {
  if (kind === "env") {
    const value = Object.hasOwn(from.env, name) ? from.env[name] : undefined;
    if (value !== undefined && value !== "") return value;
    from.problems.add(
      node,
      `environment variable ${name} is ${value === undefined ? "not set" : "empty"}; set it, or use file:PATH`,
    );
    return undefined;
  }
  const path = resolve(from.folder, name);
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw new Error("not a file");
    if (stat.size > REFERENCED_FILE_BYTES_MAX) {
      from.problems.add(node, `file ${name} is larger than ${REFERENCED_FILE_BYTES_MAX} bytes; name the right file`);
      return undefined;
    }
    // Files that people write with an editor or with echo end in a line feed that is not part of the secret.
    const value = readFileSync(path, "utf8").replace(/\r?\n$/, "");
    if (value !== "") return value;
    from.problems.add(node, `file ${name} is empty; write the secret into it`);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      code === "ENOENT" ? "does not exist" : code === "EACCES" ? "may not be read by this user" : "cannot be read";
    from.problems.add(node, `file ${name} ${why} (looked for ${path})`);
  }
  return undefined;
}

const WHOLE = /^(env|file):(.+)$/s;
const INSIDE = /\$\{(?:(env|file):([^}]+)\})?/g;
