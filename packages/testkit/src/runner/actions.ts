/** Finds the action behind a `uses:`. Reads the file system. */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { TestkitError } from "../errors.ts";
import type { Libraries } from "./libraries.ts";
import { parseActionFile, type ActionPlan } from "./plan.ts";

export interface ResolvedAction {
  /** True for `./x`: its `pre` is ignored. */
  readonly local: boolean;
  readonly folder: string;
  readonly plan: ActionPlan;
  /** `owner/repo` and ref of a remote action. */
  readonly repository?: string;
  readonly ref?: string;
}

/**
 * Actions that only prepare what the caller has prepared already: the workspace is there, and Node is.
 * They succeed without doing anything unless `actionPaths` names a folder for them.
 */
const PREPARED = ["actions/checkout", "actions/setup-node"];

/**
 * @returns undefined for an action that has nothing to do here.
 * @throws {TestkitError} ACTION_UNKNOWN, ACTION_INVALID, UNSUPPORTED.
 */
export async function resolveAction(
  libraries: Libraries,
  uses: string,
  workspace: string,
  actionPaths: Readonly<Record<string, string>>,
): Promise<ResolvedAction | undefined> {
  if (uses.startsWith("docker://")) {
    throw new TestkitError("UNSUPPORTED", "the runner double has no Docker actions");
  }
  if (uses.startsWith("./")) {
    const folder = resolve(workspace, uses);
    return { local: true, folder, plan: await readAction(libraries, folder, uses) };
  }
  const match = /^(?<repository>[^/@]+\/[^/@]+)(?:\/(?<path>[^@]+))?@(?<ref>.+)$/u.exec(uses);
  const { repository = "", path = "", ref = "" } = match?.groups ?? {};
  const whole = own(actionPaths, uses);
  const root = own(actionPaths, `${repository}@${ref}`) ?? own(actionPaths, repository);
  const folder = whole ?? (root === undefined ? undefined : join(root, path));
  if (folder === undefined) {
    if (PREPARED.includes(repository)) return undefined;
    throw new TestkitError(
      "ACTION_UNKNOWN",
      `no folder for \`uses: ${uses}\`; add "${repository}@${ref}" to actionPaths`,
    );
  }
  return { local: false, folder, plan: await readAction(libraries, folder, uses), repository, ref };
}

async function readAction(libraries: Libraries, folder: string, uses: string): Promise<ActionPlan> {
  for (const name of ["action.yml", "action.yaml"]) {
    let content: string;
    try {
      content = await readFile(join(folder, name), "utf8");
    } catch {
      continue;
    }
    return parseActionFile(libraries, { name: `${uses}/${name}`, content });
  }
  throw new TestkitError("ACTION_UNKNOWN", `\`uses: ${uses}\`: no action.yml in ${folder}`);
}

function own(record: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
