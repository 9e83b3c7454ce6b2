/** Gateways that are killed or cannot write their record, and what must be left of it. Touches processes and files. */
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "@jest/globals";
import { readUnfinished, verifyBundle } from "@gate/recording";
import { fileRecordings } from "@gate/stores";
import type { HarnessOptions } from "../../packages/testkit/src/harness.ts";
import { ROOT } from "../world.ts";

export interface Ready {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly session: string;
  readonly vkey: string;
}

/** A gate in a process of its own: one of the hops of test/bench, which says in one line where it listens. */
export async function startHop(
  script: "hop.ts" | "http-hop.ts",
  settings: object,
): Promise<{ readonly child: ChildProcess; readonly ready: Ready }> {
  const args = ["--disable-warning=ExperimentalWarning", join(ROOT, "test/bench", script)];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(settings));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`the gate ended with ${code}`)));
  });
  return { child, ready: JSON.parse(line) as Ready };
}

/** The record of a killed gate can be taken up: nothing in it is invalid, only its seal is not there. */
export async function expectUnsealed(directory: string, { session, vkey }: Ready, allowedMin: number): Promise<void> {
  const reader = await fileRecordings(directory).open(session);
  if (reader === undefined) throw new Error("the recording is gone");
  const unfinished = await readUnfinished(reader, session, vkey);
  expect(unfinished.verdicts.allow).toBeGreaterThanOrEqual(allowedMin);
  const { findings } = await verifyBundle(reader, { vkeys: [vkey], sessionId: session });
  expect(findings.filter(({ severity }) => severity === "invalid")).toEqual([]);
  expect(findings.map(({ code }) => code)).toContain("NOT_SEALED");
}

/** Files of a recording on a disk that is full once `fill` was called. */
export function diskThatFills(): Required<Pick<HarnessOptions, "wrapFiles">> & { fill(): void } {
  let full = false;
  return {
    fill: () => {
      full = true;
    },
    wrapFiles: (files) => ({
      put: (name, bytes) => files.put(name, bytes),
      reader: () => files.reader(),
      close: () => files.close(),
      append: (name, bytes) => {
        if (full) throw new Error("no space left on device");
        files.append(name, bytes);
      },
    }),
  };
}
