/**
 * Builds dist/: one ESM bundle a folder, from TypeScript, byte-identical wherever the tree lies.
 * `scripts/build.ts [--check] [--only name,…]`: with --check it builds into a temporary folder and compares with dist/.
 * Touches the file system; needs the locked dependencies.
 */
import { createRequire } from "node:module";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

interface Asset {
  readonly source: Buffer | string;
  readonly permissions?: number;
}
type Ncc = (
  input: string,
  options: Readonly<Record<string, unknown>>,
) => Promise<{ readonly code: string; readonly assets: Readonly<Record<string, Asset>> }>;

interface Bundle {
  /** Folder and file inside dist/, without the extension. */
  readonly out: string;
  readonly entry: string;
  /** Minified only where a dependency makes the readable form several megabytes. */
  readonly minify?: boolean;
  /** Carries PostgreSQL's grammar, whose WebAssembly lies beside the bundle. */
  readonly grammar?: boolean;
}

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const BUNDLES: readonly Bundle[] = [
  { out: "connect/main", entry: "actions/connect/main.ts" },
  { out: "connect/post", entry: "actions/connect/post.ts", minify: true },
  { out: "proxy/main", entry: "packages/job/src/daemon-main.ts" },
  { out: "embedded/main", entry: "packages/job/src/embedded-main.ts", grammar: true },
  { out: "cli/main", entry: "packages/cli/src/main.ts", grammar: true },
];
