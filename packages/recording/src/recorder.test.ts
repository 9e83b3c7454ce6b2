import { describe, expect, test } from "@jest/globals";
import { verifyBundle, TEXT_BYTES_MAX, ENTRY_BYTES_MAX, parseCheckpoints, RECORDS_FILE, boundText } from "./index.ts";
import { CONNECTED, opened, sealedRecording, startRecording, verdictOf } from "./test-bundle.ts";

function linesOf(bytes: Buffer | undefined): readonly Record<string, unknown>[] {
  return (bytes ?? Buffer.alloc(0))
    .toString()
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("entries", () => {
  test("one line an entry, gapless from 0, head first, in the order of time even when the clock goes back", () => {
    const { files, recorder, clock, write } = startRecording();
    write(CONNECTED);
    clock.advance(-60_000);
    // Keys in another order than ours end in the same head.
    write({ detail: { n: 1 }, event: "x", type: "note" });
    expect(recorder.entries).toBe(3);
    const text = files.files.get(RECORDS_FILE)?.toString() ?? "";
    const lines = text.split("\n").slice(0, -1);
    lines.forEach((line, index) => expect(line).toMatch(new RegExp(`^{"seq":${index},"time":"[^"]{24}","type":"`)));
    const times = linesOf(files.files.get(RECORDS_FILE)).map((entry) => entry.time as string);
    expect([...times].sort()).toEqual(times);
    expect(recorder.bytes).toBe(Buffer.byteLength(text));
  });

  test("nothing is handed over before commit", () => {
    const { files, recorder } = startRecording();
    const before = files.files.get(RECORDS_FILE)?.length;
    expect(recorder.append(CONNECTED)).toBe(1);
    expect(files.files.get(RECORDS_FILE)?.length).toBe(before);
    recorder.commit();
    expect(files.files.get(RECORDS_FILE)?.length).toBe(recorder.bytes);
  });

  test("hostile text stays on its line", async () => {
    const { files, recorder, write, signer } = startRecording();
    write(CONNECTED);
    write(verdictOf("deny", 'SELECT "\n\r\u2028\0\ud800", \'}\n{"seq":9\''));
    await recorder.seal("end");
    expect(linesOf(files.files.get(RECORDS_FILE))).toHaveLength(4);
    const report = await verifyBundle(files.reader(), { vkeys: [signer.vkey] });
    expect(report).toMatchObject({ status: "valid", findings: [] });
  });

  test("a long command text is cut between characters and its whole size kept", () => {
    const { files, write } = startRecording();
    const text = "SELECT " + "é".repeat(TEXT_BYTES_MAX);
    write(verdictOf("deny", text));
    const { command } = linesOf(files.files.get(RECORDS_FILE))[1] as { command: { text: string; textBytes: number } };
    expect(Buffer.byteLength(command.text)).toBe(TEXT_BYTES_MAX - 1);
    expect(text.startsWith(command.text)).toBe(true);
    expect(command.textBytes).toBe(Buffer.byteLength(text));
    expect(boundText("short")).toEqual({ text: "short", textBytes: 5 });
  });

  test("the first entry is the session's own session-opened, and only the first", () => {
    const { recorder } = startRecording();
    expect(() => recorder.append(opened("s1"))).toThrow(expect.objectContaining({ code: "ENTRY_ORDER" }));
    expect(() => startRecording("s1").recorder.append(opened("s2"))).toThrow(
      expect.objectContaining({ code: "ENTRY_ORDER" }),
    );
  });
});

describe("failures", () => {
  test("a write that fails breaks the recorder for good", async () => {
    const { files, recorder } = startRecording();
    recorder.append(CONNECTED);
    files.fail = new Error("no space");
    expect(() => recorder.commit()).toThrow("no space");
    files.fail = undefined;
    const broken = expect.objectContaining({ code: "RECORDER_BROKEN" });
    expect(() => recorder.append(CONNECTED)).toThrow(broken);
    expect(() => recorder.commit()).toThrow(broken);
    await expect(recorder.seal("end")).rejects.toThrow(broken);
    expect(files.closed).toBe(true);
    expect(files.files.has("manifest.json")).toBe(false);
  });

  test("an entry that has no JSON breaks it too", () => {
    const { recorder } = startRecording();
    const detail = { n: 1n } as unknown as Record<string, number>;
    expect(() => recorder.append({ type: "note", event: "x", detail })).toThrow(TypeError);
    expect(() => recorder.commit()).toThrow(expect.objectContaining({ code: "RECORDER_BROKEN" }));
  });

  test("a checkpoint that cannot be written in the background is told at the next call", () => {
    const { files, recorder, clock } = startRecording();
    recorder.append(CONNECTED);
    recorder.commit();
    files.fail = new Error("no space");
    clock.advance(10_000);
    files.fail = undefined;
    expect(() => recorder.append(CONNECTED)).toThrow(expect.objectContaining({ code: "RECORDER_BROKEN" }));
  });

  test("an entry that is too large is refused and harms nothing", () => {
    const { recorder } = startRecording();
    const detail = { text: "x".repeat(ENTRY_BYTES_MAX) };
    expect(() => recorder.append({ type: "note", event: "x", detail })).toThrow(
      expect.objectContaining({ code: "ENTRY_TOO_LARGE" }),
    );
    expect(recorder.append(CONNECTED)).toBe(1);
  });

  test("a full recording refuses commands, takes the entries that end things, and seals", async () => {
    const { files, recorder, write, signer } = startRecording("s1", undefined, 8_000);
    write(CONNECTED);
    let of = -1;
    expect(() => {
      for (;;) of = write(verdictOf("allow", "SELECT 1"));
    }).toThrow(expect.objectContaining({ code: "RECORDING_FULL" }));
    write({ type: "result", of, durationMs: 1, outcome: "SELECT 1", ok: true });
    await recorder.seal("full");
    expect(recorder.bytes).toBeLessThanOrEqual(8_000);
    expect((await verifyBundle(files.reader(), { vkeys: [signer.vkey] })).status).toBe("valid");
  });

  test("what lies on disk must be what was signed", async () => {
    const { files, recorder, write } = startRecording();
    write(CONNECTED);
    files.append(RECORDS_FILE, Buffer.from("{}\n"));
    await expect(recorder.seal("end")).rejects.toThrow(expect.objectContaining({ code: "RECORDING_CHANGED" }));
  });
});

describe("checkpoints", () => {
  test("every 1,000 entries, and 5 s after an entry, never without a new one", () => {
    const { files, clock, recorder, write } = startRecording();
    const sizes = () =>
      parseCheckpoints(files.files.get("checkpoints.note")?.toString() ?? "").map(({ checkpoint }) => checkpoint.size);
    clock.advance(4_998);
    expect(sizes()).toEqual([]);
    clock.advance(1);
    expect(sizes()).toEqual([1]);
    clock.advance(60_000);
    expect(sizes()).toEqual([1]);
    for (let count = 0; count < 1_500; count += 1) recorder.append(CONNECTED);
    recorder.commit();
    expect(sizes()).toEqual([1, 1501]);
    write(CONNECTED);
    clock.advance(5_000);
    expect(sizes()).toEqual([1, 1501, 1502]);
    expect(recorder.checkpoint).toContain("gate/s1\n1502\n");
  });
});

describe("seal", () => {
  test("ends with session-closed, a checkpoint over it, verdicts and a manifest; twice is once", async () => {
    const { files, recorder, signer } = await sealedRecording();
    await recorder.seal("again");
    expect([...files.files.keys()].sort()).toEqual([
      "checkpoints.note",
      "evidence/policy.yaml",
      "manifest.json",
      "records.ndjson",
      "verdicts.ndjson",
    ]);
    expect(linesOf(files.files.get(RECORDS_FILE)).at(-1)).toMatchObject({
      type: "session-closed",
      reason: "job ended",
    });
    const report = await verifyBundle(files.reader(), { vkeys: [signer.vkey] });
    expect(report).toMatchObject({ status: "valid", findings: [], entries: recorder.entries, root: recorder.root });
    expect(() => recorder.append(CONNECTED)).toThrow(expect.objectContaining({ code: "RECORDER_SEALED" }));
  });

  test("verdicts.ndjson has one line a verdict, with lineage, approval and result", async () => {
    const { files } = await sealedRecording();
    const verdicts = linesOf(files.files.get("verdicts.ndjson"));
    expect(verdicts).toHaveLength(3);
    expect(verdicts[0]).toMatchObject({
      session: "s1",
      grant: "orders-db",
      principal: "acme/shop run 17.1 (deploy) by octocat",
      lineage: { strength: "endpoint", endpoint: "e1" },
      effects: ["SELECT"],
      objects: { reads: ["public.orders"] },
      verdict: "allow",
      rules: ["allow"],
      approval: null,
      masked: { "column:public.customers.email": 2 },
      duration_ms: 1.5,
    });
    expect(verdicts[1]).toMatchObject({ verdict: "deny", outcome: null, duration_ms: null });
    expect(verdicts[2]).toMatchObject({
      verdict: "hold",
      approval: { hold: "h1", state: "approved", approvers: ["alice"] },
      outcome: "DELETE 3",
    });
  });
});
