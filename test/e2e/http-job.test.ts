/** A job's own programs reach an HTTP target through both bundles: `gate connect`, the tunnel, a gateway in a process. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startWorld, type World } from "../world.ts";
import { startTarget, type Target } from "./http-fixture.ts";
import { testWith } from "../../packages/testkit/src/parts.ts";

const POLICY = `version: gate/v1
trust:
  deploy:
    issuer: github
    audience: GATEWAY_URL
    claims: {repository_id: "*", event_name: "*"}
    session: {ttl: 20m, max_ttl: 2h}
    grants: [billing]
grants:
  billing: {target: billing, rules: [api], masks: [pii]}
rules:
  api:
  - {id: read, effect: allow, match: {method: [GET, HEAD], path: /v1/**}}
  - {id: refund, effect: hold, approval: dba, match: {method: POST, path: /v1/refunds, body: {$.amount: {gt: 100}}}}
  - {id: never, effect: deny, message: "nothing is deleted", match: {method: DELETE}}
approvals:
  dba: {from: ["github-team:acme/dba"], count: 1, timeout: 5m}
masks:
  pii:
  - {json: $.customer.ssn, action: redact}
`;

const directory = mkdtempSync(join(tmpdir(), "gate-http-job-"));
let target: Target;
let world: World;

beforeAll(async () => {
  target = await startTarget((request, response, body) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(
      JSON.stringify({
        path: request.url,
        customer: { ssn: "219-09-9999" },
        got: body.toString(),
        by: request.headers["x-team"],
      }),
    );
  });
  world = await startWorld({
    directory: join(directory, "gateway"),
    policy: POLICY,
    targets: `  billing:
    protocol: http
    address: http://127.0.0.1:${target.port}
    credential: {headers: {Authorization: "Bearer \${env:ORDERS_DB_PASSWORD}", X-Team: shop}}
`,
  });
}, 120_000);

afterAll(async () => {
  await world.stop();
  await target.close();
  rmSync(directory, { recursive: true, force: true });
}, 120_000);

/** Runs a program of a job; `node` is this one. */
async function job(...command: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const token = join(directory, "token");
  writeFileSync(token, world.github.openJob({ environment: "production" }).subjectToken(world.url), { mode: 0o600 });
  writeFileSync(join(directory, "ca.pem"), world.ca ?? "");
  const args = [
    "--gateway",
    world.url,
    "--ca",
    join(directory, "ca.pem"),
    "--token-file",
    token,
    "--grants",
    "billing",
  ];
  return world.gate("connect", ...args, "--", ...command);
}

const CURL = spawnSync("curl", ["--version"]).status === 0;

describe("a job's programs", () => {
  testWith(CURL, "the package curl")(
    "curl: one allowed and masked, one denied, one held and approved",
    async () => {
      const script = `
        curl -sS "$GATE_BILLING_URL/v1/orders"; echo
        curl -sS -X DELETE "$GATE_BILLING_URL/v1/orders/1"
        curl -sS -H 'content-type: application/json' -d '{"amount":500}' "$GATE_BILLING_URL/v1/refunds"; echo
        env | grep -c "of-the-target" || true`;
      const running = job("sh", "-c", script);
      expect(await world.answerHold("approve")).toContain("POST /v1/refunds");
      const { code, stdout, stderr } = await running;
      expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
      const [read = "", denied = "", held = ""] = stdout.trim().split("\n");
      expect(JSON.parse(read)).toMatchObject({ path: "/v1/orders", customer: { ssn: "[redacted]" }, by: "shop" });
      expect(JSON.parse(denied)).toMatchObject({ status: 403, rule: "never" });
      expect(JSON.parse(held)).toMatchObject({ path: "/v1/refunds", got: '{"amount":500}' });
      expect(target.seen()).toEqual(["GET /v1/orders", "POST /v1/refunds"]);
    },
    120_000,
  );

  test("fetch, with the password alone", async () => {
    const script = `
      const { GATE_BILLING_HOST: host, GATE_BILLING_PORT: port, GATE_BILLING_TOKEN: token } = process.env;
      const got = await fetch(\`http://\${host}:\${port}/v1/a\`, { headers: { "gate-endpoint": token } });
      console.log(got.status, (await got.json()).path);`;
    const { stdout } = await job(process.execPath, "--input-type=module", "-e", script);
    expect(stdout).toContain("200 /v1/a");
  }, 120_000);
});
