/** House rules that no linter knows: the import table, forbidden globals, protocol names, headers, generated pages. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, normalize, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import ts from "typescript";
import { findLimits, limitsMarkdown } from "../scripts/limits.ts";

const ROOT = resolve(import.meta.dirname, "..");

/** Lower first: a package imports layers above it in this list, never its own. */
const LAYERS: readonly (readonly string[])[] = [
  ["base"],
  ["contract"],
  ["policy", "sql", "masking", "identity", "approvals", "recording"],
  ["protocols", "engine", "stores"],
  ["gateway", "job"],
  ["cli", "actions", "web"],
];

/** Narrower than their layer. */
const NARROW: Readonly<Record<string, readonly string[]>> = {
  protocols: ["base", "contract", "sql", "masking"],
};

/** Where clock, randomness, environment and console may be touched. */
const ROOTS = ["gateway", "job", "cli", "actions", "web", "testkit"];

/** Files that touch a forbidden global on purpose. */
const GLOBALS_ALLOWED: Readonly<Record<string, string>> = {
  "packages/base/src/clock.ts": "is the clock",
  "packages/engine/src/upstream.ts": "deadlines of real sockets are real time, also where a test moves the clock",
};

/** Packages that must work for every protocol, so name none. Names of facts (`sftp`, `verb`) are policy's own words. */
const NEUTRAL = ["engine", "policy", "recording", "approvals", "stores", "identity"];
const PROTOCOL_NAME = /postgres|mysql|mariadb|kubernetes|\bkube\b|\bssh\b|\bmcp\b/iu;
const PROTOCOL_NAME_ALLOWED: Readonly<Record<string, string>> = {
  "packages/policy/src/kinds.ts": "policy's registry: which facts a protocol speaks",
  "packages/policy/src/lint/vocabulary.ts": "programs and files that lint warns of",
};

/** Files with more lines are named, not failed. */
const LINES_WANTED = 300;

interface Source {
  readonly path: string;
  /** Folder below packages/, or "actions". */
  readonly owner: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: ROOT })
  .toString()
  .split("\n")
  .filter((path) => path !== "" && existsSync(join(ROOT, path)));

const all = tracked
  .filter((path) => /^(?:packages\/[^/]+\/src|actions)\/.*\.ts$/u.test(path))
  .map((path): Source => {
    const text = readFileSync(join(ROOT, path), "utf8");
    const owner = path.startsWith("actions/") ? "actions" : (path.split("/")[1] ?? "");
    return { path, owner, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true) };
  });
const isTest = (path: string) => /\.test\.ts$|\/(?:testing|test-[^/]+)\.ts$|\/testing\//u.test(path);
const product = all.filter((source) => !isTest(source.path) && source.owner !== "testkit");

function* nodes(node: ts.Node): Generator<ts.Node> {
  yield node;
  for (const child of node.getChildren()) yield* nodes(child);
}

function specifiers(source: Source): string[] {
  const found: string[] = [];
  for (const node of nodes(source.tree)) {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      if (ts.isStringLiteral(node.moduleSpecifier)) found.push(node.moduleSpecifier.text);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument !== undefined && ts.isStringLiteral(argument)) found.push(argument.text);
    }
  }
  return found;
}

function allowedImports(owner: string): readonly string[] {
  const layer = LAYERS.findIndex((names) => names.includes(owner));
  return NARROW[owner] ?? LAYERS.slice(0, Math.max(layer, 0)).flat();
}

describe("imports", () => {
  test("every package has a place in the import table", () => {
    const known = [...LAYERS.flat(), "testkit"];
    expect([...new Set(all.map((source) => source.owner))].filter((owner) => !known.includes(owner))).toEqual([]);
  });

  test("packages import downwards only", () => {
    const wrong = product.flatMap((source) =>
      specifiers(source)
        .map((specifier) => /^@gate\/([^/]+)/u.exec(specifier)?.[1])
        .filter((name) => name !== undefined && !allowedImports(source.owner).includes(name))
        .map((name) => `${source.path} imports @gate/${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test("a relative import stays inside its package, and a protocol inside its folder", () => {
    const inspected = all.filter((source) => !isTest(source.path));
    const wrong = inspected.flatMap((source) => {
      const home = source.owner === "actions" ? "actions/" : `packages/${source.owner}/src/`;
      const protocol = /^packages\/protocols\/src\/([^/]+)\//u.exec(source.path)?.[1];
      const within = protocol === undefined ? home : `${home}${protocol}/`;
      // What protocols over HTTP share is no protocol.
      const shared = protocol === undefined ? within : `${home}web/`;
      return specifiers(source)
        .filter((specifier) => specifier.startsWith("."))
        .filter((specifier) => {
          const path = normalize(join(dirname(source.path), specifier));
          return !path.startsWith(within) && !path.startsWith(shared);
        })
        .map((specifier) => `${source.path} imports ${specifier}`);
    });
    expect(wrong).toEqual([]);
  });

  test("what the product imports from npm is a dependency, not a development one", () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    const wrong = product.flatMap((source) =>
      specifiers(source)
        .filter((specifier) => !specifier.startsWith(".") && !specifier.startsWith("@gate/") && !isBuiltin(specifier))
        .map((specifier) =>
          specifier
            .split("/")
            .slice(0, specifier.startsWith("@") ? 2 : 1)
            .join("/"),
        )
        .filter((name) => !Object.hasOwn(manifest.dependencies, name))
        .map((name) => `${source.path} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe("source", () => {
  test("clock, randomness, environment, timers and console are touched in composition roots only", () => {
    const wrong = product
      .filter((source) => !ROOTS.includes(source.owner) && !Object.hasOwn(GLOBALS_ALLOWED, source.path))
      .flatMap((source) =>
        [...nodes(source.tree)].flatMap((node) => forbidden(node).map((what) => at(source, node, what))),
      );
    expect(wrong).toEqual([]);
  });

  test("engine, policy, recording, approvals, stores and identity name no protocol outside comments", () => {
    const wrong = product
      .filter((source) => NEUTRAL.includes(source.owner) && !Object.hasOwn(PROTOCOL_NAME_ALLOWED, source.path))
      .flatMap((source) =>
        [...nodes(source.tree)]
          .filter((node) => ts.isIdentifier(node) || ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node))
          .filter((node) => PROTOCOL_NAME.test((node as ts.Identifier | ts.StringLiteralLike).text))
          .map((node) => at(source, node, node.getText())),
      );
    expect(wrong).toEqual([]);
  });

  test("every file says at its top what it is for", () => {
    const wrong = all
      .filter((source) => !isTest(source.path) && !/(?:\/index|\.d)\.ts$/u.test(source.path))
      .filter((source) => !/^(?:#!.*\n)?(?:\/\*\*|\/\/)/u.test(source.text))
      .map((source) => source.path);
    expect(wrong).toEqual([]);
  });

  test("no test is focused", () => {
    const wrong = tracked
      .filter((path) => path.endsWith(".test.ts"))
      .filter((path) =>
        /\b(?:test|it|describe)\.only\b|\bf(?:it|describe)\(/u.test(readFileSync(join(ROOT, path), "utf8")),
      );
    expect(wrong).toEqual([]);
  });

  test("no tracked file names this machine's folders, and none outside dist/ a package registry", () => {
    const hosts = [
      ["registry", "npmjs", "org"],
      ["registry", "yarnpkg", "com"],
      ["proxy", "golang", "org"],
      ["pypi", "org"],
    ].map((parts) => parts.join("."));
    const wrong = tracked
      .filter((path) => !/\.(?:wasm|png|gz|zip)$/u.test(path))
      .flatMap((path) => {
        const text = readFileSync(join(ROOT, path), "utf8");
        const found = path.startsWith("dist/") ? [] : hosts.filter((host) => text.includes(host));
        return [...found, ...(text.includes(`${ROOT}/`) ? [ROOT] : [])].map((what) => `${path}: ${what}`);
      });
    expect(wrong).toEqual([]);
  });

  test("docs/limits.md lists every limit, each with a comment", () => {
    const limits = findLimits(ROOT);
    expect(limits.filter((limit) => limit.comment === "").map((limit) => `${limit.file} ${limit.name}`)).toEqual([]);
    expect(readFileSync(join(ROOT, "docs/limits.md"), "utf8")).toBe(limitsMarkdown(limits));
  });

  test("long files are named", () => {
    const long = all
      .map((source) => ({ path: source.path, lines: source.text.split("\n").length }))
      .filter(({ lines }) => lines > LINES_WANTED)
      .sort((a, b) => b.lines - a.lines);
    if (long.length > 0) {
      const list = long.map(({ path, lines }) => `  ${lines} ${path}`).join("\n");
      process.stdout.write(`note: files of more than ${LINES_WANTED} lines:\n${list}\n`);
    }
    expect(all.length).toBeGreaterThan(0);
  });
});

/** Names of forbidden globals that this node uses. */
function forbidden(node: ts.Node): string[] {
  if (ts.isPropertyAccessExpression(node)) {
    const text = `${node.expression.getText()}.${node.name.text}`;
    if (["Date.now", "Math.random", "process.env", "performance.now"].includes(text)) return [text];
    if (node.expression.getText() === "console") return ["console"];
  }
  if (ts.isCallExpression(node) && ["setTimeout", "setInterval"].includes(node.expression.getText())) {
    return [node.expression.getText()];
  }
  if (ts.isNewExpression(node) && node.expression.getText() === "Date" && (node.arguments?.length ?? 0) === 0) {
    return ["new Date()"];
  }
  return [];
}

function at(source: Source, node: ts.Node, what: string): string {
  const { line } = source.tree.getLineAndCharacterOfPosition(node.getStart());
  return `${source.path}:${line + 1} ${what}`;
}
