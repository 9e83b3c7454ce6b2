/**
 * examples/workflows/refund.yml with examples/policy.yaml on a real nginx: an order is read under its mask, a large refund
 * waits for finance. Needs nginx, curl, jq, and dist/.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { suiteWith } from "../../packages/testkit/src/parts.ts";
import { ROOT, startWorld, type World } from "../world.ts";
import { exampleJob, logOf, NO_DATABASE, scratch, unpackNewest } from "./action-job.ts";
import { NGINX, startNginx, type Nginx } from "./nginx.ts";

const RUN_MS = 120_000;
const TOKEN = "billing-credential-that-no-job-sees";
const API = `
    default_type application/json;
    if ($http_authorization != "Bearer ${TOKEN}") { return 401; }
    location = /v1/orders/17 { return 200 '{"order":17,"customer":{"ssn":"219-09-9999"}}'; }
    location = /v1/refunds { return 200 '{"refunded":true}'; }`;
const tools = ["curl", "jq"].every((name) => existsSync(join("/usr/bin", name)));

suiteWith(NGINX !== undefined && tools, "nginx, curl and jq")("the example of a refund", () => {
  const directory = scratch("refund");
  const workspace = join(directory.path, "workspace");
  let nginx: Nginx;
  let world: World;

  beforeAll(async () => {
    mkdirSync(workspace);
    nginx = await startNginx({ server: API });
    world = await startWorld({
      directory: join(directory.path, "gateway"),
      policy: readFileSync(join(ROOT, "examples/policy.yaml"), "utf8")
        .replace("https://gate.acme.dev", "GATEWAY_URL")
        .replace("oidc-group:finance", "github-team:acme/dba"),
      existing: NO_DATABASE,
      targets: `  billing:
    protocol: http
    address: "http://127.0.0.1:${nginx.port}"
    credential: {headers: {Authorization: "Bearer \${env:BILLING_TOKEN}"}}
`,
      env: { BILLING_TOKEN: TOKEN },
    });
  }, RUN_MS);

  afterAll(async () => {
    await world?.stop();
    await nginx?.stop();
    directory.remove();
  }, RUN_MS);

  const refund = (amount: number) =>
    exampleJob(world, {
      workflow: "refund.yml",
      workspace,
      inputs: { order: "17", amount: String(amount) },
      timeoutMs: RUN_MS / 2,
    });

  test(
    "a large refund waits for finance, is approved, and reaches the API once",
    async () => {
      const held = world.answerHold("approve").catch(String);
      const job = await refund(25_000);
      expect(job.steps.filter(({ outcome }) => outcome !== "success").map(({ log }) => log)).toEqual([]);
      const shown = await held;
      expect(shown).toContain("POST /v1/refunds");
      expect(shown).toMatch(/"amount":\s*25000/u);
      expect((await nginx.seen()).map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
        "GET /v1/orders/17",
        "POST /v1/refunds",
      ]);
      expect(logOf(job, "Read the order")).toContain('"order":17');
      expect(logOf(job, "Refund")).toContain('"refunded":true');
      expect(job.log).not.toContain("219-09-9999");
      expect(job.log).not.toContain(TOKEN);
      const bundle = await unpackNewest(world, directory.path);
      expect(await world.gate("verify", bundle, "--key", world.vkey)).toMatchObject({ code: 0 });
    },
    RUN_MS,
  );

  test(
    "a refund that is denied by finance fails the job and never reaches the API",
    async () => {
      const held = world.answerHold("deny").catch(String);
      const job = await refund(25_000);
      expect(await held).toContain("POST /v1/refunds");
      expect(job.steps.filter(({ outcome }) => outcome === "failure").map(({ name }) => name)).toEqual(["Refund"]);
      expect((await nginx.seen()).map((line) => line.split(" ")[0])).toEqual(["GET"]);
    },
    RUN_MS,
  );
});
