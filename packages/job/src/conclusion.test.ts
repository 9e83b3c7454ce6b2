import { expect, test } from "@jest/globals";
import { conclude } from "./conclusion.ts";
import type { Outcome } from "./outcome.ts";
import type { Verification } from "./summary.ts";

const OUTCOME = {
  counts: { allowed: 3, approved: 1, denied: 0, notApproved: 0, observed: 2 },
  latchRefused: [],
  closedAs: "closed by the job",
} as unknown as Outcome;
const VALID: Verification = { status: "valid", entries: 5, vkey: "gate+0+A", pinned: true, findings: [] };
const WHOLE = { outcome: OUTCOME, verification: VALID, mode: "gateway", endedBefore: undefined } as const;

test("a session is green when all was allowed or approved, its job closed it and its record verifies", () => {
  expect(conclude(WHOLE)).toMatchObject({ state: "success" });
  const embedded = { ...OUTCOME, closedAs: "the job is done" };
  expect(conclude({ ...WHOLE, mode: "embedded", outcome: embedded })).toMatchObject({ state: "success" });
});

test.each([
  ["a denied command", { outcome: { ...OUTCOME, counts: { ...OUTCOME.counts, denied: 1 } } }],
  ["a hold that was not approved", { outcome: { ...OUTCOME, counts: { ...OUTCOME.counts, notApproved: 1 } } }],
  ["a second user of its identity", { outcome: { ...OUTCOME, latchRefused: ["repo:evil"] } }],
  ["an end before its job's", { endedBefore: "expired" }],
  ["an end that nobody recorded", { outcome: { ...OUTCOME, closedAs: undefined } }],
  ["an expiry", { outcome: { ...OUTCOME, closedAs: "expired" } }],
  ["a recorder that failed", { outcome: { ...OUTCOME, closedAs: "recorder failed" } }],
  ["a record that does not verify", { verification: { ...VALID, status: "invalid" } as const }],
  ["a record that is not sealed", { verification: { ...VALID, status: "incomplete" } as const }],
  ["no record", { verification: { ...VALID, status: "missing" } as const, outcome: undefined }],
  ["a record that nobody read", { outcome: undefined }],
])("a session with %s is red", (_what, change) => {
  expect(conclude({ ...WHOLE, ...change })).toMatchObject({ state: "failure" });
});
