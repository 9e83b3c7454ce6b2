/**
 * examples/workflows/deploy.yml on a real server, under two runners that know nothing of each other: the runner double
 * and nektos/act. Needs psql and the bundles in dist/.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ensureAct, runAct, runJob } from "@gate/testkit";
import { ROOT, startWorld, TARGET_PASSWORD, unpack, type World } from "../world.ts";
import { testWith } from "../../packages/testkit/src/parts.ts";

const WORKFLOW = "examples/workflows/deploy.yml";
const RUN_MS = 150_000;

let world: World;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "gate-example-"));
  world = await startWorld({ directory });
}, RUN_MS);

afterAll(async () => {
  await world.stop();
  rmSync(directory, { recursive: true, force: true });
}, RUN_MS);

const vars = () => ({ GATE_URL: world.url, GATE_CA: world.ca ?? "", GATE_VKEY: world.vkey });

function expectMaskedAndDenied(log: string): void {
  expect(log).toContain("Ada Bell");
  expect(log).not.toContain("ada@example.com");
  expect(log).not.toContain("4111111111111111");
  expect(log).toContain('gate: denied by rule "never"');
  expect(log).toContain("gate: held for approval");
  expect(log).not.toContain(TARGET_PASSWORD);
}

async function expectVerifiedArtifact(count: number): Promise<void> {
  expect(world.github.artifacts).toHaveLength(count);
  const artifact = world.github.artifacts.at(-1);
  if (artifact === undefined) return;
  const bundle = join(directory, `bundle-${count}`);
  await unpack(artifact, bundle);
  expect(await world.gate("verify", bundle, "--key", world.vkey)).toMatchObject({ code: 0 });
}

test(
  "under the runner double the example reads masked rows, is denied, waits for a person, and leaves a record that verifies",
  async () => {
    const held = world.answerHold("approve").catch(String);
    const result = await runJob({
      workflow: join(ROOT, WORKFLOW),
      workspace: ROOT,
      github: world.github,
      vars: vars(),
      timeoutMs: RUN_MS / 2,
    });
    expect(result.steps.map((step) => `${step.stage} ${step.outcome}`)).toEqual([
      "main success",
      "main success",
      "main success",
      "main failure",
      "main success",
      "main success",
      "post success",
    ]);
    expect(result.conclusion).toBe("success");
    expectMaskedAndDenied(result.log);
    expect(await held).toContain("UPDATE public.orders");
    expect(result.orphansKilled).toEqual([]);
    const [row] = await world.postgres.query("SELECT count(*)::int AS n FROM orders WHERE status = 'archived'", "shop");
    expect(row?.["n"]).toBe(10);
    await expectVerifiedArtifact(1);
  },
  RUN_MS,
);

const act = await ensureAct(ROOT);
const testWithAct = testWith(act !== undefined, "act, or Go to install it");

testWithAct(
  "under act the same example does the same",
  async () => {
    const identity = world.github.openJob({ environment: "production" });
    const held = world.answerHold("approve").catch(String);
    const result = await runAct({
      act: act ?? "",
      directory: ROOT,
      workflow: WORKFLOW,
      job: "deploy",
      identity,
      vars: vars(),
      timeoutMs: RUN_MS / 2,
    });
    expectMaskedAndDenied(result.log);
    expect(await held).toContain("UPDATE public.orders");
    expect(result.exitCode).toBe(0);
    await expectVerifiedArtifact(2);
  },
  RUN_MS,
);
