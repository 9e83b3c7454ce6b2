/** Job proxy → TLS → gateway, from the bundles, everything on: what a job really uses. Touches processes. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PostgresServer } from "@gate/testkit";
import { startWorld, type World } from "../world.ts";
import type { Peer } from "./peers.ts";

/** A figure that is no throughput; smaller is better. */
export interface Figure {
  readonly row: string;
  readonly value: number;
  readonly target: number;
  readonly unit: "ms" | "MB";
}

export interface TwoHop {
  readonly peer: Peer;
  readonly world: World;
  /** What was measured on the way. */
  readonly figures: readonly Figure[];
}

export async function startTwoHop(server: PostgresServer, directory: string): Promise<TwoHop> {
  const figures: Figure[] = [];
  mkdirSync(directory, { recursive: true });
  const world = await startWorld({
    directory: join(directory, "gateway"),
    policy: POLICY,
    existing: { server, database: "bench", username: server.superuser, password: server.password },
  });
  const token = join(directory, "token");
  const envFile = join(directory, "job.env");
  writeFileSync(token, world.github.openJob({ environment: "production" }).subjectToken(world.url), { mode: 0o600 });
  const caFile = join(directory, "ca.pem");
  writeFileSync(caFile, world.ca ?? "");
  const before = performance.now();
  const started = await world.gate(
    "connect",
    "--gateway",
    world.url,
    "--ca",
    caFile,
    "--token-file",
    token,
    "--write-env",
    envFile,
    "--detach",
  );
  figures.push({
    row: "gate connect, from start to ready",
    value: Math.round(performance.now() - before),
    target: 500,
    unit: "ms",
  });
  if (started.code !== 0) throw new Error(`gate connect failed: ${started.stderr}`);
  const env = Object.fromEntries(
    readFileSync(envFile, "utf8")
      .split("\n")
      .filter((line) => line.includes("="))
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  process.env["GATE_CONTROL"] = env["GATE_CONTROL"];
  const status = await world.gate("status", "--json");
  const daemon = (JSON.parse(status.stdout) as { pid: number }).pid;
  figures.push({ row: "job proxy, idle RSS", value: rssMegabytes(daemon), target: 80, unit: "MB" });
  const peer: Peer = {
    name: "job proxy, TLS, gateway",
    port: Number(env["PGPORT"]),
    user: env["PGUSER"] ?? "",
    password: env["PGPASSWORD"] ?? "",
    pids: [daemon, world.gatewayPid()],
    stop: () => {
      void world.stop();
    },
  };
  return { peer, world, figures };
}

export function rssMegabytes(pid: number): number {
  const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Math.round(Number(found?.[1] ?? 0) / 1024);
}

export const POLICY = `version: gate/v1
trust:
  bench:
    issuer: github
    audience: GATEWAY_URL
    claims: {repository_id: "*", event_name: "*", environment: production}
    session: {ttl: 1h, max_ttl: 2h}
    grants: [orders-db]
grants:
  orders-db: {target: orders-db, rules: [main]}
rules:
  main:
  - {id: read, effect: allow, match: {statement: [SELECT], reads: ["public.*", "@catalog"], functions: safe}}
`;
