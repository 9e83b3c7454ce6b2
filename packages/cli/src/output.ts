/** What every command shares: exit codes, printing, refusing wrong use. Composition root: may print. */
import { GateError } from "@gate/base";

/** CONTRACT §1: 0 success, 1 the answer is no, 2 wrong use, 3 cannot tell. */
export const EXIT = { ok: 0, no: 1, usage: 2, unknown: 3 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with a code and a message for stderr. */
export class CommandError extends GateError {
  readonly code = "COMMAND_FAILED";
  readonly exit: ExitCode;

  constructor(exit: ExitCode, message: string) {
    super("peer-wrong", message);
    this.exit = exit;
  }
}

export function print(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** No text in it moves the terminal or hides: JSON itself escapes only the controls below a space. */
export function printJson(value: unknown): void {
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  const text = JSON.stringify(value, null, 2);
  print(text.replace(/[\x7f-\x9f\u2028\u2029]|\p{Cf}/gu, (found) => found.split("").map(escaped).join("")));
}

export function complain(text: string): void {
  process.stderr.write(text.endsWith("\n") ? text : `${text}\n`);
}

/**
 * A reader that leaves early (`gate verify … | head -1`) is no error: what it will not read is dropped, the command
 * finishes what it has begun (a session is still closed), and a success becomes the code of a SIGPIPE in a shell.
 */
export function endQuietlyWithReader(): void {
  let gone = false;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      gone ||= stream === process.stdout;
    });
  }
  process.on("exit", (code) => {
    if (gone && code === EXIT.ok) process.exitCode = SIGPIPE_EXIT;
  });
}

/** For a command that would go on for as long as there is something to print. */
export function whenReaderLeaves(then: () => void): void {
  process.stdout.once("error", then);
}

/** What the job's side says of an action's inputs, in the words of the command line. */
export function inOptions(message: string): string {
  return message
    .replaceAll("`gateway-ca`", "--ca")
    .replace(/(?:the )?`(gateway|audience|grants|default)`(?: input)?/gu, "--$1")
    .replaceAll("this runner", "this machine");
}

/** Columns padded to their widest cell; control characters of foreign text are shown, not obeyed by the terminal. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows].map((row) => row.map(visible));
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** One line of text that cannot move the cursor, change colours or hide what follows. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    character === "\n" || character === "\t"
      ? " "
      : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}

/** What a shell says of a process that SIGPIPE ended: 128 + 13. */
const SIGPIPE_EXIT = 141;
