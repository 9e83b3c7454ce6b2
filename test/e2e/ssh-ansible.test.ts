/** Ansible through the gate, with its own ways of running commands; and a host behind the target, by ProxyJump. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "@jest/globals";
import { suiteWith } from "../../packages/testkit/src/parts.ts";
import { sshInstalled, startSshServer } from "../../packages/testkit/src/ssh-server.ts";
import { useSshServer, withSshd, type SshGate } from "./ssh-fixture.ts";

const ANSIBLE = ["/usr/bin/ansible", "/usr/local/bin/ansible"].find((path) => existsSync(path));
const PYTHON = "/usr/bin/python3";

suiteWith(ANSIBLE !== undefined && sshInstalled(), "the packages ansible-core and openssh-server")(
  "Ansible over SSH",
  () => {
    const fixture = useSshServer();
    let root = "";
    beforeEach(() => {
      root = realpathSync(mkdtempSync(join(fixture.folder, "work-")));
      mkdirSync(join(root, "srv"));
    });

    /** What docs/ssh.md shows, for folders of the test. */
    const policy = (): string => `
rules:
  main:
  - id: ansible
    effect: allow
    match:
      exec:
      - [/bin/sh, "-c", "**"]
      - [umask, "77"]
      - [mkdir, "-p", "${root}/tmp"]
      - [mkdir, "${root}/tmp/ansible-tmp-*"]
      - [echo, "ansible-tmp-*=${root}/tmp/ansible-tmp-*"]
      - [chmod, u+x, "${root}/tmp/ansible-tmp-*", "${root}/tmp/ansible-tmp-*"]
      - [${PYTHON}, "${root}/tmp/ansible-tmp-*"]
      - [rm, "-f", "-r", "${root}/tmp/ansible-tmp-*"]
      - [sleep, "0"]
  - {id: files, effect: allow, match: {sftp: ["*"], path: ["${root}/tmp", "${root}/tmp/**"]}}
`;

    const ansible = (gate: SshGate, ...args: string[]) =>
      gate.run(ANSIBLE ?? "", ["-i", "target,", "all", ...args], {
        timeoutMs: 80_000,
        env: {
          HOME: root,
          LANG: "C.UTF-8",
          LC_ALL: "C.UTF-8",
          ANSIBLE_SSH_ARGS: `-F ${gate.config}`,
          ANSIBLE_REMOTE_TMP: `${root}/tmp`,
          ANSIBLE_LOCAL_TEMP: `${root}/local`,
          ANSIBLE_PYTHON_INTERPRETER: PYTHON,
          ANSIBLE_NOCOLOR: "1",
        },
      });

    test("modules run, files are copied, and each command is on the record", async () => {
      const gate = await fixture.gate(policy());
      const ping = await ansible(gate, "-m", "ping");
      expect(ping).toMatchObject({ code: 0, stdout: expect.stringContaining("SUCCESS") });
      writeFileSync(join(root, "app.conf"), "port = 1\n");
      const copied = await ansible(gate, "-m", "copy", "-a", `src=${root}/app.conf dest=${root}/srv/app.conf`);
      expect(copied).toMatchObject({ code: 0, stdout: expect.stringContaining("CHANGED") });
      expect(readFileSync(join(root, "srv/app.conf"), "utf8")).toBe("port = 1\n");
      const verdicts = (await gate.entries()).filter((entry) => entry.type === "verdict");
      expect(verdicts.map(({ verdict }) => verdict)).not.toContain("deny");
      expect(verdicts.some(({ command }) => command.text.includes("AnsiballZ_ping.py"))).toBe(true);
    });

    test("a command that no rule names is refused, inside of the shell's text too", async () => {
      const gate = await fixture.gate(policy());
      const raw = await ansible(gate, "-m", "raw", "-a", `touch ${root}/srv/mark`);
      expect(raw.code).not.toBe(0);
      expect(raw.stdout).toContain("gate: denied by rule");
      const shell = await gate.ssh([`/bin/sh -c 'umask 77 && touch ${root}/srv/mark'`]);
      expect(shell.code).toBe(126);
      expect(existsSync(join(root, "srv/mark"))).toBe(false);
    });
  },
);

withSshd("a host behind the target", () => {
  const fixture = useSshServer({ config: ["AllowTcpForwarding yes"] });

  test("is reached with ProxyJump where the policy names its address", async () => {
    const inner = await startSshServer();
    try {
      const gate = await fixture.gate(`
rules:
  main:
  - {id: app, effect: allow, match: {forward: ["127.0.0.1:${inner.port}"]}}
`);
      const known = join(fixture.folder, "inner_known_hosts");
      writeFileSync(known, inner.hostKeyLines.map((line) => `[127.0.0.1]:${inner.port} ${line}\n`).join(""));
      const jump = (port: number) =>
        gate.run("ssh", [
          ...["-F", gate.config, "-J", "target", "-p", String(port), "-i", inner.clientKeyFile],
          ...["-o", `UserKnownHostsFile=${known}`, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"],
          `${inner.user}@127.0.0.1`,
          "echo",
          "behind",
        ]);
      expect(await jump(inner.port)).toMatchObject({ code: 0, stdout: "behind\n" });
      expect(inner.ran()).toEqual(["echo behind"]);
      const other = await jump(fixture.server.port);
      expect(other.code).toBe(255);
      expect(other.stderr).toContain('gate: denied by rule "default"');
      const verdicts = (await gate.entries()).filter((entry) => entry.type === "verdict");
      expect(verdicts.map(({ command }) => command.text)).toEqual([
        `forward 127.0.0.1:${inner.port}`,
        `forward 127.0.0.1:${fixture.server.port}`,
      ]);
    } finally {
      await inner.stop();
    }
  });
});
