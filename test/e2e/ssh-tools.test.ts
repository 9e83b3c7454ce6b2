/** What deploy jobs use over SSH: rsync and git; large transfers, rekeying, slow readers. */
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "@jest/globals";
import type { ClientChannel } from "ssh2";
import { eventually } from "../../packages/testkit/src/conformance.ts";
import { PERMISSIVE, useSshServer, withSshd } from "./ssh-fixture.ts";

/** 1000 runs the gigabyte. */
const LARGE_MIB = Number(process.env["GATE_TEST_LARGE_MIB"] ?? 256);

withSshd("tools over SSH", () => {
  const fixture = useSshServer();
  let root = "";
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(fixture.folder, "work-")));
  });

  test("rsync brings a tree up, and only where the policy says", async () => {
    for (const folder of ["site", "site/sub", "srv", "srv/app"]) mkdirSync(join(root, folder));
    writeFileSync(join(root, "site/index.html"), "<p>one\n");
    writeFileSync(join(root, "site/sub/data"), randomBytes(100_000));
    const gate = await fixture.gate(`
rules:
  main:
  - {id: deploy, effect: allow, match: {exec: [rsync, "--server", "-*", "--delete", ".", "${root}/srv/app/*"]}}
  - {id: deploy2, effect: allow, match: {exec: [rsync, "--server", "-*", "--delete", ".", "${root}/srv/app/"]}}
`);
    const rsync = (to: string) =>
      gate.run("rsync", ["-a", "--delete", "-e", `ssh -F ${gate.config}`, `${root}/site/`, `target:${to}`]);
    expect(await rsync(`${root}/srv/app/`)).toMatchObject({ code: 0 });
    expect(readFileSync(join(root, "srv/app/index.html"), "utf8")).toBe("<p>one\n");
    expect(readFileSync(join(root, "srv/app/sub/data"))).toEqual(readFileSync(join(root, "site/sub/data")));
    const refused = await rsync(`${root}/srv/`);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('gate: denied by rule "default"');
    expect(readdirSync(join(root, "srv"))).toEqual(["app"]);
  });

  test("git clones, fetches and pushes with GIT_SSH_COMMAND", async () => {
    const repository = join(root, "shop.git");
    const git = (...args: string[]) => execFileSync("git", args, { stdio: "pipe" }).toString();
    git("init", "-q", "--bare", "-b", "main", repository);
    const gate = await fixture.gate(`
rules:
  main:
  - {id: git, effect: allow, match: {exec: [[git-upload-pack, "${repository}"], [git-receive-pack, "${repository}"]]}}
`);
    const run = (...args: string[]) =>
      gate.run("git", args, {
        env: { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@b", GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@b" },
      });
    expect(await run("clone", "-q", `target:${repository}`, `${root}/one`)).toMatchObject({ code: 0 });
    writeFileSync(join(root, "one/file"), "hello\n");
    expect(await run("-C", `${root}/one`, "add", "file")).toMatchObject({ code: 0 });
    expect(await run("-C", `${root}/one`, "commit", "-q", "-m", "first")).toMatchObject({ code: 0 });
    expect(await run("-C", `${root}/one`, "push", "-q", "origin", "HEAD:main")).toMatchObject({ code: 0 });
    expect(await run("clone", "-q", "-b", "main", `ssh://gate@target${repository}`, `${root}/two`)).toMatchObject({
      code: 0,
    });
    expect(readFileSync(join(root, "two/file"), "utf8")).toBe("hello\n");
    const other = await run("clone", "-q", `target:${root}/other.git`, `${root}/three`);
    expect(other.code).not.toBe(0);
    expect(other.stderr).toContain("gate: denied by rule");
  });

  test(`${LARGE_MIB} MiB go through in bounded memory, both ways, with new keys on the way`, async () => {
    const gate = await fixture.gate(PERMISSIVE);
    const flags = ["-F", gate.config, "-o", "RekeyLimit=32M"];
    const bytes = LARGE_MIB * 1024 * 1024;
    global.gc?.();
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 50);
    const before = process.memoryUsage().rss;
    const digest = (stdout: string): string => stdout.split(" ")[0] ?? "";
    const zeros = createHash("sha256");
    for (let mib = 0; mib < LARGE_MIB; mib += 1) zeros.update(Buffer.alloc(1024 * 1024));
    const expected = zeros.digest("hex");
    const down = await gate.run("sh", ["-c", `ssh ${flags.join(" ")} target head -c ${bytes} /dev/zero | sha256sum`], {
      timeoutMs: 240_000,
    });
    const up = await gate.run("sh", ["-c", `head -c ${bytes} /dev/zero | ssh ${flags.join(" ")} target sha256sum`], {
      timeoutMs: 240_000,
    });
    clearInterval(watch);
    expect(digest(down.stdout)).toBe(expected);
    expect(digest(up.stdout)).toBe(expected);
    expect(most - before).toBeLessThan(200 * 1024 * 1024);
  }, 600_000);

  test("a client with a huge window that stops reading does not fill the gateway", async () => {
    const gate = await fixture.gate(PERMISSIVE);
    const client = await gate.connect();
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      client.exec("yes", (error, opened) => (error === undefined ? resolve(opened) : reject(error)));
    });
    // What a client may say by the protocol: four gigabytes of window, then silence on the socket.
    const inside = channel as unknown as {
      outgoing: { id: number };
      _client: { _sock: { pause(): void }; _protocol: { channelWindowAdjust(id: number, amount: number): void } };
    };
    inside._client._protocol.channelWindowAdjust(inside.outgoing.id, 0xf000_0000);
    channel.resume();
    const before = process.memoryUsage().rss;
    inside._client._sock.pause();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
    client.destroy();
  });

  test("a client that sends beyond its window loses its connection, and that is on the record", async () => {
    const gate = await fixture.gate(`
rules:
  main:
  - {id: ask, effect: hold, approval: someone, match: {exec: [cat]}}
approvals:
  someone: {from: ["person:dana"], count: 1, timeout: 1m}
`);
    const client = await gate.connect();
    const closed = new Promise<void>((resolve) => client.on("close", () => resolve()));
    client.exec("cat", (_error, channel) => {
      const inside = channel as unknown as {
        outgoing: { id: number };
        _client: { _protocol: { channelData(id: number, data: Buffer): void } };
      };
      for (let sent = 0; sent < 8 * 1024 * 1024; sent += 32_000) {
        inside._client._protocol.channelData(inside.outgoing.id, Buffer.alloc(32_000));
      }
    });
    await closed;
    await eventually(async () =>
      (await gate.entries()).some((entry) => entry.type === "note" && entry.detail["code"] === "WINDOW"),
    );
    // Nothing of it was forwarded: the command still waits, or has been withdrawn with its client.
    expect((await gate.entries()).filter((entry) => entry.type === "result")).toEqual([]);
  });
});
