/**
 * Writes docs/limits.md from the source: every constant whose name ends in _MAX, with the comment above it.
 * `scripts/limits.ts [--check]`; --check compares instead of writing and exits 1 when they differ.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { parseArgs } from "node:util";

const ROOT = resolve(import.meta.dirname, "..");
const TARGET = join(ROOT, "docs", "limits.md");

export interface Limit {
  readonly package: string;
  readonly name: string;
  readonly value: string;
  readonly comment: string;
  readonly file: string;
}

/** A doc comment of one or more lines, and the constant right below it. */
const CONSTANT =
  /(?:\/\*\*(?<comment>(?:(?!\*\/)[\s\S])*)\*\/\s*\n)?^(?:export )?const (?<name>[A-Z][A-Z0-9_]*_MAX)(?:: [^=]+)? = (?<value>[^;]+);/gmu;

/** Every limit of the product, sorted by package and name. The test kit's own bounds are left out. */
export function findLimits(root: string = ROOT): Limit[] {
  const limits: Limit[] = [];
  for (const file of sources(join(root, "packages"))) {
    const path = relative(root, file).split(sep).join("/");
    const owner = path.split("/")[1] ?? "";
    if (owner === "testkit") continue;
    for (const { groups } of readFileSync(file, "utf8").matchAll(CONSTANT)) {
      if (groups === undefined) continue;
      limits.push({
        package: owner,
        name: groups["name"] ?? "",
        value: readable(groups["value"] ?? ""),
        comment: (groups["comment"] ?? "").replaceAll(/\s*\n\s*\*?\s*/gu, " ").trim(),
        file: path,
      });
    }
  }
  return limits.sort((a, b) => compare(a.package, b.package) || compare(a.name, b.name) || compare(a.file, b.file));
}

export function limitsMarkdown(limits: readonly Limit[]): string {
  const lines = [
    "# Limits",
    "",
    "Every buffer, queue, loop and wait of gate has a bound. This page is generated from the source by",
    "`bash scripts/run.sh scripts/limits.ts`; a test fails when it is out of date.",
  ];
  for (const owner of new Set(limits.map((limit) => limit.package))) {
    lines.push("", `## ${owner}`, "", "| limit | value | meaning |", "| --- | --- | --- |");
    for (const limit of limits.filter((one) => one.package === owner)) {
      lines.push(
        `| [\`${limit.name}\`](../${limit.file}) | ${limit.value} | ${limit.comment.replaceAll("|", "\\|")} |`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Products of numbers are multiplied out; anything else stays as written. */
function readable(value: string): string {
  const text = value.replaceAll(/\s+/gu, " ").trim();
  if (!/^[\d_]+(?: ?\* ?[\d_]+)*$/u.test(text)) return `\`${text}\``;
  const number = text
    .split("*")
    .map((factor) => Number(factor.replaceAll("_", "").trim()))
    .reduce((product, factor) => product * factor, 1);
  return number.toLocaleString("en-US");
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : sources(path);
    return entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts") ? [path] : [];
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { check: { type: "boolean" } } });
  const text = limitsMarkdown(findLimits());
  if (values.check !== true) writeFileSync(TARGET, text);
  else if (readFileSync(TARGET, "utf8") !== text) {
    process.stderr.write("docs/limits.md is out of date: run `bash scripts/run.sh scripts/limits.ts` and commit it\n");
    process.exitCode = 1;
  }
}
