/**
 * A job that deploys over SSH: connect gives it GATE_SSH_CONFIG and GIT_SSH_COMMAND, through a gateway and through the
 * embedded gate. Needs dist/ and Debian's openssh packages.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import https from "node:https";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { eventually } from "../../packages/testkit/src/conformance.ts";
import { startSshServer, type SshServer } from "../../packages/testkit/src/ssh-server.ts";
import { startWorld, type World } from "../world.ts";
import { connectJob, logOf, NO_DATABASE, outcomes, recordsOf, scratch, sessionOf, unpackNewest } from "./action-job.ts";
import { withSshd } from "./ssh-fixture.ts";

const LARGE_BYTES = 48_000_000;

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
  - {id: bulk, effect: allow, match: {exec: [[head, "-c", "*", /dev/zero], [sha256sum]]}}
  - {id: logs, effect: allow, match: {sftp: [stat, list, read], path: ["/etc/hostname"]}}
  - {id: tty, effect: allow, match: {shell: true}}
  - {id: never, effect: deny, message: "not from a job", match: {exec: [rm, "**"]}}
`;

const STEPS = [
  { name: "allowed", run: 'ssh -F "$GATE_SSH_CONFIG" bastion echo from-the-job' },
  { name: "denied", run: 'ssh -F "$GATE_SSH_CONFIG" bastion rm -rf /tmp/gate-nothing || echo "status $?"' },
  { name: "file", run: 'scp -F "$GATE_SSH_CONFIG" bastion:/etc/hostname copy && wc -c < copy' },
  { name: "down", run: `ssh -F "$GATE_SSH_CONFIG" bastion head -c ${LARGE_BYTES} /dev/zero | sha256sum` },
  { name: "up", run: `head -c ${LARGE_BYTES} /dev/zero | ssh -F "$GATE_SSH_CONFIG" bastion sha256sum` },
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
  }, 120_000);

  afterAll(async () => {
    await world.stop();
    await server.stop();
    directory.remove();
    workspace.remove();
  }, 120_000);

  const expectJob = (job: Awaited<ReturnType<typeof connectJob>>): void => {
    expect(outcomes(job).filter((line) => !line.endsWith("success"))).toEqual([]);
    expect(logOf(job, "allowed")).toContain("from-the-job");
    expect(logOf(job, "denied")).toContain('gate: denied by rule "never": not from a job');
    expect(logOf(job, "denied")).toContain("status 126");
    expect(logOf(job, "file")).toMatch(/^\d+$/mu);
    const digest = createHash("sha256").update(Buffer.alloc(LARGE_BYTES)).digest("hex");
    expect(logOf(job, "down")).toContain(digest);
    expect(logOf(job, "up")).toContain(digest);
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

  test("a person follows a terminal while it is open, and ends it", async () => {
    const token = join(directory.path, "token");
    writeFileSync(
      token,
      world.github.openJob({ eventName: "push", environment: "production" }).subjectToken(world.url),
    );
    const file = join(directory.path, "ca.pem");
    writeFileSync(file, world.ca ?? "");
    // A pipe that stays open without a process that would have to be ended.
    const pipe = join(directory.path, "typed");
    const shell = `mkfifo ${pipe}; exec 3<>${pipe}; echo 'echo from-$((40 + 2))' >&3; ssh -tt -F "$GATE_SSH_CONFIG" bastion <${pipe}`;
    const options = ["--gateway", world.url, "--ca", file, "--grants", "bastion", "--token-file", token];
    const job = world.gate("connect", ...options, "--", "sh", "-c", shell);
    let session = "";
    let terminal: string | undefined;
    await eventually(async () => {
      const { stdout } = await world.gate("sessions", "list", "--json", ...world.asApprover("alice"));
      session = (stdout === "" ? [] : (JSON.parse(stdout) as { id: string }[]))[0]?.id ?? "";
      if (session === "") return false;
      const { terminals } = JSON.parse(await asPerson(`/v1/sessions/${session}/terminals`)) as {
        terminals: { name: string }[];
      };
      terminal = terminals[0]?.name;
      return terminal !== undefined;
    });
    const events = `/v1/sessions/${session}/terminals/${terminal ?? ""}/events`;
    const followed = asPerson(events, async (text) => {
      if (!text.includes("from-42")) return false;
      // What was typed has been seen while the terminal is open: enough, it is ended from here.
      await world.gate("sessions", "revoke", session, ...world.asApprover("alice"));
      return true;
    });
    const text = await followed;
    const messages = [...text.matchAll(/^data: (.*)$/gmu)].map((match) => JSON.parse(match[1] ?? "") as unknown);
    expect(messages[0]).toMatchObject({ version: 2, width: 80, height: 24, command: "login shell" });
    expect(messages).toContainEqual([expect.any(Number), "i", expect.stringContaining("echo from-$((40 + 2))")]);
    expect(text).toMatch(/event: done\ndata: \{\}\n\n$/u);
    expect((await job).stderr).toContain("gate: the session has ended: revoked by alice");
    expect(await world.gate("verify", join(world.directory, "recordings", session), "--key", world.vkey)).toMatchObject(
      {
        code: 0,
      },
    );
  }, 120_000);

  /** A request of alice; `seen` is told all that came so far, until it says that this was it. */
  function asPerson(path: string, seen?: (text: string) => Promise<boolean>): Promise<string> {
    const token = readFileSync(join(world.directory, "alice.token"), "utf8").trim();
    return new Promise((resolve, reject) => {
      const request = https.get(
        new URL(path, world.url),
        { ca: world.ca, headers: { authorization: `Bearer ${token}` }, agent: false },
        (response) => {
          let text = "";
          let waiting = seen;
          response.on("data", (chunk: Buffer) => {
            text += chunk.toString();
            const ask = waiting;
            waiting = undefined;
            void ask?.(text).then((enough) => (waiting = enough ? undefined : ask));
          });
          response.on("end", () => resolve(text));
        },
      );
      request.on("error", reject);
    });
  }

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
