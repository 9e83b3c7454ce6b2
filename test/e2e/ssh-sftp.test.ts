/** SFTP with OpenSSH's clients and server: operations and canonical paths, refusals, digests, tricks. */
import { createHash, randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import type { SFTPWrapper } from "ssh2";
import { eventually } from "../../packages/testkit/src/conformance.ts";
import { PERMISSIVE, useSshServer, withSshd, type SshGate } from "./ssh-fixture.ts";

withSshd("SFTP", () => {
  const fixture = useSshServer();
  let root = "";
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(fixture.folder, "files-")));
    mkdirSync(join(root, "pub"));
    mkdirSync(join(root, "private"));
    writeFileSync(join(root, "pub/a.txt"), "alpha\n");
    writeFileSync(join(root, "private/key"), "secret\n");
    symlinkSync(join(root, "private"), join(root, "pub/out"));
  });
  /** Everything below pub, nothing else. */
  const policy = (): string => `
rules:
  main:
  - {id: pub, effect: allow, match: {sftp: ["*"], path: ["${root}/pub", "${root}/pub/**"]}}
  - {id: keep, effect: deny, message: "private stays private", match: {path: "${root}/private/**"}}
`;
  const batch = (gate: SshGate, ...lines: string[]) =>
    gate.run("sftp", ["-F", gate.config, "-b", "-", "target"], { input: `${lines.join("\n")}\n` });

  test("files go both ways, and the record has their sizes and digests", async () => {
    const gate = await fixture.gate(policy());
    const content = randomBytes(300_000);
    writeFileSync(join(root, "local"), content);
    const answer = await batch(
      gate,
      `put ${root}/local ${root}/pub/b.bin`,
      `get ${root}/pub/b.bin ${root}/back`,
      `ls ${root}/pub`,
    );
    expect(answer.stderr).toBe("");
    expect(answer.code).toBe(0);
    expect(readFileSync(join(root, "pub/b.bin")).equals(content)).toBe(true);
    expect(readFileSync(join(root, "back")).equals(content)).toBe(true);
    const sha256 = createHash("sha256").update(content).digest("hex");
    await eventually(async () => (await transfers(gate)).length === 2);
    expect(await transfers(gate)).toEqual([
      expect.objectContaining({
        path: `${root}/pub/b.bin`,
        writtenBytes: 300_000,
        writtenSha256: sha256,
        writtenInOrder: true,
      }),
      expect.objectContaining({ path: `${root}/pub/b.bin`, readBytes: 300_000, readSha256: sha256, readInOrder: true }),
    ]);
  });

  test("scp works in both of its forms", async () => {
    const gate = await fixture.gate(
      `${policy()}  - {id: scp, effect: allow, match: {exec: [[scp, "-f", "${root}/pub/*"], [scp, "-t", "${root}/pub/*"]]}}\n`,
    );
    const scp = (...args: string[]) => gate.run("scp", ["-F", gate.config, ...args]);
    expect(await scp(`target:${root}/pub/a.txt`, `${root}/one`)).toMatchObject({ code: 0 });
    expect(await scp("-O", `target:${root}/pub/a.txt`, `${root}/two`)).toMatchObject({ code: 0 });
    expect(await scp(`${root}/one`, `target:${root}/pub/c.txt`)).toMatchObject({ code: 0 });
    expect(await scp("-O", `${root}/one`, `target:${root}/pub/d.txt`)).toMatchObject({ code: 0 });
    for (const name of ["one", "two", "pub/c.txt", "pub/d.txt"])
      expect(readFileSync(join(root, name), "utf8")).toBe("alpha\n");
    // `~` is expanded by the target, then judged.
    const home = await scp("target:~/../nonexistent-file-of-gate", `${root}/home`);
    expect(home.code).not.toBe(0);
    expect(home.stderr).toContain('gate: denied by rule "default"');
    const refused = await scp("-O", `target:${root}/private/key`, `${root}/three`);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain("gate: denied by rule");
    const denied = await scp(`target:${root}/private/key`, `${root}/three`);
    expect(denied.code).not.toBe(0);
    expect(denied.stderr).toContain('gate: denied by rule "keep": private stays private');
    expect(existsSync(join(root, "three"))).toBe(false);
  });

  test("a refused operation is SSH_FX_PERMISSION_DENIED with the rule, and the session goes on", async () => {
    const gate = await fixture.gate(policy());
    const files = await open(gate);
    await expect(done((cb) => files.readFile(`${root}/private/key`, cb))).rejects.toMatchObject({
      code: 3,
      message: expect.stringContaining('gate: denied by rule "keep": private stays private'),
    });
    await expect(done((cb) => files.readFile(`${root}/elsewhere`, cb))).rejects.toMatchObject({
      code: 3,
      message: expect.stringContaining('gate: denied by rule "default"'),
    });
    expect(String(await done((cb) => files.readFile(`${root}/pub/a.txt`, cb)))).toBe("alpha\n");
  });

  describe("a path is what the target makes of it", () => {
    test.each([
      ["..", (at: string) => `${at}/pub/../private/key`],
      ["a link to a directory", (at: string) => `${at}/pub/out/key`],
      ["a link and ..", (at: string) => `${at}/pub/out/../private/key`],
      ["doubled slashes and dots", (at: string) => `${at}//pub/.//../private/./key`],
    ])("through %s", async (_what, given) => {
      const gate = await fixture.gate(policy());
      const files = await open(gate);
      await expect(done((cb) => files.readFile(given(root), cb))).rejects.toMatchObject({ code: 3 });
      await expect(done((cb) => files.stat(given(root), cb))).rejects.toMatchObject({ code: 3 });
      await expect(done((cb) => files.unlink(given(root), cb))).rejects.toMatchObject({ code: 3 });
      await expect(done((cb) => files.setstat(given(root), { mode: 0o777 }, cb))).rejects.toMatchObject({ code: 3 });
      expect(readFileSync(join(root, "private/key"), "utf8")).toBe("secret\n");
      expect(
        fixture.server.ran().filter((line) => /^(?:open|close|remove|set|mkdir|rename|symlink|hardlink)\b/u.test(line)),
      ).toEqual([]);
    });
  });

  test("rename, posix-rename, hard links and links count with both of their paths", async () => {
    const gate = await fixture.gate(policy());
    const files = await open(gate);
    const denied = { code: 3 };
    await expect(done((cb) => files.rename(`${root}/pub/a.txt`, `${root}/private/a`, cb))).rejects.toMatchObject(
      denied,
    );
    await expect(done((cb) => files.rename(`${root}/private/key`, `${root}/pub/key`, cb))).rejects.toMatchObject(
      denied,
    );
    await expect(
      done((cb) => files.ext_openssh_rename(`${root}/private/key`, `${root}/pub/key`, cb)),
    ).rejects.toMatchObject(denied);
    await expect(
      done((cb) => files.ext_openssh_rename(`${root}/pub/a.txt`, `${root}/pub/out/a`, cb)),
    ).rejects.toMatchObject(denied);
    await expect(
      done((cb) => files.ext_openssh_hardlink(`${root}/private/key`, `${root}/pub/hard`, cb)),
    ).rejects.toMatchObject(denied);
    // The order of a link's two texts is OpenSSH's, whose client is used for it.
    for (const text of [`${root}/private/key`, "../private/key", "out/key"]) {
      expect(await batch(gate, `ln -s ${text} ${root}/pub/soft`)).toMatchObject({ code: 1 });
    }
    expect(readdirSync(join(root, "private"))).toEqual(["key"]);
    expect(readdirSync(join(root, "pub")).sort()).toEqual(["a.txt", "out"]);

    await done((cb) => files.ext_openssh_hardlink(`${root}/pub/a.txt`, `${root}/pub/hard`, cb));
    expect(await batch(gate, `ln -s a.txt ${root}/pub/soft`)).toMatchObject({ code: 0 });
    await done((cb) => files.ext_openssh_rename(`${root}/pub/hard`, `${root}/pub/b.txt`, cb));
    await done((cb) => files.rename(`${root}/pub/soft`, `${root}/pub/softer`, cb));
    expect(readdirSync(join(root, "pub")).sort()).toEqual(["a.txt", "b.txt", "out", "softer"]);
    expect(readlinkSync(join(root, "pub/softer"))).toBe("a.txt");
  });

  test("directories, attributes and the file system's size work where they are allowed", async () => {
    const gate = await fixture.gate(policy());
    const answer = await batch(
      gate,
      `mkdir ${root}/pub/dir`,
      `put ${root}/pub/a.txt ${root}/pub/dir/x`,
      `chmod 600 ${root}/pub/dir/x`,
      `rename ${root}/pub/dir/x ${root}/pub/dir/y`,
      `ln ${root}/pub/dir/y ${root}/pub/dir/z`,
      `ls -l ${root}/pub/dir`,
      `df ${root}/pub`,
      `rm ${root}/pub/dir/y`,
      `rm ${root}/pub/dir/z`,
      `rmdir ${root}/pub/dir`,
    );
    expect(answer.stderr).toBe("");
    expect(answer.code).toBe(0);
    expect(existsSync(join(root, "pub/dir"))).toBe(false);
  });

  test("a read-only grant reads, lists and looks, and changes nothing", async () => {
    const gate = await fixture.gate(`
rules:
  main:
  - {id: logs, effect: allow, match: {sftp: [stat, list, read], path: ["${root}/pub", "${root}/pub/**"]}}
`);
    const files = await open(gate);
    expect(String(await done((cb) => files.readFile(`${root}/pub/a.txt`, cb)))).toBe("alpha\n");
    const names = (await done((cb) => files.readdir(`${root}/pub`, cb))) as { filename: string }[];
    expect(names.map(({ filename }) => filename)).toContain("a.txt");
    const denied = { code: 3 };
    await expect(done((cb) => files.writeFile(`${root}/pub/a.txt`, "x", cb))).rejects.toMatchObject(denied);
    // Opened for reading, but emptied: what OpenSSH's server does with these flags.
    await expect(done((cb) => files.open(`${root}/pub/a.txt`, 1 | 16, cb))).rejects.toMatchObject(denied);
    await expect(done((cb) => files.open(`${root}/pub/new`, 8, cb))).rejects.toMatchObject(denied);
    await expect(done((cb) => files.unlink(`${root}/pub/a.txt`, cb))).rejects.toMatchObject(denied);
    await expect(done((cb) => files.setstat(`${root}/pub/a.txt`, { size: 0 }, cb))).rejects.toMatchObject(denied);
    const handle = (await done((cb) => files.open(`${root}/pub/a.txt`, "r", cb))) as Buffer;
    await expect(done((cb) => files.write(handle, Buffer.from("x"), 0, 1, 0, cb))).rejects.toMatchObject(denied);
    await expect(done((cb) => files.fsetstat(handle, { mode: 0o777 }, cb))).rejects.toMatchObject(denied);
    await done((cb) => files.close(handle, cb));
    expect(readFileSync(join(root, "pub/a.txt"), "utf8")).toBe("alpha\n");
    await eventually(async () =>
      (await gate.entries()).some((entry) => entry.type === "verdict" && entry.verdict === "deny"),
    );
  });

  test("a handle that was not given out is refused, and so is one that was closed", async () => {
    const gate = await fixture.gate(policy());
    const files = await open(gate);
    const denied = { code: 3, message: "gate: no such handle" };
    await expect(
      done((cb) => files.read(Buffer.from([0, 0, 0, 0]), Buffer.alloc(4), 0, 4, 0, cb)),
    ).rejects.toMatchObject(denied);
    const handle = (await done((cb) => files.open(`${root}/pub/a.txt`, "r", cb))) as Buffer;
    await done((cb) => files.close(handle, cb));
    await expect(done((cb) => files.read(handle, Buffer.alloc(4), 0, 4, 0, cb))).rejects.toMatchObject(denied);
  });

  test("a held operation waits without harm to the session, and runs once", async () => {
    const gate = await fixture.gate(`
rules:
  main:
  - {id: ask, effect: hold, approval: someone, match: {sftp: [remove], path: "${root}/pub/**"}}
  - {id: see, effect: allow, match: {sftp: [stat, list], path: ["${root}/pub", "${root}/pub/**"]}}
approvals:
  someone: {from: ["person:dana"], count: 1, timeout: 1m}
`);
    const files = await open(gate);
    const removed = done((cb) => files.unlink(`${root}/pub/a.txt`, cb));
    const hold = await gate.pendingHold();
    expect(hold.commandText).toBe(`sftp remove ${root}/pub/a.txt`);
    expect(existsSync(join(root, "pub/a.txt"))).toBe(true);
    await gate.vote("approve");
    await removed;
    expect(existsSync(join(root, "pub/a.txt"))).toBe(false);
    await done((cb) => files.stat(`${root}/pub`, cb));
  });

  test("a link that is moved while an operation is held does not take the approval with it", async () => {
    const gate = await fixture.gate(`
rules:
  main:
  - {id: ask, effect: hold, approval: someone, match: {sftp: [read], path: "${root}/pub/**"}}
  - {id: see, effect: allow, match: {sftp: [stat], path: "**"}}
approvals:
  someone: {from: ["person:dana"], count: 1, timeout: 1m}
`);
    symlinkSync(join(root, "pub/a.txt"), join(root, "pub/current"));
    const files = await open(gate);
    const read = done((cb) => files.open(`${root}/pub/current`, "r", cb));
    const hold = await gate.pendingHold();
    expect(hold.commandText).toContain(`${root}/pub/a.txt`);
    rmSync(join(root, "pub/current"));
    symlinkSync(join(root, "private/key"), join(root, "pub/current"));
    await gate.vote("approve");
    await expect(read).rejects.toMatchObject({ code: 3, message: expect.stringContaining("has changed") });
    expect(fixture.server.ran().filter((line) => line.startsWith("open "))).toEqual([]);
  });

  test("packets that are cut anywhere over CHANNEL_DATA are read as one", async () => {
    const gate = await fixture.gate(policy());
    const client = await gate.connect();
    const answers = await new Promise<Buffer>((resolve, reject) => {
      client.subsys("sftp", (error, channel) => {
        if (error !== undefined) return reject(error);
        const packet = (type: number, id: number, ...strings: string[]): Buffer => {
          const body = Buffer.concat([
            Buffer.from([type]),
            uint32(id),
            ...strings.flatMap((text) => [uint32(Buffer.byteLength(text)), Buffer.from(text)]),
          ]);
          return Buffer.concat([uint32(body.length), body]);
        };
        const all = Buffer.concat([
          Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 3]),
          packet(17, 1, `${root}/pub/../private/key`),
          packet(13, 2, `${root}/pub/out/key`),
          packet(17, 3, `${root}/pub/a.txt`),
        ]);
        let seen = Buffer.alloc(0);
        channel.on("data", (chunk: Buffer) => {
          seen = Buffer.concat([seen, chunk]);
          if (packetsOf(seen).length === 4) resolve(seen);
        });
        let at = 0;
        const next = (): void => {
          if (at >= all.length) return;
          channel.write(all.subarray(at, at + 1));
          at += 1;
          setImmediate(next);
        };
        next();
      });
    });
    const [version, first, second, third] = packetsOf(answers);
    expect(version?.[0]).toBe(2);
    expect([first?.[0], first?.readUInt32BE(1), first?.readUInt32BE(5)]).toEqual([101, 1, 3]);
    expect([second?.[0], second?.readUInt32BE(1), second?.readUInt32BE(5)]).toEqual([101, 2, 3]);
    expect([third?.[0], third?.readUInt32BE(1)]).toEqual([105, 3]);
    expect(existsSync(join(root, "private/key"))).toBe(true);
  });

  test("an unknown extension and a malformed packet are answered, a packet over the bound ends the session", async () => {
    const gate = await fixture.gate(policy());
    const client = await gate.connect();
    const codes = await new Promise<(number | undefined)[]>((resolve, reject) => {
      client.subsys("sftp", (error, channel) => {
        if (error !== undefined) return reject(error);
        let seen = Buffer.alloc(0);
        channel.on("data", (chunk: Buffer) => {
          seen = Buffer.concat([seen, chunk]);
          if (packetsOf(seen).length === 3) channel.write(uint32(10_000_000));
        });
        channel.on("close", () =>
          resolve(
            packetsOf(seen)
              .slice(1)
              .map((packet) => packet.readUInt32BE(5)),
          ),
        );
        channel.stderr.resume();
        const name = Buffer.from("check-file@example.com");
        channel.write(Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 3]));
        channel.write(
          Buffer.concat([uint32(9 + name.length), Buffer.from([200]), uint32(1), uint32(name.length), name]),
        );
        channel.write(Buffer.from([0, 0, 0, 6, 17, 0, 0, 0, 2, 0]));
      });
    });
    expect(codes).toEqual([8, 5]);
    await eventually(async () =>
      (await gate.entries()).some((entry) => entry.type === "note" && entry.detail["code"] === "PACKET_TOO_LARGE"),
    );
  });

  test("what a grant with masks cannot mask in a file is refused", async () => {
    const gate = await fixture.gate(`${policy()}masks:\n  pii: [{detect: [email], action: redact}]\n`, {
      grantKeys: "masks: [pii]",
    });
    const files = await open(gate);
    await expect(done((cb) => files.readFile(`${root}/pub/a.txt`, cb))).rejects.toMatchObject({
      code: 3,
      message: expect.stringContaining('gate: denied by rule "obligation"'),
    });
    await done((cb) => files.writeFile(`${root}/pub/new`, "x", cb));
  });

  test("a limit on result bytes ends the reading of a file", async () => {
    writeFileSync(join(root, "pub/big"), Buffer.alloc(200_000));
    const gate = await fixture.gate(`${policy()}limits:\n  small: {bytes: 64KiB}\n`, { grantKeys: "limits: small" });
    const answer = await batch(gate, `get ${root}/pub/big ${root}/copy`);
    expect(answer.code).toBe(1);
  });

  test("rsync-like bursts of requests on many files all arrive", async () => {
    for (let index = 0; index < 300; index += 1) writeFileSync(join(root, `pub/f${index}`), `${index}`);
    const gate = await fixture.gate(PERMISSIVE);
    const answer = await batch(gate, `lcd ${root}`, `get -r ${root}/pub copy`);
    expect(answer.code).toBe(0);
    expect(readdirSync(join(root, "copy")).length).toBeGreaterThanOrEqual(301);
  });
});

async function transfers(gate: SshGate): Promise<Record<string, unknown>[]> {
  return (await gate.entries()).flatMap((entry) =>
    entry.type === "note" && entry.event === "transfer" ? [entry.detail] : [],
  );
}

async function open(gate: SshGate): Promise<SFTPWrapper> {
  const client = await gate.connect();
  return new Promise((resolve, reject) => {
    client.sftp((error, sftp) => (error === undefined ? resolve(sftp) : reject(error)));
  });
}

function done(run: (callback: (error?: Error | null, value?: unknown) => void) => unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    run((error, value) => (error === undefined || error === null ? resolve(value) : reject(error)));
  });
}

function packetsOf(bytes: Buffer): Buffer[] {
  const packets: Buffer[] = [];
  let at = 0;
  while (at + 4 <= bytes.length) {
    const length = bytes.readUInt32BE(at);
    if (at + 4 + length > bytes.length) break;
    packets.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return packets;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
