/** A gate of one hop before sshd, in a process of its own: settings on stdin, its port and host key on stdout. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { ssh } from "@gate/protocols/ssh";
import { fileRecordings } from "@gate/stores";
import { startHarness } from "../../packages/testkit/src/harness.ts";

interface Settings {
  readonly target: Readonly<Record<string, unknown>>;
  readonly publicKey: string;
}

const settings = JSON.parse(await text(process.stdin)) as Settings;
const directory = mkdtempSync(join(tmpdir(), "gate-ssh-hop-"));
const harness = await startHarness({
  protocol: ssh,
  target: settings.target,
  policy: `rules:
  main:
  - {id: all, effect: allow, match: {exec: [["true"], [head, "-c", "*", /dev/zero]]}}
`,
  endpoint: { publicKey: settings.publicKey },
  recordings: fileRecordings(directory),
  sessionTtlMs: 3_600_000,
});
process.stdout.write(`${JSON.stringify({ port: harness.port, hostKey: harness.hostKeyLine })}\n`);
process.once("SIGINT", () => {
  rmSync(directory, { recursive: true, force: true });
  process.exit(0);
});
