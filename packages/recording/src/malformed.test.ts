import { beforeAll, describe, expect, test } from "@jest/globals";
import { sha256Hex } from "@gate/base";
import type { Entry } from "@gate/contract";
import fc from "fast-check";
import { signNote, type Signer } from "./note.ts";
import { formatManifest } from "./manifest.ts";
import { generateSigner, leafHash, MerkleTree, parseManifest, verifyBundle, type VerifyOptions } from "./index.ts";
import { CONNECTED, factsOf, readerOf, sealedRecording, startRecording, verdictOf } from "./test-bundle.ts";

const signer = generateSigner();
const PINNED: VerifyOptions = { vkeys: [signer.vkey] };
let sealed: ReadonlyMap<string, Buffer>;
let other: ReadonlyMap<string, Buffer>;

beforeAll(async () => {
  sealed = (await sealedRecording("s1", signer)).files.files;
  other = (await sealedRecording("s2", signer)).files.files;
});

type Files = Map<string, Buffer>;

async function verify(tamper: (files: Files) => void, options: VerifyOptions = PINNED) {
  const files = new Map(sealed);
  tamper(files);
  return verifyBundle(readerOf(files), options);
}

async function codes(tamper: (files: Files) => void, options: VerifyOptions = PINNED): Promise<readonly string[]> {
  const report = await verify(tamper, options);
  expect(report.status).toBe("invalid");
  return report.findings.map((finding) => finding.code);
}

function edit(files: Files, name: string, change: (text: string) => string): void {
  files.set(name, Buffer.from(change(files.get(name)?.toString() ?? "")));
}

function editLines(files: Files, change: (lines: string[]) => string[]): void {
  edit(files, "records.ndjson", (text) =>
    change(text.split("\n").slice(0, -1))
      .map((line) => line + "\n")
      .join(""),
  );
}

/** What somebody with the signing key could do: any lines, properly hashed, signed and sealed. */
async function forgeWithKey(change: (lines: string[]) => string[], key: Signer = signer): Promise<Files> {
  const files = new Map(sealed);
  editLines(files, change);
  const records = files.get("records.ndjson") as Buffer;
  const tree = new MerkleTree();
  for (const line of records.toString().split("\n").slice(0, -1)) tree.append(leafHash(line));
  const root = tree.root().toString("base64");
  files.set("checkpoints.note", Buffer.from(signNote(`gate/s1\n${tree.size}\n${root}\n`, key)));
  const { manifest } = parseManifest(sealed.get("manifest.json")?.toString() ?? "");
  const digests = manifest.files.map(({ name }) => {
    const bytes = files.get(name) as Buffer;
    return { name, bytes: bytes.length, sha256: sha256Hex(bytes) };
  });
  const entries = tree.size;
  files.set(
    "manifest.json",
    Buffer.from(formatManifest({ ...manifest, entries, root, vkey: key.vkey, files: digests }, key)),
  );
  return files;
}

test("the untouched recording is valid, with the key pinned and with others beside it", async () => {
  expect(await verify(() => {})).toMatchObject({ status: "valid", findings: [], sealed: true, vkey: signer.vkey });
  const more = await verify(() => {}, { vkeys: [generateSigner("other").vkey, signer.vkey], sessionId: "s1" });
  expect(more).toMatchObject({ status: "valid", mode: "gateway", sessionId: "s1" });
});

describe("a flipped bit", () => {
  test("is found in any byte of any file", async () => {
    const places = [...sealed].map(([name, { length }]) => ({ name, length }));
    const flips = fc
      .constantFrom(...places)
      .chain(({ name, length }) =>
        fc.record({ name: fc.constant(name), at: fc.nat({ max: length - 1 }), bit: fc.nat({ max: 7 }) }),
      );
    await fc.assert(
      fc.asyncProperty(flips, async ({ name, at, bit }) => {
        const report = await verify((files) => {
          const bytes = Buffer.from(files.get(name) as Buffer);
          bytes[at] = (bytes[at] as number) ^ (1 << bit);
          files.set(name, bytes);
        });
        expect(report.status).toBe("invalid");
      }),
      { numRuns: 400 },
    );
  });

  test("is found in every byte of the manifest and the checkpoints", async () => {
    for (const name of ["manifest.json", "checkpoints.note"]) {
      const length = sealed.get(name)?.length ?? 0;
      for (let at = 0; at < length; at += 1) {
        const report = await verify((files) => {
          const bytes = Buffer.from(files.get(name) as Buffer);
          bytes[at] = (bytes[at] as number) ^ 1;
          files.set(name, bytes);
        });
        expect({ at, status: report.status }).toEqual({ at, status: "invalid" });
      }
    }
  });
});

describe("records", () => {
  test("a removed, a repeated and a moved line are found at their place", async () => {
    const removed = await verify((files) => editLines(files, (lines) => lines.toSpliced(3, 1)));
    expect(removed.findings[0]).toMatchObject({ code: "SEQUENCE_BROKEN", line: 4, seq: 3 });
    expect(removed.findings.map(({ code }) => code)).toContain("CHECKPOINT_MISMATCH");
    expect(await codes((files) => editLines(files, (lines) => lines.toSpliced(3, 0, lines[3] as string)))).toContain(
      "SEQUENCE_BROKEN",
    );
    const moved = (lines: string[]) => [lines[0], lines[2], lines[1], ...lines.slice(3)] as string[];
    expect(await codes((files) => editLines(files, moved))).toContain("SEQUENCE_BROKEN");
  });

  test("a cut tail is found, at a line's end and inside a line", async () => {
    const bytes = sealed.get("records.ndjson") as Buffer;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), async (length) => {
        const found = await codes((files) => files.set("records.ndjson", bytes.subarray(0, length)));
        expect(found).toContain("CHECKPOINT_BEYOND");
      }),
      { numRuns: 100 },
    );
  });

  test("bytes after the end are found, in every file", async () => {
    for (const name of sealed.keys()) {
      for (const garbage of ["\n", "x", "{}\n", "\0"]) {
        expect((await verify((files) => edit(files, name, (text) => text + garbage))).status).toBe("invalid");
      }
    }
  });

  test("a line without end, of any length, does not fill the memory", async () => {
    const found = await codes((files) => files.set("records.ndjson", Buffer.alloc(3_000_000, "x")));
    expect(found).toContain("BUNDLE_INVALID");
  });
});

describe("files and signatures", () => {
  test("every file that is missing, added or swapped is found", async () => {
    for (const name of sealed.keys()) {
      if (name !== "manifest.json") expect((await verify((files) => files.delete(name))).status).toBe("invalid");
      // All sessions have the same policy in this test.
      if (name !== "evidence/policy.yaml") {
        const swapped = await verify((files) => files.set(name, other.get(name) as Buffer));
        expect({ name, status: swapped.status }).toEqual({ name, status: "invalid" });
      }
    }
    expect(await codes((files) => files.set("evidence/extra.json", Buffer.from("{}")))).toContain("FILE_UNLISTED");
  });

  test("evidence cannot be replaced together with its digest in the manifest", async () => {
    const found = await codes((files) => {
      const before = sha256Hex(files.get("evidence/policy.yaml") as Buffer);
      files.set("evidence/policy.yaml", Buffer.from("version: gate/v2\n"));
      edit(files, "manifest.json", (text) => text.replace(before, sha256Hex("version: gate/v2\n")));
    });
    expect(found).toEqual(expect.arrayContaining(["SIGNATURE_INVALID", "POLICY_MISMATCH"]));
  });

  test("the whole bundle of another session is found when the session is known", async () => {
    const swap = (files: Files) => other.forEach((bytes, name) => files.set(name, bytes));
    expect((await verify(swap)).status).toBe("valid");
    expect(await codes(swap, { ...PINNED, sessionId: "s1" })).toEqual(["SESSION_MISMATCH"]);
  });

  test("a signature of another place or another key is found", async () => {
    const signatures = (text: string) => text.split("\n").filter((line) => line.startsWith("—"));
    expect(
      await codes((files) =>
        edit(files, "checkpoints.note", (text) => {
          const [first, second] = signatures(text) as [string, string];
          return text.replace(first, second);
        }),
      ),
    ).toContain("SIGNATURE_INVALID");
    const forged = await forgeWithKey((lines) => lines, generateSigner());
    const report = await verifyBundle(readerOf(forged), PINNED);
    expect(report).toMatchObject({ status: "invalid", vkey: undefined });
    expect(report.findings.map(({ code }) => code)).toContain("KEY_UNKNOWN");
  });

  test("without a pinned key the answer is unpinned, never valid", async () => {
    const report = await verify(() => {}, { vkeys: [] });
    expect(report).toMatchObject({ status: "unpinned", findings: [{ code: "KEY_UNPINNED", severity: "unpinned" }] });
    expect((await verify((files) => files.delete("verdicts.ndjson"), { vkeys: [] })).status).toBe("invalid");
  });

  test("a wrong key to pin is wrong use", async () => {
    await expect(verify(() => {}, { vkeys: ["gate"] })).rejects.toThrow(
      expect.objectContaining({ code: "VKEY_INVALID" }),
    );
  });
});

describe("what is not sealed", () => {
  test("an open recording is incomplete, and its unsigned tail is named", async () => {
    const { files, write, clock } = startRecording("s1", signer);
    clock.advance(5_000);
    write(CONNECTED);
    const report = await verifyBundle(files.reader(), PINNED);
    expect(report).toMatchObject({ status: "incomplete", sealed: false, entries: 2 });
    expect(report.findings.map(({ code }) => code)).toEqual(["NOT_SEALED", "TAIL_UNSIGNED"]);
    files.append("records.ndjson", Buffer.from('{"seq":2'));
    expect((await verifyBundle(files.reader(), PINNED)).status).toBe("incomplete");
  });

  test("taking the manifest away does not make a tampered recording pass", async () => {
    const unsealed = await verify((files) => files.delete("manifest.json"));
    expect(unsealed.status).toBe("incomplete");
    expect(
      await codes((files) => {
        files.delete("manifest.json");
        editLines(files, (lines) => lines.slice(0, -1));
      }),
    ).toContain("CHECKPOINT_BEYOND");
  });
});

describe("an earlier checkpoint", () => {
  test("must be extended", async () => {
    const notes = sealed.get("checkpoints.note")?.toString() ?? "";
    const first = notes.slice(0, notes.indexOf("\n\ngate/") + 1);
    expect(await verify(() => {}, { ...PINNED, previousCheckpoint: first })).toMatchObject({ status: "valid" });
    const fork = signNote(`gate/s1\n3\n${Buffer.alloc(32).toString("base64")}\n`, signer);
    expect(await codes(() => {}, { ...PINNED, previousCheckpoint: fork })).toEqual(["CHECKPOINT_MISMATCH"]);
    const longer = signNote(`gate/s1\n99\n${Buffer.alloc(32).toString("base64")}\n`, signer);
    expect(await codes(() => {}, { ...PINNED, previousCheckpoint: longer })).toEqual(["CHECKPOINT_BEYOND"]);
    const foreign = first.replace("gate/s1", "gate/s2");
    expect(await codes(() => {}, { ...PINNED, previousCheckpoint: foreign })).toContain("SIGNATURE_INVALID");
    await expect(verify(() => {}, { ...PINNED, previousCheckpoint: "" })).rejects.toThrow(
      expect.objectContaining({ code: "NOTE_INVALID" }),
    );
  });
});

describe("what a signed recording must not say", () => {
  async function signedCodes(change: (lines: string[]) => string[]): Promise<readonly string[]> {
    const report = await verifyBundle(readerOf(await forgeWithKey(change)), PINNED);
    return report.findings.map(({ code }) => code).filter((code) => code !== "VERDICTS_MISMATCH");
  }

  function swap(from: string, to: string): (lines: string[]) => string[] {
    return (lines) => {
      const changed = lines.map((line) => line.replace(from, to));
      expect(changed).not.toEqual(lines);
      return changed;
    };
  }

  test("nothing is found in an unchanged one", async () => {
    expect(await signedCodes((lines) => lines)).toEqual([]);
  });

  test("a result of a denied, an unknown or a finished command", async () => {
    const retarget = (of: number) => swap('"type":"result","of":2', `"type":"result","of":${of}`);
    expect(await signedCodes(retarget(4))).toEqual(["RESULT_WITHOUT_ADMISSION"]);
    expect(await signedCodes(retarget(1))).toEqual(["RESULT_WITHOUT_ADMISSION"]);
    expect(await signedCodes(retarget(999))).toEqual(["RESULT_WITHOUT_ADMISSION"]);
    const twice = (lines: string[]) => [
      ...lines.slice(0, 10),
      (lines[8] as string)
        .replace('"seq":8', '"seq":10')
        .replace(/"time":"[^"]*"/, (lines[9] as string).match(/"time":"[^"]*"/)?.[0] ?? ""),
      (lines[10] as string).replace('"seq":10', '"seq":11'),
    ];
    expect(await signedCodes(twice)).toEqual(["RESULT_WITHOUT_ADMISSION"]);
  });

  test("a held command that ran without an approval of exactly it", async () => {
    expect(await signedCodes(swap('"state":"approved"', '"state":"expired"'))).toEqual(["RESULT_WITHOUT_ADMISSION"]);
    const digest = sha256Hex("DELETE FROM orders");
    const elsewhere = (lines: string[]) =>
      lines.map((line) => (line.includes("hold-resolved") ? line.replace(digest, sha256Hex("x")) : line));
    expect(await signedCodes(elsewhere)).toEqual(["HOLD_MISMATCH", "RESULT_WITHOUT_ADMISSION"]);
    expect(await signedCodes(swap('"approvers":["alice"]', '"approvers":[]'))).toContain("APPROVAL_WITHOUT_VOTES");
    expect(await signedCodes(swap('"approvers":["alice"]', '"approvers":["alice","alice"]'))).toContain(
      "APPROVAL_WITHOUT_VOTES",
    );
    expect(await signedCodes(swap('"approver":"alice"', '"approver":"bob"'))).toContain("APPROVAL_WITHOUT_VOTES");
    expect(await signedCodes(swap('"vote":"approve"', '"vote":"deny"'))).toContain("APPROVAL_WITHOUT_VOTES");
  });

  test("an entry after the last, a second start, time that goes back, another session's start", async () => {
    const after = (lines: string[]) => [...lines, lines.at(-1).replace('"seq":10', '"seq":11')];
    expect(await signedCodes(after)).toEqual(["ENTRY_AFTER_CLOSE"]);
    const again = (lines: string[]) => lines.with(1, (lines[0] as string).replace('"seq":0', '"seq":1'));
    expect(await signedCodes(again)).toContain("ENTRY_FIRST");
    const back = (lines: string[]) => lines.with(4, (lines[4] as string).replace(/"time":"20/, '"time":"19'));
    expect(await signedCodes(back)).toEqual(["TIME_BACKWARDS"]);
    expect(await signedCodes(swap('"id":"s1"', '"id":"s9"'))).toEqual(["SESSION_MISMATCH", "MANIFEST_MISMATCH"]);
  });

  test("an entry of an unknown type leaves the answer open; an entry without its fields does not", async () => {
    const report = await verifyBundle(
      readerOf(await forgeWithKey(swap('"type":"connection-closed"', '"type":"later"'))),
      PINNED,
    );
    expect(report.findings).toMatchObject([{ code: "ENTRY_UNKNOWN", severity: "incomplete", seq: 9, line: 10 }]);
    expect(report.status).toBe("incomplete");
    expect(await signedCodes(swap('"durationMs":1.5,', ""))).toContain("ENTRY_INVALID");
    expect(await signedCodes(swap('{"seq":2,', '{"seq":2,"seq":2,'))).toContain("ENTRY_INVALID");
  });

  test("verdicts.ndjson that tells another story", async () => {
    const files = await forgeWithKey((lines) => lines);
    edit(files, "verdicts.ndjson", (text) => text.replace('"verdict":"deny"', '"verdict":"allow"'));
    const { manifest } = parseManifest(files.get("manifest.json")?.toString() ?? "");
    const verdicts = files.get("verdicts.ndjson") as Buffer;
    const digests = manifest.files.map((file) =>
      file.name === "verdicts.ndjson" ? { ...file, bytes: verdicts.length, sha256: sha256Hex(verdicts) } : file,
    );
    files.set("manifest.json", Buffer.from(formatManifest({ ...manifest, files: digests }, signer)));
    const report = await verifyBundle(readerOf(files), PINNED);
    expect(report.findings.map(({ code }) => code)).toEqual(["VERDICTS_MISMATCH"]);
  });
});

describe("claimed approvals", () => {
  async function claimed(times: number): Promise<readonly string[]> {
    const { files, write, recorder } = startRecording("s1", signer);
    write(CONNECTED);
    const resolve = (hold: string, of: number, state: "withdrawn" | "approved", claims?: string): Entry => ({
      ...{ type: "hold-resolved", hold, of, state, digest: sha256Hex("DELETE FROM orders") },
      ...{ approvers: state === "approved" ? ["alice"] : [] },
      ...(claims === undefined ? {} : { claims }),
    });
    const first = write(verdictOf("hold", "DELETE FROM orders", { hold: "h1" }));
    write(resolve("h1", first, "withdrawn"));
    write({ type: "vote", hold: "h1", approver: "alice", vote: "approve", reason: "late" });
    for (let count = 0; count < times; count += 1) {
      const hold = `h${2 + count}`;
      const of = write(verdictOf("hold", "DELETE FROM orders", { hold }));
      write(resolve(hold, of, "approved", "h1"));
      write({ type: "result", of, durationMs: 1, outcome: "DELETE 1", ok: true });
    }
    await recorder.seal("end");
    return (await verifyBundle(files.reader(), PINNED)).findings.map(({ code }) => code);
  }

  test("one identical command may run on a late approval, a second one may not", async () => {
    expect(await claimed(1)).toEqual([]);
    expect(await claimed(2)).toEqual(["APPROVAL_REUSED", "RESULT_WITHOUT_ADMISSION"]);
  });
});

describe("deriving verdicts again", () => {
  test("another verdict, other rules, and no verdict are told apart; the engine's own answers are left out", async () => {
    const check = (rederive: VerifyOptions["rederive"] & object) => verify(() => {}, { ...PINNED, rederive });
    const same = await check((facts, entry) => {
      expect(facts).toEqual(factsOf(entry.command.text.split(" ")[0] as string, "public.orders"));
      return { verdict: entry.verdict, rules: entry.rules };
    });
    expect(same.status).toBe("valid");
    const allow = await check((_facts, entry) => ({ verdict: "allow", rules: entry.rules }));
    expect(allow.findings.map(({ code, seq }) => [code, seq])).toEqual([
      ["VERDICT_MISMATCH", 4],
      ["VERDICT_MISMATCH", 5],
    ]);
    expect((await check((_facts, entry) => ({ verdict: entry.verdict, rules: [] }))).status).toBe("invalid");
    expect(await check(() => undefined)).toMatchObject({
      status: "incomplete",
      findings: [{ code: "VERDICT_UNCHECKED" }, {}, {}],
    });
    const { files, write, recorder } = startRecording("s1", signer);
    write(verdictOf("deny", "SELECT 1", { rule: "read", override: "limits" }));
    await recorder.seal("end");
    const options = { ...PINNED, rederive: () => ({ verdict: "allow", rules: ["read"] }) };
    expect((await verifyBundle(files.reader(), options)).status).toBe("valid");
  });
});

test("the pieces in which a file is read do not matter", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 700 }), async (piece) => {
      expect((await verifyBundle(readerOf(sealed, piece), PINNED)).status).toBe("valid");
    }),
    { numRuns: 40 },
  );
});

test("arbitrary bytes in any file never throw and never pass", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...sealed.keys()), fc.uint8Array({ maxLength: 200 }), async (name, bytes) => {
      expect((await verify((files) => files.set(name, Buffer.from(bytes)))).status).toBe("invalid");
    }),
    { numRuns: 200 },
  );
});
