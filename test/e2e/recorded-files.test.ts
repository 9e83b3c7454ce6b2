/** Files that a protocol puts beside the entries: sealed, verified, bounded; a store that cannot write ends the session. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Gate, Protocol, RecordedFile } from "@gate/contract";
import { verifyBundle } from "@gate/recording";
import { fileRecordings } from "@gate/stores";
import net from "node:net";
import { readAll, startHarness, type Harness, type HarnessOptions } from "../../packages/testkit/src/harness.ts";

let folder = "";
let harness: Harness | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gate-files-"));
});
afterEach(async () => {
  await harness?.stop();
  rmSync(folder, { recursive: true });
});

/** Runs `use` with the gate of one connection of a protocol that does nothing else. */
async function withGate(use: (gate: Gate) => void, more: Partial<HarnessOptions> = {}): Promise<Harness> {
  let done: () => void = () => undefined;
  const served = new Promise<void>((resolve) => (done = resolve));
  const protocol: Protocol = {
    id: "line",
    discharges: ["limit"],
    housekeeping: [],
    parseTarget: () => ({}),
    address: () => ({ host: "127.0.0.1", port: 1 }),
    serve: async (_link, gate) => {
      use(gate);
      done();
    },
  };
  const policy = `rules:\n  main:\n  - {id: all, effect: allow, match: {line: ["*"]}}\n${more.policy ?? ""}`;
  harness = await startHarness({
    protocol,
    target: {},
    recordings: fileRecordings(folder),
    ...more,
    policy,
  });
  const socket = net.connect(harness.port, "127.0.0.1");
  socket.on("error", () => undefined);
  await served;
  socket.destroy();
  return harness;
}

function code(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "none";
}

test("a file is sealed with the rest: the bundle verifies, and one changed byte is found", async () => {
  const gate = await withGate((each) => {
    const file = each.file("terminals/c1-1.cast");
    file.append(Buffer.from("one\n"));
    file.append(Buffer.from("two\n"));
  });
  const reader = await gate.close();
  expect(await readAll(reader, "terminals/c1-1.cast")).toBe("one\ntwo\n");
  const options = { vkeys: [gate.signer.vkey] };
  expect(await verifyBundle(reader, options)).toMatchObject({ status: "valid", findings: [] });
  const path = join(folder, gate.session.id, "terminals/c1-1.cast");
  writeFileSync(path, readFileSync(path, "utf8").replace("two", "tvo"));
  expect((await verifyBundle(join(folder, gate.session.id), options)).status).toBe("invalid");
  rmSync(path);
  expect((await verifyBundle(join(folder, gate.session.id), options)).status).toBe("invalid");
});

test("names stay in a folder of their own, are used once, and their number is bounded", async () => {
  await withGate((gate) => {
    for (const name of [
      "records.ndjson",
      "../x",
      "evidence/policy.yaml",
      "a/b/c",
      "terminals/",
      "terminals/../x",
      "T/x",
    ]) {
      expect(code(() => gate.file(name))).toBe("FILE_REFUSED");
    }
    gate.file("terminals/a.cast");
    expect(code(() => gate.file("terminals/a.cast"))).toBe("FILE_REFUSED");
    const made: RecordedFile[] = [];
    expect(
      code(() => {
        for (let index = 0; index < 1_000; index += 1) made.push(gate.file(`terminals/${index}.cast`));
      }),
    ).toBe("FILE_REFUSED");
    expect(made.length).toBe(255);
  });
});

test("a file counts against the size of the session's recording", async () => {
  await withGate(
    (gate) => {
      const file = gate.file("terminals/a.cast");
      file.append(Buffer.alloc(30_000));
      expect(code(() => file.append(Buffer.alloc(60_000)))).toBe("RECORDING_FULL");
    },
    { policy: "limits:\n  small: {session_bytes: 64KiB}\n", grantKeys: "limits: small" },
  );
});

test("a store that cannot write it ends the session", async () => {
  const gate = await withGate(
    (each) => {
      const file = each.file("terminals/a.cast");
      expect(code(() => file.append(Buffer.from("x")))).toBe("RECORDER_FAILED");
    },
    {
      wrapFiles: (files) => ({
        ...files,
        append: (name, bytes) => {
          if (name.startsWith("terminals/")) throw new Error("disk full");
          files.append(name, bytes);
        },
        put: (name, bytes) => files.put(name, bytes),
        reader: () => files.reader(),
        close: () => files.close(),
      }),
    },
  );
  expect(gate.events.map((event) => event.kind)).toContain("recorder-failed");
});
