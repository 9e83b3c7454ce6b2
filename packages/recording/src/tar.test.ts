import { spawnSync } from "node:child_process";
import { mkdtempSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { pack } from "tar-stream";
import { exportBundle, folderReader, generateSigner, summarize, tarReader, verifyBundle } from "./index.ts";
import { readAll } from "./lines.ts";
import { readerOf, sealedRecording } from "./test-bundle.ts";

const signer = generateSigner();
const PINNED = { vkeys: [signer.vkey] };
let folder: string;
let files: ReadonlyMap<string, Buffer>;
let archive: Buffer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "gate-recording-"));
  files = (await sealedRecording("s1", signer)).files.files;
  archive = await readAll(exportBundle(readerOf(files)), 10_000_000);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function save(bytes: Buffer): string {
  const path = join(folder, "bundle.tar");
  writeFileSync(path, bytes);
  return path;
}

async function findings(bytes: Buffer): Promise<readonly string[]> {
  const report = await verifyBundle(save(bytes), PINNED);
  return report.findings.map(({ code }) => code);
}

type Member = Parameters<ReturnType<typeof pack>["entry"]>[0];

/** A tar of the bundle and one more member. */
async function withMember(header: Member, body = ""): Promise<Buffer> {
  const tar = pack();
  for (const [name, bytes] of files) tar.entry({ name }, bytes);
  tar.entry(header, body);
  tar.finalize();
  return readAll(tar as unknown as NodeJS.ReadableStream, 10_000_000);
}

describe("archives", () => {
  test("a bundle is the same bytes each time, and verifies from them", async () => {
    expect(await readAll(exportBundle(readerOf(files, 7)), 10_000_000)).toEqual(archive);
    const report = await verifyBundle(save(archive), PINNED);
    expect(report).toMatchObject({ status: "valid", findings: [] });
    expect(await summarize(tarReader(save(archive)))).toMatchObject({ sessionId: "s1", entries: 11 });
  });

  test("a folder among the members and `./` before names are fine, as other tar programs write them", async () => {
    const tar = pack();
    tar.entry({ name: "./", type: "directory" });
    for (const [name, bytes] of files) tar.entry({ name: `./${name}` }, bytes);
    tar.finalize();
    expect(await findings(await readAll(tar as unknown as NodeJS.ReadableStream, 10_000_000))).toEqual([]);
  });

  test.each<[string, Member]>([
    ["a symbolic link", { name: "evidence/link", type: "symlink", linkname: "/etc/passwd" }],
    ["a hard link", { name: "evidence/link", type: "link", linkname: "manifest.json" }],
    ["a device", { name: "evidence/null", type: "character-device" }],
    ["a way out", { name: "../outside" }],
    ["a hidden way out", { name: "evidence/../../outside" }],
    ["an absolute name", { name: "/outside" }],
    ["a name twice", { name: "manifest.json" }],
    ["a long name in an extended header", { name: `evidence/${"x".repeat(120)}` }],
  ])("refuses %s", async (_what, header) => {
    expect(await findings(await withMember(header))).toEqual(["BUNDLE_INVALID"]);
  });

  test("a cut archive is refused at any length", async () => {
    for (let length = 0; length < archive.length - 512; length += 97) {
      expect((await verifyBundle(save(archive.subarray(0, length)), PINNED)).status).toBe("invalid");
    }
  });

  test("a flipped bit is found anywhere, also in padding and after the end", async () => {
    for (let at = 0; at < archive.length; at += 13) {
      const bytes = Buffer.from(archive);
      bytes[at] = (bytes[at] as number) ^ 0x10;
      const { status } = await verifyBundle(save(bytes), PINNED);
      expect({ at, status }).toEqual({ at, status: "invalid" });
    }
    expect(await findings(Buffer.concat([archive, Buffer.from("x")]))).toEqual(["BUNDLE_INVALID"]);
    // More zero blocks are what tar programs write.
    expect(await findings(Buffer.concat([archive, Buffer.alloc(8_192)]))).toEqual([]);
  });

  test("zeros after the end are read up to a tar program's record, not for as long as a file with holes is", async () => {
    const filled = Buffer.concat([archive, Buffer.alloc(512 * 1024)]);
    expect(await verifyBundle(save(filled), PINNED)).toMatchObject({ status: "valid", findings: [] });
    const path = save(archive);
    truncateSync(path, 64 * 1024 * 1024);
    expect((await verifyBundle(path, PINNED)).findings.map(({ code }) => code)).toEqual(["BUNDLE_INVALID"]);
  });

  test("no archive at all is refused", async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(1_024), Buffer.from("PK\x03\x04"), Buffer.alloc(2_000, "x")]) {
      expect((await verifyBundle(save(bytes), PINNED)).status).toBe("invalid");
    }
  });
});

describe("folders", () => {
  function unpack(name: string): string {
    const path = join(folder, name);
    for (const [file, bytes] of files) {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), bytes);
    }
    return path;
  }

  test("a folder verifies", async () => {
    expect(await verifyBundle(unpack("good"), PINNED)).toMatchObject({ status: "valid", findings: [] });
  });

  test("links are not followed", async () => {
    const path = unpack("linked");
    symlinkSync(join(path, "manifest.json"), join(path, "evidence", "link"));
    const report = await verifyBundle(path, PINNED);
    expect(report.findings.map(({ code }) => code)).toEqual(["BUNDLE_INVALID"]);
    expect(() => folderReader(path).read("evidence/link")).toThrow(expect.objectContaining({ code: "FILE_MISSING" }));
    expect(() => folderReader(path).read("../good/manifest.json")).toThrow(
      expect.objectContaining({ code: "FILE_MISSING" }),
    );
  });

  test("a named pipe in a file's place is not waited for", async () => {
    const path = unpack("piped");
    const pipe = join(path, "evidence", "pipe");
    expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
    // In a process of its own: one that waits in an open waits for ever.
    const script = `const { folderReader } = await import(${JSON.stringify(join(import.meta.dirname, "folder.ts"))});
      try { folderReader(${JSON.stringify(path)}).read("evidence/pipe"); } catch (error) { console.log(error.code); }`;
    const ran = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
      timeout: 60_000,
      killSignal: "SIGKILL",
    });
    expect({ said: ran.stdout.trim(), signal: ran.signal }).toEqual({ said: "FILE_MISSING", signal: null });
    expect((await verifyBundle(path, PINNED)).findings.map(({ code }) => code)).toEqual(["BUNDLE_INVALID"]);
  });

  test("names and depths that no bundle has are refused", async () => {
    const hidden = unpack("hidden");
    writeFileSync(join(hidden, ".hidden"), "");
    expect((await verifyBundle(hidden, PINNED)).status).toBe("invalid");
    const deep = unpack("deep");
    mkdirSync(join(deep, "a/b/c/d"), { recursive: true });
    expect((await verifyBundle(deep, PINNED)).status).toBe("invalid");
  });
});
