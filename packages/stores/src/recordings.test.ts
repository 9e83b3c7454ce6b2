import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { ManualClock } from "@gate/base";
import type { RecordingReader, RecordingStore } from "@gate/contract";
import { createRecorder, generateSigner, verifyBundle } from "@gate/recording";
import { fileRecordings, memoryRecordings } from "./index.ts";
import { sessionOf } from "./test-suite.ts";

const folder = mkdtempSync(join(tmpdir(), "gate-recordings-"));
let folders = 0;
const newFolder = () => join(folder, `recordings-${(folders += 1)}`);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(reader: RecordingReader | undefined, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of reader?.read(name) ?? []) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

const UNWRITABLE = expect.objectContaining({ code: "RECORDING_UNWRITABLE" });
const IMPLEMENTATIONS: readonly (readonly [string, () => RecordingStore])[] = [
  ["memory recordings", memoryRecordings],
  ["file recordings", () => fileRecordings(newFolder())],
];

describe.each(IMPLEMENTATIONS)("%s", (_name, open) => {
  test("what was appended and put is read back, while open and afterwards", async () => {
    const store = open();
    const files = store.create("s1");
    const bytes = Buffer.from("one\n");
    files.append("records.ndjson", bytes);
    bytes.fill(0);
    files.append("records.ndjson", Buffer.from("two\n"));
    files.put("evidence/policy.yaml", Buffer.from("old and longer"));
    files.put("evidence/policy.yaml", Buffer.from("new"));
    expect(await read(files.reader(), "records.ndjson")).toBe("one\ntwo\n");
    files.close();
    files.close();
    const reader = await store.open("s1");
    expect(await reader?.list()).toEqual([
      { name: "evidence/policy.yaml", bytes: 3 },
      { name: "records.ndjson", bytes: 8 },
    ]);
    expect(await read(reader, "evidence/policy.yaml")).toBe("new");
  });

  test("an empty append makes an empty file", async () => {
    const files = open().create("s1");
    files.append("verdicts.ndjson", Buffer.alloc(0));
    expect(await files.reader().list()).toEqual([{ name: "verdicts.ndjson", bytes: 0 }]);
    expect(await read(files.reader(), "verdicts.ndjson")).toBe("");
  });

  test("a session is recorded once", () => {
    const store = open();
    store.create("s1").close();
    expect(() => store.create("s1")).toThrow(expect.objectContaining({ code: "RECORDING_EXISTS" }));
  });

  test.each(["", ".", "..", "../s1", "a/b", "a\\b", "s1\n", "s".repeat(65), "sé", "a.b"])(
    "refuses %j as a session id",
    async (id) => {
      const invalid = expect.objectContaining({ code: "NAME_INVALID" });
      expect(() => open().create(id)).toThrow(invalid);
      await expect(open().open(id)).rejects.toThrow(invalid);
    },
  );

  test.each(["../x", "/x", "a/../b", ".x", "a//b", "", "a/b/c/d", "x\0"])("refuses %j as a file's name", (name) => {
    const files = open().create("s1");
    const invalid = expect.objectContaining({ code: "NAME_INVALID" });
    expect(() => files.append(name, Buffer.from("x"))).toThrow(invalid);
    expect(() => files.put(name, Buffer.from("x"))).toThrow(invalid);
  });

  test("closed files take nothing more", () => {
    const files = open().create("s1");
    files.append("records.ndjson", Buffer.from("x"));
    files.close();
    const closed = expect.objectContaining({ code: "RECORDING_CLOSED" });
    expect(() => files.append("records.ndjson", Buffer.from("x"))).toThrow(closed);
    expect(() => files.put("manifest.json", Buffer.from("x"))).toThrow(closed);
  });

  test("an unknown session and an unknown file are told", async () => {
    const store = open();
    expect(await store.open("s9")).toBeUndefined();
    const files = store.create("s1");
    expect(() => files.reader().read("manifest.json")).toThrow(expect.objectContaining({ code: "FILE_MISSING" }));
  });

  test("a recorder's session verifies from it", async () => {
    const store = open();
    const signer = generateSigner();
    const clock = new ManualClock();
    const recorder = createRecorder({ sessionId: "s1", files: store.create("s1"), signer, clock });
    recorder.append({ type: "session-opened", session: sessionOf("s1"), targets: { "orders-db": "orders-db" } });
    for (let count = 0; count < 1_500; count += 1) recorder.append({ type: "note", event: "x", detail: { count } });
    recorder.commit();
    await recorder.seal("end");
    const reader = (await store.open("s1")) as RecordingReader;
    const report = await verifyBundle(reader, { vkeys: [signer.vkey] });
    expect(report).toMatchObject({ status: "valid", findings: [], entries: 1_502 });
  });
});

describe("recordings in folders", () => {
  test("are for their user only", () => {
    const path = newFolder();
    const files = fileRecordings(path).create("s1");
    files.append("records.ndjson", Buffer.from("x"));
    files.put("evidence/policy.yaml", Buffer.from("x"));
    for (const name of ["", "s1", "s1/evidence"]) expect(statSync(join(path, name)).mode & 0o777).toBe(0o700);
    for (const name of ["s1/records.ndjson", "s1/evidence/policy.yaml"]) {
      expect(statSync(join(path, name)).mode & 0o777).toBe(0o600);
    }
    expect(readdirSync(join(path, "s1/evidence"))).toEqual(["policy.yaml"]);
    files.close();
  });

  test("short writes go on until everything is written", () => {
    const path = newFolder();
    const files = fileRecordings(path, (fd, bytes, offset, length) =>
      writeSync(fd, bytes, offset, Math.min(length, 3)),
    ).create("s1");
    files.append("records.ndjson", Buffer.from("0123456789"));
    expect(readFileSync(join(path, "s1/records.ndjson"), "utf8")).toBe("0123456789");
    files.close();
  });

  test("a full disk throws, also when it writes nothing without an error", () => {
    const full = fileRecordings(newFolder(), () => {
      throw Object.assign(new Error("no space"), { code: "ENOSPC" });
    }).create("s1");
    expect(() => full.append("records.ndjson", Buffer.from("x"))).toThrow(UNWRITABLE);
    expect(() => full.put("manifest.json", Buffer.from("x"))).toThrow(UNWRITABLE);
    const stuck = fileRecordings(newFolder(), () => 0).create("s1");
    expect(() => stuck.append("records.ndjson", Buffer.from("x"))).toThrow(UNWRITABLE);
  });

  test("a recordings folder that cannot be made is told at once", () => {
    expect(() => fileRecordings("/dev/null/recordings")).toThrow(UNWRITABLE);
  });
});
