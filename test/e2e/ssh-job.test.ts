/**
 * A job that deploys over SSH: connect gives it GATE_SSH_CONFIG and GIT_SSH_COMMAND, through a gateway and through the
 * embedded gate. Needs dist/ and Debian's openssh packages.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startSshServer, type SshServer } from "../../packages/testkit/src/ssh-server.ts";
import { startWorld, type World } from "../world.ts";
import { connectJob, logOf, NO_DATABASE, outcomes, recordsOf, scratch, sessionOf, unpackNewest } from "./action-job.ts";
import { withSshd } from "./ssh-fixture.ts";

const POLICY = `version: gate/v1
trust:
  deploy:
    issuer: github
    audience: GATEWAY_URL
    claims: {repository_id: "*", event_name: push}
    session: {ttl: 10m}
    grants: [bastion]
grants:
  bastion: {target: bastion, rules: [shell]}
rules:
  shell:
  - {id: svc, effect: allow, match: {exec: [echo, "*"]}}
  - {id: logs, effect: allow, match: {sftp: [stat, list, read], path: ["/etc/hostname"]}}
  - {id: never, effect: deny, message: "not from a job", match: {exec: [rm, "**"]}}
`;

const STEPS = [
  { name: "allowed", run: 'ssh -F "$GATE_SSH_CONFIG" bastion echo from-the-job' },
  { name: "denied", run: 'ssh -F "$GATE_SSH_CONFIG" bastion rm -rf /tmp/gate-nothing || echo "status $?"' },
  { name: "file", run: 'scp -F "$GATE_SSH_CONFIG" bastion:/etc/hostname copy && wc -c < copy' },
  { name: "git", run: 'git ls-remote bastion:/srv/none.git 2>&1 || echo "command $GIT_SSH_COMMAND"' },
  { name: "url", run: 'echo "url $GATE_BASTION_URL"; ls -l "$(dirname "$GATE_SSH_CONFIG")"' },
];

withSshd("a job over SSH", () => {
  const directory = scratch("ssh-job");
  const workspace = scratch("ssh-work");
  let server: SshServer;
  let world: World;
  const target = (): string => `  bastion:
    protocol: ssh
    address: 127.0.0.1:${server.port}
    host_key: "${server.fingerprint}"
    credential: {username: ${server.user}, private_key: "file:${server.clientKeyFile}"}
`;

  beforeAll(async () => {
    server = await startSshServer();
    world = await startWorld({
      directory: directory.path,
      policy: POLICY.replace("\nrules:", "\n  orders-db: {target: orders-db, rules: [none]}\nrules:\n  none: []"),
      existing: NO_DATABASE,
      targets: target(),
    });
  }, 60_000);

  afterAll(async () => {
    await world.stop();
    await server.stop();
    directory.remove();
    workspace.remove();
  }, 60_000);

  const expectJob = (job: Awaited<ReturnType<typeof connectJob>>): void => {
    expect(outcomes(job).filter((line) => !line.endsWith("success"))).toEqual([]);
    expect(logOf(job, "allowed")).toContain("from-the-job");
    expect(logOf(job, "denied")).toContain('gate: denied by rule "never": not from a job');
    expect(logOf(job, "denied")).toContain("status 126");
    expect(logOf(job, "file")).toMatch(/^\d+$/mu);
    expect(logOf(job, "git")).toContain("gate: denied by rule");
    expect(logOf(job, "git")).toContain("command ssh -F ");
    expect(logOf(job, "url")).toMatch(/url ssh:\/\/gate@127\.0\.0\.1:\d+/u);
    expect(logOf(job, "url")).toMatch(/^-rw-------.* bastion\.key$/mu);
    // Neither the target's key nor the endpoint's reaches a log.
    expect(job.log).not.toContain("PRIVATE KEY");
    const ran = server.ran();
    expect(ran.filter((line) => line.startsWith("echo"))).toEqual(["echo from-the-job"]);
    expect(ran.join("\n")).not.toMatch(/rm -rf|git-upload-pack/u);
  };

  test("through a gateway", async () => {
    server.ran();
    const job = await connectJob(world, workspace.path, STEPS);
    expectJob(job);
    const records = recordsOf(world, sessionOf(job));
    expect(records.filter(({ type }) => type === "verdict").length).toBeGreaterThanOrEqual(4);
    const bundle = await unpackNewest(world, directory.path);
    expect(await world.gate("verify", bundle, "--key", world.vkey)).toMatchObject({ code: 0 });
    expect(readFileSync(join(bundle, "records.ndjson"), "utf8")).toContain('"not from a job"');
  }, 120_000);

  test("through the embedded gate", async () => {
    server.ran();
    writeFileSync(
      join(workspace.path, "policy.yaml"),
      POLICY.replaceAll("issuer: github", `issuer: ${world.github.issuer}`),
    );
    const job = await connectJob(world, workspace.path, STEPS, {
      with: {
        gateway: "",
        "gateway-ca": "",
        "gateway-key": "",
        audience: "GATEWAY_URL",
        policy: "policy.yaml",
        targets: target().replaceAll(/^ {2}/gmu, "").replace(`file:${server.clientKeyFile}`, "env:BASTION_KEY"),
      },
      secrets: { BASTION_KEY: server.clientKey },
      connectEnv: { BASTION_KEY: "${{ secrets.BASTION_KEY }}" },
    });
    expectJob(job);
  }, 120_000);
});
