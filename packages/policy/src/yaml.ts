/**
 * YAML 1.2 (core schema) into a small tree in which every node knows its place. Pure.
 *
 * A file that decides over access must read the same to its author, its reviewer and us, so everything that lets two
 * readers differ is refused: duplicate keys, anchors, aliases, merge keys, tags, directives, several documents, keys
 * that are not strings. Shared with gateway.yaml.
 * Spec: https://yaml.org/spec/1.2.2/
 */
import { messageOf } from "@gate/base";
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node, type Pair, type YAMLMap } from "yaml";
import type { Problem } from "./errors.ts";

/** A place in a file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface YamlMapNode {
  readonly type: "map";
  readonly at: Position;
  readonly entries: ReadonlyMap<string, YamlEntry>;
}

export interface YamlListNode {
  readonly type: "list";
  readonly at: Position;
  readonly items: readonly YamlNode[];
}

export interface YamlScalarNode {
  readonly type: "scalar";
  readonly at: Position;
  readonly value: string | number | boolean | null;
  /** As written (after unquoting), so that `456789` and `0123` keep their digits. */
  readonly text: string;
}

/** Something refused: its problem is already reported, readers pass over it in silence. */
export interface YamlInvalidNode {
  readonly type: "invalid";
  readonly at: Position;
}

export type YamlNode = YamlMapNode | YamlListNode | YamlScalarNode | YamlInvalidNode;

export interface YamlEntry {
  readonly key: string;
  /** Where the key stands. */
  readonly at: Position;
  readonly value: YamlNode;
}

export interface YamlDoc {
  readonly file: string;
  readonly root: YamlNode;
  readonly problems: Problems;
}

/** Collects every problem of a file, so that its author sees them all at once. */
export class Problems {
  readonly file: string;
  readonly #list: Problem[] = [];

  constructor(file: string) {
    this.file = file;
  }

  add(where: { readonly at: Position }, message: string): void {
    const { line, column } = where.at;
    const twice = this.#list.some((p) => p.line === line && p.column === column && p.message === message);
    if (twice || this.#list.length >= PROBLEMS_MAX) return;
    this.#list.push({ file: this.file, line, column, message });
  }

  get count(): number {
    return this.#list.length;
  }

  /** In the order of the file. */
  get list(): readonly Problem[] {
    return this.#list.toSorted((a, b) => a.line - b.line || a.column - b.column);
  }
}

/**
 * Parses one document. Never throws: what is wrong is in `problems`, and the tree then has holes (`invalid`).
 * After a syntax error the tree is one hole, because what the parser guessed is nobody's intention.
 */
export function parseYamlDocument(text: string, file: string): YamlDoc {
  const problems = new Problems(file);
  const invalid = (message: string, at: Position = START): YamlDoc => {
    problems.add({ at }, message);
    return { file, root: { type: "invalid", at }, problems };
  };
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX) {
    return invalid(`the file is larger than ${POLICY_BYTES_MAX} bytes; split it or remove what is not used`);
  }
  const lines = new LineCounter();
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  let document;
  try {
    document = parseDocument(text, {
      version: "1.2",
      schema: "core",
      merge: false,
      // The library compares every key with every other one; `readMap` below does it with a map.
      uniqueKeys: false,
      strict: true,
      prettyErrors: false,
      lineCounter: lines,
      // "silent" would also hide that there is a second document.
      logLevel: "error",
    });
  } catch (error) {
    return invalid(`this is not YAML that can be read: ${messageOf(error)}`);
  }
  const first = document.errors[0];
  if (first !== undefined) return invalid(syntaxMessage(first.code, first.message), place(first.pos[0]));
  const { yaml: version, tags } = document.directives ?? { yaml: { explicit: false }, tags: {} };
  if (version.explicit === true || Object.keys(tags).some((handle) => handle !== "!!")) {
    return invalid("directives (`%YAML`, `%TAG`) are not supported; remove them");
  }
  if (document.contents === null) return invalid("the file is empty; start it with `version: gate/v1`");
  return { file, root: readNode(document.contents, { problems, place, text }, 0), problems };
}

/**
 * Where a character of a string stands in the file; the string's own place where escapes or folding make that unclear.
 */
export function positionIn(node: YamlScalarNode, offset: number): Position {
  const source = SOURCES.get(node);
  if (source === undefined || typeof node.value !== "string") return node.at;
  const { raw, start, place } = source;
  const block = /^[|>][^\n]*\n/.exec(raw);
  const quoted = raw.startsWith('"') || raw.startsWith("'");
  const from = block?.[0].length ?? (quoted ? 1 : 0);
  const content = quoted && block === null ? raw.slice(1, -1) : raw.slice(from);
  const joint = raw.startsWith("|") ? "\n" : " ";
  // A block's lines are indented as its first one is; what stands further in belongs to the text.
  const blockIndent = /^(?:[ ]*\n)*([ ]*)/.exec(content)?.[1]?.length ?? 0;
  let text = "";
  let read = 0;
  for (const line of content.replace(/\s+$/, "").split("\n")) {
    const indent = block === null ? (/^[ \t]*/.exec(line)?.[0].length ?? 0) : Math.min(blockIndent, line.length);
    const words = line.slice(indent).trimEnd();
    if (text !== "") text += joint;
    if (!node.value.startsWith(text + words)) return node.at;
    if (offset < text.length + words.length) {
      return place(start + from + read + indent + Math.max(0, offset - text.length));
    }
    text += words;
    read += line.length + 1;
  }
  return node.at;
}

interface Source {
  readonly raw: string;
  readonly start: number;
  readonly place: (offset: number) => Position;
}

/** Kept apart from the nodes, which are plain data. */
const SOURCES = new WeakMap<YamlScalarNode, Source>();

interface Context {
  readonly problems: Problems;
  readonly place: (offset: number) => Position;
  readonly text: string;
}

function readNode(node: Node, context: Context, depth: number): YamlNode {
  const at = context.place(node.range?.[0] ?? 0);
  const refuse = (message: string): YamlNode => {
    context.problems.add({ at }, message);
    return { type: "invalid", at };
  };
  if (depth > YAML_DEPTH_MAX) return refuse(`nested deeper than ${YAML_DEPTH_MAX} levels; flatten it`);
  if (isAlias(node)) return refuse("aliases (`*name`) are not supported; write the value out");
  if (node.tag !== undefined) return refuse("tags (`!name`) are not supported; remove it and quote strings instead");
  if ("anchor" in node && node.anchor !== undefined) {
    return refuse("anchors (`&name`) are not supported; remove it and write the value out where it is needed");
  }
  if (isMap(node)) return readMap(node, at, context, depth);
  if (isSeq(node)) {
    return { type: "list", at, items: node.items.map((item) => readNode(item as Node, context, depth + 1)) };
  }
  if (!isScalar(node)) return refuse("this cannot be read; write a mapping, a list or a scalar");
  const value = node.value;
  if (value === null || typeof value === "boolean" || typeof value === "number") {
    return { type: "scalar", at, value, text: node.source ?? "" };
  }
  if (typeof value === "string") {
    const scalar: YamlScalarNode = { type: "scalar", at, value, text: value };
    const [start, end] = node.range ?? [0, 0];
    SOURCES.set(scalar, { raw: context.text.slice(start, end), start, place: context.place });
    return scalar;
  }
  return refuse("this value has an unknown type; quote it");
}

function readMap(map: YAMLMap, at: Position, context: Context, depth: number): YamlNode {
  const entries = new Map<string, YamlEntry>();
  for (const pair of map.items as Pair<Node | null, Node | null>[]) {
    const keyAt = context.place(pair.key?.range?.[0] ?? 0);
    const refuse = (message: string): void => context.problems.add({ at: keyAt }, message);
    const key =
      isScalar(pair.key) && pair.key.tag === undefined && pair.key.anchor === undefined ? pair.key.value : undefined;
    if (typeof key !== "string") {
      refuse("a key must be a plain string; quote it");
      continue;
    }
    if (key === "<<") {
      refuse("merge keys (`<<`) are not supported; write the keys out");
      continue;
    }
    if (entries.has(key)) {
      refuse(`duplicate key \`${key}\`; keep one of them`);
      continue;
    }
    const value: YamlNode =
      pair.value === null
        ? { type: "scalar", at: keyAt, value: null, text: "" }
        : readNode(pair.value, context, depth + 1);
    entries.set(key, { key, at: keyAt, value });
  }
  return { type: "map", at, entries };
}

function syntaxMessage(code: string, message: string): string {
  if (code === "MULTIPLE_DOCS") return "more than one document; keep one, without `---` between";
  if (code === "RESOURCE_EXHAUSTION") return `nested deeper than ${YAML_DEPTH_MAX} levels; flatten it`;
  return `not valid YAML: ${message}`;
}

const START: Position = { line: 1, column: 1 };

/** Bytes of a policy or configuration file. */
export const POLICY_BYTES_MAX = 1_048_576;

/** Levels of nesting in a policy or configuration file. */
export const YAML_DEPTH_MAX = 64;

/** Problems that are reported of one file. */
export const PROBLEMS_MAX = 100;
