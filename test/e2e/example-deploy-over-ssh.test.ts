/**
 * examples/workflows/deploy-over-ssh.yml with examples/policies/deploy-over-ssh.yaml, by rsync, ssh and scp on a real
 * sshd. Needs Debian's openssh and rsync, and dist/.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startSshServer, type SshServer } from "../../packages/testkit/src/ssh-server.ts";
import { ROOT, startWorld, type World } from "../world.ts";
import { exampleJob, logOf, NO_DATABASE, scratch, unpackNewest } from "./action-job.ts";
import { withSshd } from "./ssh-fixture.ts";

const RUN_MS = 120_000;

withSshd("the example of a deploy over SSH", () => {
  const directory = scratch("deploy-over-ssh");
  const at = (path: string): string => join(directory.path, path);
  /** The host's folders are below one of the test's own: sshd runs as whoever runs the tests. */
  const onHost = (text: string): string =>
    text.replaceAll("/srv/app/", at("host/srv/app/")).replaceAll("/var/log/app/", at("host/var/log/app/"));
  let ssh: SshServer;
  let world: World;

  beforeAll(async () => {
    for (const folder of ["workspace/site", "host/srv/app", "host/var/log/app", "host/bin"]) {
      mkdirSync(at(folder), { recursive: true });
    }
    writeFileSync(at("workspace/site/index.html"), "<h1>new</h1>");
    writeFileSync(at("host/srv/app/old.html"), "old");
    writeFileSync(at("host/var/log/app/today.log"), "started at nine\n");
    writeFileSync(at("host/bin/systemctl"), '#!/bin/sh\necho "systemctl was asked: $*"\n');
    chmodSync(at("host/bin/systemctl"), 0o755);
    ssh = await startSshServer({ config: [`SetEnv PATH=${at("host/bin")}:/usr/bin:/bin`] });
    world = await startWorld({
      directory: at("gateway"),
      policy: onHost(readFileSync(join(ROOT, "examples/policies/deploy-over-ssh.yaml"), "utf8")).replace(
        "https://gate.acme.dev",
        "GATEWAY_URL",
      ),
      existing: NO_DATABASE,
      targets: `  bastion:
    protocol: ssh
    address: 127.0.0.1:${ssh.port}
    host_key: "${ssh.fingerprint}"
    credential: {username: ${ssh.user}, private_key: "file:${ssh.clientKeyFile}"}
`,
    });
  }, RUN_MS);

  afterAll(async () => {
    await world?.stop();
    await ssh?.stop();
    directory.remove();
  }, RUN_MS);

  test(
    "brings the site up, looks at the service, fetches the log, and leaves a record that verifies",
    async () => {
      const job = await exampleJob(world, {
        workflow: "deploy-over-ssh.yml",
        edit: onHost,
        workspace: at("workspace"),
        timeoutMs: RUN_MS / 2,
      });
      expect(job.steps.filter(({ outcome }) => outcome !== "success").map(({ log }) => log)).toEqual([]);
      expect(readFileSync(at("host/srv/app/index.html"), "utf8")).toBe("<h1>new</h1>");
      expect(existsSync(at("host/srv/app/old.html"))).toBe(false);
      expect(logOf(job, "Look at the service")).toContain("systemctl was asked: status app");
      expect(readFileSync(at("workspace/today.log"), "utf8")).toBe("started at nine\n");
      const ran = ssh.ran();
      expect(ran.filter((line) => /^(?:rsync|systemctl) /u.test(line))).toEqual([
        `rsync --server -logDtpre.iLsfxCIvu --delete . ${at("host/srv/app/")}`,
        "systemctl status app",
      ]);
      const bundle = await unpackNewest(world, directory.path);
      expect(await world.gate("verify", bundle, "--key", world.vkey)).toMatchObject({ code: 0 });
    },
    RUN_MS,
  );
});
