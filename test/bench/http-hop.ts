/** A gate of one hop before an HTTP server, in a process of its own: settings on stdin, `{port, user, password}` on stdout. */
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
}

const settings = JSON.parse(await text(process.stdin)) as Settings;
const directory = mkdtempSync(join(tmpdir(), "gate-http-hop-"));
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
const { port, user, password } = harness;
process.stdout.write(`${JSON.stringify({ port, user, password })}\n`);
process.once("SIGINT", () => {
  rmSync(directory, { recursive: true, force: true });
  process.exit(0);
});
