/**
 * A gate of one hop in a process of its own, for the bench and for tests that kill it: settings on stdin,
 * `{port, user, password, session, vkey, pids}` on stdout.
 * With `workers` so many processes share one port, each with a session and a recording of its own.
 */
import cluster from "node:cluster";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
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
  readonly workers?: number;
}

interface Ready {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly session: string;
  readonly vkey: string;
}

/** One masked column, and every detector on all the others. */
const MASKS = `masks:
  pii:
  - {column: public.bulk.secret, action: redact}
  - {detect: [${DETECTORS.join(", ")}], action: redact}
`;

if (cluster.isWorker) {
  process.once("message", (message: Settings & { readonly endpointPassword: string }) => {
    const own = { ...message, directory: join(message.directory, String(process.pid)) };
    void hop(own, message.endpointPassword).then((ready) => process.send?.(ready));
  });
} else {
  const settings = JSON.parse(await text(process.stdin)) as Settings;
  const ready = settings.workers === undefined ? await hop(settings) : await fork(settings, settings.workers);
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  process.once("SIGINT", () => process.exit(0));
}

async function hop(settings: Settings, password?: string): Promise<Ready & { readonly pids: readonly number[] }> {
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
    ...(password === undefined ? {} : { password }),
  });
  const { port, user, session, signer } = harness;
  return { port, user, password: harness.password, session: session.id, vkey: signer.vkey, pids: [process.pid] };
}

/** Workers of a cluster listen on one port together; connections go to them in turn. */
async function fork(settings: Settings, count: number): Promise<Ready & { readonly pids: readonly number[] }> {
  const endpointPassword = randomBytes(18).toString("base64url");
  const ready = await Promise.all(
    Array.from({ length: count }, async () => {
      const worker = cluster.fork();
      const answer = new Promise<Ready>((resolve) => worker.once("message", resolve));
      worker.once("online", () => worker.send({ ...settings, endpointPassword }));
      return { ready: await answer, pid: worker.process.pid ?? 0 };
    }),
  );
  process.once("exit", () => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill("SIGKILL");
  });
  const [first] = ready;
  if (first === undefined) throw new Error("no workers");
  return { ...first.ready, pids: [process.pid, ...ready.map(({ pid }) => pid)] };
}
