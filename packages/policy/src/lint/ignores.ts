/**
 * Findings that somebody has accepted, for a time and for a reason. Pure: today is a parameter.
 *
 * `# gate-lint: ignore CODE until 2027-03-01: reason` at the end of a line is for that line; alone on a line, for the
 * entry that begins on the next one. Without a date or a reason it is refused: an open-ended ignore is how a finding
 * becomes a policy.
 */
import { Lexer } from "yaml";
import { suggestion } from "../nearest.ts";
import { LINT_CODES, type Finding, type Findings, type LintCode } from "./findings.ts";

interface Ignore {
  readonly codes: readonly LintCode[];
  readonly at: { readonly line: number; readonly column: number };
  readonly until: string;
  readonly untilMs: number;
  /** First and last line that it is for. */
  readonly from: number;
  readonly to: number;
}

/** Takes away what is ignored, and reports ignores that are wrong, over, soon over or for nothing. */
export function applyIgnores(text: string, found: Findings, nowMs: number): readonly Finding[] {
  const before = [...found.list];
  const ignores = readIgnores(text, found);
  const used = new Set<Ignore>();
  const kept = before.filter((finding) => {
    if (finding.code === "policy-invalid") return true;
    const ignore = ignores.find(
      ({ codes, from, to }) => codes.includes(finding.code) && finding.line >= from && finding.line <= to,
    );
    if (ignore === undefined) return true;
    used.add(ignore);
    return nowMs > ignore.untilMs;
  });
  for (const ignore of ignores) {
    const codes = ignore.codes.join(", ");
    if (!used.has(ignore)) {
      found.add("ignore-unused", ignore, `there is nothing to ignore here (${codes})`, "remove the comment");
    } else if (nowMs > ignore.untilMs) {
      found.add(
        "ignore-expired",
        ignore,
        `the ignore of ${codes} ended on ${ignore.until}`,
        "fix the finding, or decide anew and write a new date",
      );
    } else if (ignore.untilMs - nowMs < SOON_MS) {
      found.add(
        "ignore-expiring",
        ignore,
        `the ignore of ${codes} ends on ${ignore.until}`,
        "fix the finding, or decide anew and write a new date",
      );
    }
  }
  return [...kept, ...found.list.slice(before.length)];
}

function readIgnores(text: string, found: Findings): readonly Ignore[] {
  const lines = text.split("\n");
  return comments(text).flatMap(({ line, column, comment, alone }): readonly Ignore[] => {
    const body = /^#+\s*gate-lint:\s*(.*)$/.exec(comment)?.[1];
    if (body === undefined) return [];
    const at = { line, column };
    const refuse = (message: string): readonly Ignore[] => {
      found.add("ignore-invalid", { at }, message, EXAMPLE);
      return [];
    };
    const match = IGNORE.exec(body);
    if (match === null) return refuse("this is not how an ignore is written");
    const codes = (match[1] ?? "").split(/\s*,\s*/);
    const unknown = codes.find((code) => !Object.hasOwn(LINT_CODES, code));
    if (unknown !== undefined) {
      return refuse(`there is no finding \`${unknown}\`${suggestion(unknown, Object.keys(LINT_CODES))}`);
    }
    const until = match[2] ?? "";
    const untilMs = /^\d{4}-\d{2}-\d{2}$/.test(until) ? Date.parse(`${until}T23:59:59Z`) : Number.NaN;
    if (Number.isNaN(untilMs)) return refuse("an ignore needs the date of its end, as in `until 2027-03-01`");
    if ((match[3] ?? "").trim() === "") return refuse("an ignore needs its reason, behind a colon");
    const [from, to] = alone ? entryAfter(lines, line) : [line, line];
    return [{ codes: codes as LintCode[], at, until, untilMs, from, to }];
  });
}

/** The next line that is no comment, and the lines below it that are indented deeper. */
function entryAfter(lines: readonly string[], comment: number): readonly [number, number] {
  let from = comment + 1;
  while (from <= lines.length && /^\s*(?:#.*)?\r?$/.test(lines[from - 1] ?? "")) from += 1;
  const depth = indentOf(lines[from - 1] ?? "");
  let to = from;
  for (let line = from + 1; line <= lines.length; line += 1) {
    const text = lines[line - 1] ?? "";
    if (/^\s*(?:#.*)?\r?$/.test(text)) continue;
    if (indentOf(text) <= depth) break;
    to = line;
  }
  return [from, to];
}

function indentOf(line: string): number {
  return /^ */.exec(line)?.[0].length ?? 0;
}

interface Comment {
  readonly line: number;
  readonly column: number;
  readonly comment: string;
  readonly alone: boolean;
}

/** Comments as the YAML lexer sees them: a `#` inside of a string is none. */
function comments(text: string): readonly Comment[] {
  const found: Comment[] = [];
  let offset = 0;
  let scalar = false;
  for (const token of new Lexer().lex(text)) {
    // The lexer's own marks (document start, flow error, scalar) are no part of the text.
    if (token === "\x02" || token === "\x18") continue;
    if (token === "\x1f") {
      scalar = true;
      continue;
    }
    if (token.startsWith("#") && !scalar) {
      const start = text.lastIndexOf("\n", offset - 1) + 1;
      const line = text.slice(0, offset).split("\n").length;
      const alone = text.slice(start, offset).trim() === "";
      found.push({ line, column: offset - start + 1, comment: token.trimEnd(), alone });
    }
    scalar = false;
    offset += token.length;
  }
  return found;
}

/** CODE[, CODE…] [until DATE] [: reason] */
const IGNORE =
  /^ignore\s+([a-z-]+(?:\s*,\s*[a-z-]+)*)(?:\s+until\s+([^\s:]+))?(?:(?:\s*:|\s+(?:--?|—|because))\s*(.*))?$/;

const EXAMPLE = "write `# gate-lint: ignore environment-missing until 2027-03-01: moves to environments in Q1`";

/** An ignore that ends within this time is reported. */
export const SOON_MS = 14 * 24 * 3_600_000;
