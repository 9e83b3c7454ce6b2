/**
 * Builds dist/: one ESM bundle a folder, byte-identical wherever the tree lies.
 * `scripts/build.ts [--check] [--only connect/main,…]`; --check builds into a temporary folder and compares with dist/.
 *
 * Types are stripped by Node first, as in tests and in development, so that the bundles hold the very text that was
 * tested and the bundler needs no TypeScript. Touches the file system; needs the locked dependencies.
 */
import { createRequire, stripTypeScriptTypes } from "node:module";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildPages } from "./web.ts";

type Ncc = (
  input: string,
  options: Readonly<Record<string, unknown>>,
) => Promise<{
  readonly code: string;
  readonly assets: Readonly<Record<string, { readonly source: Buffer | string }>>;
}>;

interface Bundle {
  /** Folder and file inside dist/, without the extension. */
  readonly out: string;
  readonly entry: string;
  /** Only where a dependency makes the readable form several megabytes. */
  readonly minify?: boolean;
  /** Holds PostgreSQL's grammar, whose WebAssembly lies beside the bundle. */
  readonly grammar?: boolean;
}

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const STAGE = join(".gate", "stage");
const BUNDLES: readonly Bundle[] = [
  { out: "connect/main", entry: "actions/connect/main.ts" },
  { out: "connect/post", entry: "actions/connect/post.ts", minify: true },
  { out: "proxy/main", entry: "packages/job/src/daemon-main.ts" },
  { out: "embedded/main", entry: "packages/job/src/embedded-main.ts", grammar: true },
  { out: "policy/main", entry: "actions/policy/main.ts", grammar: true },
  { out: "cli/main", entry: "packages/cli/src/main.ts", grammar: true },
];
/** The pages that the gateway serves lie beside its bundle. */
const WEB = "cli/web";
/** What of other people's work is in them. */
const WEB_PARTS = ["asciinema-player", "preact"];
const GRAMMAR = "node_modules/libpg-query/wasm/libpg-query.wasm";

/** `from "./x.ts"`, `import "./x.ts"` and `import("./x.ts")`. */
const RELATIVE_IMPORT = /(\b(?:from|import)\s*\(?\s*")(\.{1,2}\/[^"\n]*)\.ts"/g;

/** What dependencies bring for features that are not used: pino's and thread-stream's worker threads, Windows tools. */
const JUNK = /^(?:file|worker\d*)\.js$|\.exe$/;

const { values } = parseArgs({ options: { check: { type: "boolean" }, only: { type: "string" } } });
// The bundler numbers modules by their paths relative to the working directory.
process.chdir(ROOT);
const ncc = createRequire(import.meta.url)("@vercel/ncc") as Ncc;
const only = values.only?.split(",");
const out = values.check ? mkdtempSync(join(tmpdir(), "gate-dist-")) : join(ROOT, "dist");
process.exitCode = 0;
const written = new Set<string>();
stageSources();
for (const bundle of BUNDLES) {
  if (only !== undefined && !only.includes(bundle.out)) continue;
  if (existsSync(bundle.entry)) {
    try {
      await build(bundle, out);
    } catch (error) {
      // The bundler's stack quotes its own minified source; its message says what is missing.
      process.stderr.write(`${bundle.out}: ${String(error).slice(0, 2000)}\n`);
      process.exitCode = 1;
    }
  } else process.stdout.write(`${bundle.out}: no ${bundle.entry} yet\n`);
}
if (only === undefined || only.includes(WEB)) await buildWeb(out);
rmSync(STAGE, { recursive: true, force: true });
if (only === undefined && process.exitCode === 0) {
  for (const name of existsSync(out) ? files(out) : []) if (!written.has(join(out, name))) rmSync(join(out, name));
}
if (values.check) {
  const differences = compare(out, join(ROOT, "dist"));
  rmSync(out, { recursive: true, force: true });
  for (const line of differences) process.stderr.write(`${line}\n`);
  if (differences.length > 0) {
    process.stderr.write("dist/ is not what the source builds: run `npm run build` and commit it\n");
    process.exitCode = 1;
  }
}

/** Writes every package and action as JavaScript under .gate/stage, where `@gate/<name>` resolves to the copies. */
function stageSources(): void {
  rmSync(STAGE, { recursive: true, force: true });
  for (const name of readdirSync("packages")) {
    const to = join(STAGE, "node_modules", "@gate", name);
    if (!existsSync(join("packages", name, "src"))) continue;
    stageFolder(join("packages", name, "src"), join(to, "src"));
    // Without side effects, what a bundle does not use is left out of it.
    const manifest = readFileSync(join("packages", name, "package.json"), "utf8").replace(/\.ts"/g, '.js"');
    const own = JSON.parse(manifest) as Record<string, unknown>;
    writeFileSync(join(to, "package.json"), JSON.stringify({ ...own, sideEffects: false }));
  }
  stageFolder("actions", join(STAGE, "actions"));
  writeFileSync(join(STAGE, "package.json"), JSON.stringify({ type: "module" }));
}

function stageFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    if (entry.isDirectory()) stageFolder(source, join(to, entry.name));
    else if (!entry.name.endsWith(".ts")) copyFileSync(source, join(to, entry.name));
    else if (!entry.name.endsWith(".test.ts")) {
      const code = stripTypeScriptTypes(readFileSync(source, "utf8"));
      // A type-only line leaves blanks behind; template literals are the reason not to trim more.
      writeFileSync(
        join(to, toJs(entry.name)),
        code.replace(RELATIVE_IMPORT, (_all, head, path) => `${head}${path}.js"`),
      );
    }
  }
}

function toJs(name: string): string {
  return name.replace(/\.ts$/, ".js");
}

/** Where an entry lies in the stage: packages under node_modules/@gate, actions as they are. */
function staged(entry: string): string {
  const packaged = /^packages\/([^/]+)\/(.*)$/.exec(entry);
  const at = packaged === null ? entry : join("node_modules", "@gate", packaged[1] ?? "", packaged[2] ?? "");
  return resolve(STAGE, toJs(at));
}

async function build(bundle: Bundle, dist: string): Promise<void> {
  const started = performance.now();
  const file = join(dist, `${bundle.out}.js`);
  const folder = dirname(file);
  const licences = `${basename(bundle.out)}.licenses.txt`;
  const { code, assets } = await ncc(staged(bundle.entry), {
    cache: false,
    quiet: true,
    minify: bundle.minify ?? false,
    target: "es2022",
    license: licences,
  });
  write(file, withPrologue(bundle, relabel(code)));
  write(join(folder, "package.json"), `${JSON.stringify({ type: "module" })}\n`);
  for (const [name, { source }] of Object.entries(assets)) {
    if (name === "package.json" || JUNK.test(name)) continue;
    write(join(folder, name), relabel(source.toString()));
  }
  if (bundle.grammar) write(join(folder, basename(GRAMMAR)), readFileSync(GRAMMAR));
  const kilobytes = Math.round(statSync(file).size / 1024);
  process.stdout.write(`${bundle.out}: ${kilobytes} KiB in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

async function buildWeb(dist: string): Promise<void> {
  const started = performance.now();
  const folder = join(dist, WEB);
  try {
    await buildPages(join(ROOT, "packages/web"), folder);
  } catch (error) {
    process.stderr.write(`${WEB}: ${String(error).slice(0, 2000)}\n`);
    process.exitCode = 1;
    return;
  }
  for (const name of files(folder)) written.add(join(folder, name));
  const licences = WEB_PARTS.map((name) => `${name}\n\n${readFileSync(join("node_modules", name, "LICENSE"), "utf8")}`);
  write(join(folder, "licenses.txt"), licences.join("\n"));
  process.stdout.write(`${WEB}: in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

/** CommonJS dependencies that look for files beside themselves need a directory; the grammar's loader is one. */
function withPrologue(bundle: Bundle, code: string): string {
  if (!bundle.grammar) return code;
  const shebang = /^#!.*\n/.exec(code)?.[0] ?? "";
  return `${shebang}globalThis.__dirname ??= import.meta.dirname;\n${code.slice(shebang.length)}`;
}

function write(file: string, content: string | Buffer): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  written.add(file);
}

/** The stage's paths in the bundler's comments, as the repository has them. */
function relabel(code: string): string {
  return code
    .replaceAll("./.gate/stage/node_modules/@gate/", "./packages/")
    .replaceAll("./.gate/stage/", "./")
    .replaceAll("\r\n", "\n");
}

/** Differences between two trees, one line each. */
function compare(built: string, committed: string): string[] {
  const fresh = new Set(files(built));
  const old = new Set(existsSync(committed) ? files(committed) : []);
  const lines: string[] = [];
  for (const name of fresh) {
    if (!old.has(name)) lines.push(`dist/${name}: missing`);
    else if (!readFileSync(join(built, name)).equals(readFileSync(join(committed, name))))
      lines.push(`dist/${name}: differs`);
  }
  for (const name of old)
    if (!fresh.has(name) && only === undefined) lines.push(`dist/${name}: not built from anything`);
  return lines;
}

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
