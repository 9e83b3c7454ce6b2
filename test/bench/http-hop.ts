/** A gate of one hop before an HTTP server, in a process of its own: settings on stdin, what it is on stdout. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { http } from "@gate/protocols/http";
import { fileRecordings } from "@gate/stores";
import { startHarness } from "../../packages/testkit/src/harness.ts";

interface Settings {
  readonly port: number;
  readonly masks: boolean;
  /** Of the recordings; without it one that goes when the process is told to end. */
  readonly directory?: string;
}

const settings = JSON.parse(await text(process.stdin)) as Settings;
const directory = settings.directory ?? mkdtempSync(join(tmpdir(), "gate-http-hop-"));
const harness = await startHarness({
  protocol: http,
  target: { address: `http://127.0.0.1:${settings.port}` },
  policy: `rules:
  main:
  - {id: all, effect: allow, match: {method: [GET, HEAD, POST], path: /**}}
${settings.masks ? "masks:\n  pii:\n  - {detect: [credit_card, iban, email, us_ssn], action: redact}\n" : ""}`,
  ...(settings.masks ? { grantKeys: "masks: [pii]" } : {}),
  recordings: fileRecordings(directory),
  sessionTtlMs: 3_600_000,
});
const { port, user, password, session, signer } = harness;
process.stdout.write(`${JSON.stringify({ port, user, password, session: session.id, vkey: signer.vkey })}\n`);
process.once("SIGINT", () => {
  if (settings.directory === undefined) rmSync(directory, { recursive: true, force: true });
  process.exit(0);
});
