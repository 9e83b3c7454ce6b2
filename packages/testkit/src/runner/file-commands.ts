/** The files through which a step talks to the runner: GITHUB_ENV, GITHUB_OUTPUT, GITHUB_STATE, GITHUB_PATH, the summary. */
import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TestkitError } from "../errors.ts";

/** Bytes of a step's summary; a larger one is dropped. */
export const SUMMARY_BYTES_MAX = 1024 * 1024;

/** Variable to file-name prefix, as the runner names them. */
const FILES = {
  GITHUB_ENV: "set_env",
  GITHUB_PATH: "add_path",
  GITHUB_OUTPUT: "set_output",
  GITHUB_STATE: "save_state",
  GITHUB_STEP_SUMMARY: "step_summary",
} as const;

export interface CommandFiles {
  /** The five variables with this step's own file names. */
  readonly environment: Readonly<Record<string, string>>;
  read(): Promise<CommandResults>;
}

export interface CommandResults {
  readonly env: readonly (readonly [string, string])[];
  readonly path: readonly string[];
  readonly outputs: readonly (readonly [string, string])[];
  readonly state: readonly (readonly [string, string])[];
  readonly summary: string;
  /** Set when the summary was larger than allowed. */
  readonly summaryDropped?: string;
  /** One message for each file that is not in the format: the step fails. */
  readonly problems: readonly string[];
}

export async function createCommandFiles(runnerTemp: string): Promise<CommandFiles> {
  const folder = join(runnerTemp, "_runner_file_commands");
  await mkdir(folder, { recursive: true });
  const guid = randomUUID();
  const environment: Record<string, string> = {};
  for (const [variable, prefix] of Object.entries(FILES)) {
    const file = join(folder, `${prefix}_${guid}`);
    environment[variable] = file;
    await writeFile(file, "");
  }
  const text = async (variable: keyof typeof FILES) => {
    try {
      return await readFile(environment[variable] ?? "", "utf8");
    } catch {
      return "";
    }
  };
  return {
    environment,
    async read() {
      const problems: string[] = [];
      const pairs = (name: string, content: string) => {
        try {
          return parsePairs(content);
        } catch (error) {
          problems.push(`Unable to process file command '${name}' successfully.`);
          problems.push(error instanceof Error ? error.message : "");
          return [];
        }
      };
      const summary = await text("GITHUB_STEP_SUMMARY");
      const size = Buffer.byteLength(summary);
      return {
        env: pairs("env", await text("GITHUB_ENV")),
        path: (await text("GITHUB_PATH")).split(/\r?\n/u).filter((line) => line !== ""),
        outputs: pairs("output", await text("GITHUB_OUTPUT")),
        state: pairs("state", await text("GITHUB_STATE")),
        summary: size > SUMMARY_BYTES_MAX ? "" : summary,
        ...(size > SUMMARY_BYTES_MAX
          ? {
              summaryDropped: `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${Math.ceil(size / 1024)}k.`,
            }
          : {}),
        problems,
      };
    },
  };
}

/**
 * Reads `NAME=value` lines and `NAME<<DELIMITER` blocks.
 * @throws {TestkitError} FILE_COMMAND_INVALID on any other line, an empty name or a missing delimiter.
 */
export function parsePairs(content: string): (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  const lines = content.split(/\r?\n/u);
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    if (line === "") continue;
    const equals = line.indexOf("=");
    const heredoc = line.indexOf("<<");
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      if (equals === 0) throw invalid("Invalid format: the name must not be empty");
      pairs.push([line.slice(0, equals), line.slice(equals + 1)]);
    } else if (heredoc > 0 && line.length > heredoc + 2) {
      const delimiter = line.slice(heredoc + 2);
      const end = lines.indexOf(delimiter, at + 1);
      if (end < 0) throw invalid(`Invalid value. Matching delimiter not found '${delimiter}'`);
      pairs.push([line.slice(0, heredoc), lines.slice(at + 1, end).join("\n")]);
      at = end;
    } else {
      throw invalid(`Invalid format '${line}'`);
    }
  }
  return pairs;
}

function invalid(message: string): TestkitError {
  return new TestkitError("FILE_COMMAND_INVALID", message);
}
