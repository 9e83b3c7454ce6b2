/**
 * Jobs with the connect action for the end-to-end tests, and what they leave behind. Runs the bundles in dist/ under
 * the runner double; touches processes and one directory.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  runJob,
  startJob,
  type JobResult,
  type PostgresServer,
  type RunJobOptions,
  type RunningJob,
} from "@gate/testkit";
import { DEMO_POLICY, ROOT, sleep, unpack, type World } from "../world.ts";

export interface Step {
  readonly name?: string;
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly run?: string;
  readonly "continue-on-error"?: boolean;
}

export type JobChoice = Partial<Omit<RunJobOptions, "workflow" | "workspace" | "github">> & {
  /** Inputs of connect beside `gateway`, `gateway-ca` and `gateway-key`; an empty text takes one of those away. */
  readonly with?: Readonly<Record<string, string>>;
  /** Variables of the connect step. */
  readonly connectEnv?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly before?: readonly Step[];
};

/** The demo's policy for any environment whose name has a rule here, so that one world serves every test of a file. */
export const POLICY = DEMO_POLICY.replace(
  "\ngrants:",
  `
  short:
    issuer: github
    audience: GATEWAY_URL
    claims: { repository_id: "*", event_name: push, environment: short }
    session: { ttl: 10s, max_ttl: 10s }
    grants: [orders-db]
  renewed:
    issuer: github
    audience: GATEWAY_URL
    claims: { repository_id: "*", event_name: push, environment: renewed }
    session: { ttl: 10s, max_ttl: 60s }
    grants: [orders-db]
  both:
    issuer: github
    audience: GATEWAY_URL
    claims: { repository_id: "*", event_name: push, environment: both }
    session: { ttl: 10m }
    grants: [orders-db, reports]

grants:
  reports: { target: orders-db, rules: [reports], limits: db }`,
).replace(
  "\nrules:",
  `
rules:
  reports:
    - { id: count, effect: allow, match: { statement: [SELECT], reads: [public.orders], functions: safe } }`,
);

/** Starts a job of one connect step and `steps`. */
export function startConnectJob(
  world: World,
  workspace: string,
  steps: readonly Step[],
  more: JobChoice = {},
): RunningJob {
  const { with: inputs, connectEnv, environment = "production", before = [], ...options } = more;
  const given = { gateway: world.url, "gateway-ca": world.ca ?? "", "gateway-key": world.vkey, ...inputs };
  const connect: Step = {
    name: "connect",
    id: "gate",
    uses: "org/gate/connect@v1",
    with: given,
    ...(connectEnv === undefined ? {} : { env: connectEnv }),
  };
  // JSON is YAML; the double tells a text from a path by its line breaks.
  const workflow = JSON.stringify(
    {
      name: "deploy",
      on: "push",
      permissions: {},
      jobs: {
        deploy: {
          "runs-on": "ubuntu-latest",
          environment,
          permissions: { "id-token": "write", contents: "read", statuses: "write" },
          steps: [...before, connect, ...steps],
        },
      },
    },
    undefined,
    1,
  );
  return startJob({
    workflow,
    workspace,
    github: world.github,
    actionPaths: { "org/gate@v1": ROOT },
    timeoutMs: 150_000,
    ...options,
    identity: { eventName: "push", ...options.identity },
  });
}

export function connectJob(
  world: World,
  workspace: string,
  steps: readonly Step[],
  more: JobChoice = {},
): Promise<JobResult> {
  return startConnectJob(world, workspace, steps, more).result;
}

/** Runs a workflow of examples/workflows as somebody starts it by hand, with `edit` for the paths of a host. */
export function exampleJob(
  world: World,
  options: Pick<RunJobOptions, "workspace" | "inputs" | "timeoutMs"> & {
    readonly workflow: string;
    readonly edit?: (text: string) => string;
  },
): Promise<JobResult> {
  const { workflow, edit = (text) => text, ...more } = options;
  const text = readFileSync(join(ROOT, "examples/workflows", workflow), "utf8");
  const file = join(world.directory, workflow);
  writeFileSync(file, edit(text).replace("uses: ./connect", "uses: org/gate/connect@v1"));
  return runJob({
    ...more,
    workflow: file,
    github: world.github,
    identity: { eventName: "workflow_dispatch", environment: "production" },
    vars: { GATE_URL: world.url, GATE_CA: world.ca ?? "", GATE_VKEY: world.vkey },
    actionPaths: { "org/gate@v1": ROOT },
  });
}

/** What a step printed. */
export function logOf(result: JobResult, name: string): string {
  return result.steps.find((step) => step.name === name)?.log ?? `(no step ${name})`;
}

export function outcomes(result: JobResult): string[] {
  return result.steps.map((step) => `${step.name}: ${step.outcome}`);
}

/** Messages of annotations of a level. */
export function told(result: JobResult, level: "error" | "warning" | "notice"): string[] {
  return result.annotations
    .filter((annotation) => annotation.level === level)
    .map((annotation) => `${annotation.title === undefined ? "" : `${annotation.title}: `}${annotation.message}`);
}

export function sessionOf(result: JobResult): string {
  return result.steps.find((step) => step.name === "connect")?.outputs["session-id"] ?? "";
}

export type Line = Readonly<Record<string, unknown>> & { readonly type: string };

/** Entries of the gateway's own recording of a session. */
export function recordsOf(world: World, session: string): Line[] {
  return readLines(join(world.directory, "recordings", session, "records.ndjson"));
}

export function readLines(file: string): Line[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

/** Unpacks the newest artifact into a new folder. */
export async function unpackNewest(world: World, directory: string): Promise<string> {
  const artifact = world.github.artifacts.at(-1);
  if (artifact === undefined) throw new Error("no artifact was uploaded");
  const folder = join(directory, `bundle-${world.github.artifacts.length}`);
  mkdirSync(folder, { recursive: true });
  await unpack(artifact, folder);
  return folder;
}

/** Waits for a file that a step makes. */
export async function appears(file: string): Promise<void> {
  for (let tries = 0; tries < 1_200; tries += 1) {
    if (existsSync(file)) return;
    await sleep(50);
  }
  throw new Error(`${file} did not appear within 60 s`);
}

/** A folder of its own, removed by `remove`. */
export function scratch(name: string): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), `gate-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** For worlds whose target is never reached. */
export const NO_DATABASE = {
  server: { port: 1 } as unknown as PostgresServer,
  database: "shop",
  username: "gate_deploy",
  password: "target-credential-that-no-job-sees",
} as const;
