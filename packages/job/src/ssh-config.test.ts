import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { generateOpensshKey } from "@gate/protocols/ssh/keys";
import { sshCommand, writeSshConfig, type KeyedEndpoint } from "./ssh-config.ts";
import { suiteWith } from "../../testkit/src/parts.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "gate it's % "));
});
afterEach(() => rmSync(directory, { recursive: true }));

const host = generateOpensshKey();
function endpoint(grant: string, port: number): KeyedEndpoint {
  return {
    info: { grant, host: "127.0.0.1", port, user: "gate", hostKey: host.publicLine },
    clientKey: generateOpensshKey().privateFile,
  };
}

test("a session without such endpoints has no configuration", () => {
  const { info } = endpoint("orders-db", 1);
  expect(writeSshConfig(directory, [{ info }])).toBeUndefined();
  expect(existsSync(join(directory, "ssh"))).toBe(false);
});

test("keys and configuration are readable by their user only", () => {
  writeSshConfig(directory, [endpoint("bastion", 1)]);
  expect(statSync(join(directory, "ssh")).mode & 0o777).toBe(0o700);
  for (const name of ["config", "known_hosts", "bastion.key"]) {
    expect(statSync(join(directory, "ssh", name)).mode & 0o777).toBe(0o600);
  }
  expect(readFileSync(join(directory, "ssh/known_hosts"), "utf8")).toBe(`gate-bastion ${host.publicLine}\n`);
});

const withClient = suiteWith(existsSync("/usr/bin/ssh"), "the package openssh-client");
withClient("what OpenSSH's client makes of it", () => {
  const settings = (file: string, name: string): Map<string, string> => {
    const shown = execFileSync("ssh", ["-G", "-F", file, name], { stdio: ["ignore", "pipe", "ignore"] }).toString();
    return new Map(shown.split("\n").map((line) => [line.split(" ", 1)[0] ?? "", line.slice(line.indexOf(" ") + 1)]));
  };

  test("each grant is a host with its own port, key and pinned host key", () => {
    const file = writeSshConfig(directory, [endpoint("bastion", 2201), endpoint("git.mirror", 2202)]) ?? "";
    const bastion = settings(file, "bastion");
    expect(bastion.get("hostname")).toBe("127.0.0.1");
    expect(bastion.get("port")).toBe("2201");
    expect(bastion.get("user")).toBe("gate");
    expect(bastion.get("stricthostkeychecking")).toBe("true");
    expect(bastion.get("identitiesonly")).toBe("yes");
    expect(bastion.get("ciphers")).toMatch(/^aes128-gcm@openssh\.com,/u);
    expect(bastion.get("hostkeyalias")).toBe("gate-bastion");
    expect(bastion.get("identityfile")).toBe(join(directory, "ssh", "bastion.key").replace("%", "%%"));
    expect(settings(file, "git.mirror").get("port")).toBe("2202");
    expect(settings(file, "git@git.mirror").get("user")).toBe("git");
  });

  test("other hosts keep their own settings", () => {
    const file = writeSshConfig(directory, [endpoint("bastion", 2201)]) ?? "";
    const other = settings(file, "example.org");
    expect(other.get("hostname")).toBe("example.org");
    expect(other.get("port")).toBe("22");
    expect(other.get("stricthostkeychecking")).toBe("ask");
  });

  test("the command for git survives the shell, whatever the directory is called", () => {
    const file = writeSshConfig(directory, [endpoint("bastion", 2201)]) ?? "";
    const { stdout } = spawnSync("sh", ["-c", `${sshCommand(file)} -G bastion`], { encoding: "utf8" });
    expect(stdout).toContain("\nport 2201\n");
  });
});
