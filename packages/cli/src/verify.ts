/** `gate verify`: checks a recording offline. Reads the bundle only. */
import { readFileSync, statSync } from "node:fs";
import { messageOf } from "@gate/base";
import type { Policy } from "@gate/policy";
import { folderReader, RecordingError, tarReader, verifyBundle, type VerifyReport } from "@gate/recording";
import type { RecordingReader } from "@gate/contract";
import type { Command } from "commander";
import { CommandError, EXIT, print, printJson, visible } from "./output.ts";
import { progress, watched } from "./progress.ts";

const EXIT_OF: Readonly<Record<VerifyReport["status"], (typeof EXIT)[keyof typeof EXIT]>> = {
  valid: EXIT.ok,
  invalid: EXIT.no,
  incomplete: EXIT.unknown,
  unpinned: EXIT.unknown,
};

export function addVerify(program: Command): void {
  program
    .command("verify <bundle>")
    .description("check a recording (folder or .tar) offline: digests, order, tree, signatures, admissions, verdicts")
    .option("--key <vkey>", "verification key that it must be signed with; may be repeated", collect, [])
    .option("--previous-checkpoint <file>", "an earlier checkpoint of the same session that it must extend")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExample: gate verify gate-deploy-1-ses_x3/ --key 'gate+1a2b3c4d+AR…'\nExit: 0 valid, 1 invalid, 2 wrong use, 3 cannot tell (unsealed, or no key pinned)",
    )
    .action(async (bundle: string, options: { key: string[]; previousCheckpoint?: string; json?: boolean }) => {
      const shown = progress("verifying", process.stderr, Date.now);
      const reader = process.stderr.isTTY ? watched(open(bundle), shown) : open(bundle);
      const report = await verifyBundle(reader, {
        vkeys: options.key,
        rederive: await rederiver(reader),
        ...(options.previousCheckpoint === undefined ? {} : { previousCheckpoint: read(options.previousCheckpoint) }),
      })
        .catch(wrongOption)
        .finally(() => shown.end());
      if (options.json === true) printJson(report);
      else describe(report);
      process.exitCode = EXIT_OF[report.status];
    });
}

/** A key or checkpoint that is none is a slip of whoever gave it, and says nothing of the recording. */
function wrongOption(error: unknown): never {
  const option = error instanceof RecordingError ? WRONG_OPTIONS.get(error.code) : undefined;
  throw option === undefined ? error : new CommandError(EXIT.usage, `${option}: ${messageOf(error)}`);
}

function describe(report: VerifyReport): void {
  print(`${report.status}: session ${visible(report.sessionId ?? "unknown")}, ${report.entries} entries`);
  if (report.root !== undefined) print(`root ${report.root}`);
  for (const finding of report.findings) {
    const where = finding.seq === undefined ? "" : ` (entry ${finding.seq})`;
    print(`- ${finding.code}${where}: ${visible(finding.message)}`);
  }
  if (report.status === "unpinned") print("pin the gateway's key with --key to know who signed it");
}

/** Re-derives every verdict from the recorded facts under the recorded policy; undefined where there is no policy. */
async function rederiver(
  reader: RecordingReader,
): Promise<NonNullable<Parameters<typeof verifyBundle>[1]["rederive"]>> {
  const { decide, parsePolicy } = await import("@gate/policy");
  let text: string | undefined;
  try {
    text = await readWhole(reader, "evidence/policy.yaml");
  } catch {
    // Every verdict then counts as unchecked, and the bundle as incomplete.
  }
  // The policy names no protocols; the entries do. It is read again when they tell of another one.
  const protocols = new Map<string, string>();
  let policy: Policy | undefined;
  return (facts, entry, session) => {
    if (text !== undefined && !protocols.has(entry.target) && protocols.size < TARGETS_MAX) {
      protocols.set(entry.target, entry.protocol);
      policy = undefined;
      policy = parsePolicy(text, { file: "evidence/policy.yaml", protocols });
    }
    const grant = policy?.grants.get(entry.grant);
    if (grant?.target !== entry.target || protocols.get(entry.target) !== entry.protocol) return undefined;
    const verdict = decide(grant, facts, session);
    return { verdict: verdict.kind, rules: verdict.rules, observed: grant.mode === "observe" };
  };
}

async function readWhole(reader: RecordingReader, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of reader.read(name)) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > POLICY_BYTES_MAX) throw new RangeError("the recorded policy is too large");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function open(bundle: string): RecordingReader {
  try {
    return statSync(bundle).isDirectory() ? folderReader(bundle) : tarReader(bundle);
  } catch (error) {
    throw new CommandError(EXIT.unknown, `cannot read ${bundle}: ${messageOf(error)}`);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandError(EXIT.usage, `cannot read ${file}: ${messageOf(error)}`);
  }
}

function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

const WRONG_OPTIONS: ReadonlyMap<string, string> = new Map([
  ["VKEY_INVALID", "--key"],
  ["NOTE_INVALID", "--previous-checkpoint"],
]);
/** Targets of one recording. */
const TARGETS_MAX = 256;
/** Bytes of a recorded policy file. */
const POLICY_BYTES_MAX = 1024 * 1024;
