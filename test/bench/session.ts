/** What a session costs at its end and at rest: the post step, and a gateway with idle connections. Touches processes. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finish, start, type Started } from "@gate/job";
import type { PostgresServer } from "@gate/testkit";
import { RawPostgres } from "../../packages/testkit/src/postgres-raw.ts";
import { ROOT, run, sleep, startWorld, type World } from "../world.ts";
import { replayServer } from "./peers.ts";
import { POLICY, rssMegabytes, type Figure } from "./two-hop.ts";

/** Close, download, unpack, verify and sum up a session of 10,000 entries: what `connect` does after the job's steps. */
export async function postFigure(world: World, directory: string): Promise<Figure> {
  const started = await openSession(world, directory);
  const [endpoint] = started.endpoints;
  if (endpoint === undefined) throw new Error("the session has no endpoint");
  const args = ["-S", "-n", "-M", "prepared", "-c", "1", "-t", String(ENTRIES / 2)];
  const { code, stderr } = await run(
    "pgbench",
    ["-h", endpoint.host, "-p", String(endpoint.port), "-U", endpoint.user, ...args, "bench"],
    { env: { PGPASSWORD: endpoint.password, PGSSLMODE: "disable" } },
  );
  if (code !== 0) throw new Error(`pgbench failed: ${stderr.slice(-500)}`);
  const before = performance.now();
  const { failures } = await finish({
    ...started,
    sessionId: started.session.id,
    vkey: started.session.vkey,
    pinned: true,
    mode: "gateway",
    proxies: {},
    finish: { failOn: "never", upload: false },
  });
  const value = Math.round(performance.now() - before);
  if (failures.length > 0) throw new Error(`the session did not end well: ${failures.join("; ")}`);
  return { row: `connect's post step, ${ENTRIES.toLocaleString("en")} entries`, value, target: 1_000, unit: "ms" };
}

/** Memory of a gateway that has a thousand connections open, all idle, over TLS; the target behind it does nothing. */
export async function idleFigure(server: PostgresServer, directory: string): Promise<Figure> {
  const target = await replayServer(server, "", true);
  const world = await startWorld({
    directory: join(directory, "gateway"),
    policy: POLICY,
    existing: { server: { ...server, port: target.port }, database: "bench", username: "idle", password: "idle" },
  });
  const clients: RawPostgres[] = [];
  try {
    for (let job = 0; job < IDLE_JOBS; job += 1) {
      const [endpoint] = (await openSession(world, join(directory, `job-${job}`))).endpoints;
      if (endpoint === undefined) throw new Error("the session has no endpoint");
      for (let count = 0; count < IDLE_CONNECTIONS / IDLE_JOBS; count += BATCH) {
        const batch = Array.from({ length: BATCH }, () =>
          RawPostgres.login(endpoint.port, endpoint.user, endpoint.password, { database: "bench" }),
        );
        clients.push(...(await Promise.all(batch)));
      }
    }
    await sleep(SETTLE_MS);
    const value = rssMegabytes(world.gatewayPid());
    return {
      row: `gateway, RSS with ${IDLE_CONNECTIONS.toLocaleString("en")} idle connections`,
      value,
      target: 350,
      unit: "MB",
    };
  } finally {
    for (const client of clients) client.end();
    await world.stop();
    target.stop();
  }
}

async function openSession(world: World, directory: string): Promise<Started> {
  mkdirSync(directory, { recursive: true });
  const token = join(directory, "token");
  writeFileSync(token, world.github.openJob({ environment: "production" }).subjectToken(world.url), { mode: 0o600 });
  return start({
    to: { mode: "gateway", gateway: world.url, ...(world.ca === undefined ? {} : { ca: world.ca }) },
    grants: [],
    subjectToken: { kind: "file", path: token },
    tempDirectory: directory,
    entry: join(ROOT, "dist/cli/main.js"),
    leasePid: process.pid,
    env: process.env,
  });
}

const ENTRIES = 10_000;
const IDLE_CONNECTIONS = 1_000;
/** One endpoint of a job serves 256 at most. */
const IDLE_JOBS = 4;
const BATCH = 10;
/** For what the handshakes have left behind to be collected. */
const SETTLE_MS = 3_000;
