import { describe, expect, test } from "@jest/globals";
import { summarize } from "./index.ts";
import { CONNECTED, sealedRecording, startRecording, verdictOf } from "./test-bundle.ts";

describe("a summary", () => {
  test("counts verdicts, rules, results and masks, and lists what was held back", async () => {
    const { files } = await sealedRecording();
    const summary = await summarize(files.reader());
    expect(summary).toMatchObject({
      sessionId: "s1",
      mode: "gateway",
      trustRule: "deploy",
      closeReason: "job ended",
      entries: 11,
      verdicts: { allow: 1, hold: 1, deny: 1 },
      rules: { allow: { allow: 1, hold: 0, deny: 0 }, deny: { allow: 0, hold: 0, deny: 1 } },
      masked: { "column:public.customers.email": 2 },
      holds: [{ hold: "h1", state: "approved", approvers: ["alice"], text: "DELETE FROM orders" }],
      unreadable: 0,
    });
    expect(summary.grants).toMatchObject([
      {
        grant: "orders-db",
        protocol: "postgres",
        connections: 1,
        executed: 2,
        failed: 0,
        rows: 2,
        affected: 3,
        reached: { reads: ["public.orders"], writes: ["public.orders"] },
        heldBack: [{ entry: 4, text: "DROP TABLE orders", rules: ["deny"], how: "denied" }],
        heldBackOmitted: 0,
      },
    ]);
  });

  test("lists stay bounded however many commands are denied, and the rest is counted", async () => {
    const { files, recorder } = startRecording();
    recorder.append(CONNECTED);
    for (let count = 0; count < 10_000; count += 1) recorder.append(verdictOf("deny", `DROP TABLE t${count}`));
    recorder.append(verdictOf("deny", "x".repeat(2_000), { override: "limits" }));
    recorder.commit();
    const [grant] = (await summarize(files.reader())).grants;
    expect(grant?.verdicts.deny).toBe(10_001);
    expect(grant?.heldBack).toHaveLength(100);
    expect(grant?.heldBackOmitted).toBe(9_901);
  });

  test("unreadable lines are counted, not hidden", async () => {
    const { files } = await sealedRecording();
    files.append("records.ndjson", Buffer.from('nonsense\n{"seq":11,"time":"x","type":"y"}\n'));
    expect(await summarize(files.reader())).toMatchObject({ entries: 11, unreadable: 2 });
  });
});
