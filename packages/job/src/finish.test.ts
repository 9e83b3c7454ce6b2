import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { ManualClock } from "@gate/base";
import type { Entry, Session } from "@gate/contract";
import { createRecorder, generateSigner } from "@gate/recording";
import { fileRecordings } from "@gate/stores";
import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveControl } from "./control.ts";
import { finish, type PostState } from "./finish.ts";

const SESSION: Session = {
  id: "ses_1",
  trustRule: "deploy",
  principal: { kind: "job", issuer: "https://issuer.example", display: "acme/shop run 1", claims: {} },
  grants: ["db"],
  policyDigest: "0".repeat(64),
  issuedAtMs: 0,
  expiresAtMs: 1,
  maxExpiresAtMs: 1,
  jkt: "k",
  latch: "l",
  state: "open",
  mode: "gateway",
};
const denied = (text: string): Entry => ({
  type: "verdict",
  connection: "c1",
  grant: "db",
  target: "db",
  protocol: "line",
  command: { kind: "line", digest: "1".repeat(64), text, textBytes: Buffer.byteLength(text) },
  facts: { kind: "line", classified: true, housekeeping: false, writes: false, fields: {} },
  verdict: "deny",
  rules: ["default"],
  message: "no",
});
let directory: string;
let server: Server;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "gate-test-"));
});

afterEach(() => {
  server.close();
  rmSync(directory, { recursive: true });
});

/** What post finds when the job's commands were these. */
async function finished(...texts: readonly string[]) {
  const signer = generateSigner("gate");
  const files = fileRecordings(join(directory, "recordings")).create(SESSION.id);
  const recorder = createRecorder({ sessionId: SESSION.id, files, signer, clock: new ManualClock() });
  recorder.append({ type: "session-opened", session: SESSION, targets: { db: "db" } });
  for (const text of texts) recorder.append(denied(text));
  await recorder.seal("closed by the job");
  const control = join(directory, "control");
  server = await serveControl(control, "right", {
    status: () => Promise.reject(new Error("not asked")),
    close: async () => ({
      recording: { kind: "directory", path: join(directory, "recordings", SESSION.id) },
      problems: [],
    }),
  });
  const state: PostState = {
    directory,
    control,
    closeToken: "right",
    sessionId: SESSION.id,
    vkey: signer.vkey,
    pinned: true,
    mode: "gateway",
    proxies: {},
    finish: { failOn: "never", upload: false },
  };
  return finish(state);
}

test("a command with characters that some readers take for the end of a line does not break the summary", async () => {
  const { failures, markdown, conclusion } = await finished("SELECT '\u2028\u2029\u0085\r'", "DROP TABLE a");
  expect(failures).toEqual([]);
  expect(markdown).toContain("The recording verifies");
  expect(markdown).toContain("DROP TABLE a");
  expect(conclusion.description).toContain("2 denied");
});

test("no text of a command becomes markup of the summary, a command of the runner, or a line of its own", async () => {
  const hostile = [
    "a\n::error::forged",
    "b\r\n::add-mask::x",
    "`|</code></td><script>alert(1)</script>",
    "[x](https://evil.example) ![y](https://evil.example/z) @acme/ops #1 https://evil.example",
    "\u202e::set-output name=x::y",
  ];
  const { markdown, annotations } = await finished(...hostile);
  expect(markdown).not.toMatch(/^::/mu);
  expect(markdown).not.toMatch(/<script|\]\(|https:\/\/evil|@acme|\u202e/u);
  expect(annotations).toHaveLength(hostile.length);
  for (const { title, message } of annotations) expect(title + message).not.toMatch(/[\r\n\u202e]/u);
});
