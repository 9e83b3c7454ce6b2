/** A gate of one hop in a process of its own, for the bench: settings on stdin, `{port, user, password}` on stdout. */
import { text } from "node:stream/consumers";
import { DETECTORS } from "@gate/masking";
import { postgres } from "@gate/protocols/postgres";
import { fileRecordings } from "@gate/stores";
import { startHarness } from "../../packages/testkit/src/harness.ts";

interface Settings {
  readonly directory: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly masks: boolean;
}

/** One masked column, and every detector on all the others. */
const MASKS = `masks:
  pii:
  - {column: public.bulk.secret, action: redact}
  - {detect: [${DETECTORS.join(", ")}], action: redact}
`;
const settings = JSON.parse(await text(process.stdin)) as Settings;
const harness = await startHarness({
  protocol: postgres,
  target: {
    address: `127.0.0.1:${settings.port}`,
    database: settings.database,
    tls: { mode: "disable" },
    credential: { username: settings.user, password: settings.password },
  },
  policy: `rules:
  main:
  - {id: read, effect: allow, match: {statement: [SELECT], reads: ["public.*", "@catalog"], functions: safe}}
  - {id: write, effect: allow, match: {statement: [INSERT, UPDATE], writes: ["public.*"], functions: safe}}
${settings.masks ? MASKS : ""}`,
  ...(settings.masks ? { grantKeys: "masks: [pii]" } : {}),
  recordings: fileRecordings(settings.directory),
  sessionTtlMs: 3_600_000,
});
process.stdout.write(`${JSON.stringify({ port: harness.port, user: harness.user, password: harness.password })}\n`);
process.once("SIGINT", () => process.exit(0));
