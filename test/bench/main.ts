/**
 * `npm run bench`: ratios from one interleaved run (A B A B …) on a real PostgreSQL: prints a table and writes JSON.
 * Options: --rounds N (default 7), --seconds N a measurement (default 2), --json FILE, --doc FILE (a page
 * of Markdown), --quick (3 rounds, 1 s).
 * What is not installed is named and left out. Composition root.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { authority, postgresVersions, startPostgres } from "@gate/testkit";
import { run } from "../world.ts";
import { readBulk } from "./bulk.ts";
import { decideCosts } from "./decide.ts";
import { httpRows } from "./http.ts";
import { maskingRows } from "./masking.ts";
import {
  cpuSeconds,
  directPeer,
  gatePeer,
  haproxyPairPeer,
  haproxyPeer,
  MASKED,
  TWO_WORKERS,
  pgbouncerPeer,
  replayServer,
  type Peer,
} from "./peers.ts";
import { idleFigure, postFigure } from "./session.ts";
import { sshRows } from "./ssh.ts";
import { startTwoHop, type Figure } from "./two-hop.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string" },
    seconds: { type: "string" },
    json: { type: "string" },
    doc: { type: "string" },
    quick: { type: "boolean" },
  },
});
const rounds = Number(values.rounds ?? (values.quick === true ? 3 : 7));
const seconds = Number(values.seconds ?? (values.quick === true ? 1 : 2));

interface Row {
  readonly row: string;
  readonly path: string;
  readonly against: string;
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  /** CPU microseconds a query of the path's own processes; absent for bulk. */
  readonly cpuMicros?: number;
}

const REMARKS = `- Every hop adds two wake-ups and four socket calls to a short query, whoever makes it: no proxy reaches direct on one.
- Bulk results are bound by the server; the gate looks at message headers only, unless a column is masked. \`replayed\` takes
  the same result from a server that sends it from memory, so that the path itself is the bound.
- \`gate, two workers\` are two processes behind one port, each with a session and a recording of its own: what two sessions
  get on two cores. One session's connections belong to one process, because its record is written before a command is
  forwarded; \`gate serve\` is one process.
- Classification costs tens of microseconds for a new text and nothing for a known one. \`simple\` sends a new text with every
  query, \`prepared\` never does.
- Where a row has a target, its column says whether this run reached it. A short query is mostly socket calls: a bare pipe in
  Node costs 21 to 26 µs a query at c8 on a machine like this one, before anything is read, judged or recorded.
`;

/** What the ratios of some rows should be at least; `most`: at most, where the row is about time. */
const TARGETS: readonly {
  readonly rows: RegExp;
  readonly path: string;
  readonly against: string;
  readonly ratio: number;
  readonly most?: true;
}[] = [
  { rows: /^pgbench.* c1$/u, path: "gate", against: "haproxy", ratio: 0.95 },
  { rows: /^pgbench.* c8$/u, path: "gate", against: "haproxy", ratio: 0.9 },
  { rows: /^pgbench.* c8$/u, path: "gate", against: "pgbouncer session", ratio: 0.8 },
  { rows: /^pgbench.* c8$/u, path: TWO_WORKERS, against: "pgbouncer session", ratio: 1 },
  { rows: /^pgbench/u, path: "job proxy, TLS, gateway", against: "haproxy, TLS, haproxy", ratio: 0.95 },
  { rows: /replayed$/u, path: "gate", against: "haproxy", ratio: 1.5 },
  { rows: /^bulk SELECT$/u, path: MASKED, against: "direct", ratio: 0.9 },
  { rows: /^HTTP/u, path: "gate", against: "nginx as reverse proxy", ratio: 0.33 },
  { rows: /^SSH .*exec, time/u, path: "gate", against: "direct", ratio: 0.6, most: true },
  { rows: /^SSH bulk/u, path: "gate", against: "direct", ratio: 0.5 },
];

const BULK_SQL = "SELECT id, body, secret, filler FROM bulk";
const directory = mkdtempSync(join(tmpdir(), "gate-bench-"));
const version = postgresVersions()[0] ?? "18";
const server = await startPostgres({
  version,
  settings: { fsync: "off", synchronous_commit: "off", shared_buffers: "256MB", max_connections: "100" },
});
const peers: Peer[] = [];
try {
  process.stdout.write(
    `PostgreSQL ${server.version}, Node ${process.version}, ${cpus().length} cores, ${congestion()}\n`,
  );
  await server.query("CREATE DATABASE bench");
  await pgbench(directPeer(server), ["-i", "-q", "-s", "5"]);
  await server.query(
    "CREATE TABLE bulk AS SELECT i AS id, md5(i::text) AS body, 'secret-' || i AS secret, repeat('x', 100) AS filler FROM generate_series(1, 400000) i",
    "bench",
  );
  await server.query("VACUUM ANALYZE", "bench");
  const named: [string, Promise<Peer | undefined>][] = [
    ["pgbouncer", pgbouncerPeer(server, directory)],
    ["haproxy", haproxyPeer(server, directory)],
    ["haproxy pair", haproxyPairPeer(server, directory, await pairPem())],
    ["gate", gatePeer(server, directory, false)],
    ["gate, two workers", gatePeer(server, directory, false, 2)],
    ["gate with a column mask", gatePeer(server, directory, true)],
  ];
  peers.push(directPeer(server));
  for (const [name, starting] of named) {
    const peer = await starting;
    if (peer === undefined) process.stdout.write(`left out: ${name} is not installed\n`);
    else peers.push(peer);
  }
  const twoHop = await startTwoHop(server, join(directory, "two-hop"));
  peers.push(twoHop.peer);
  const rows = [
    ...(await transactions()),
    ...(await bulk(
      "bulk SELECT",
      peers.filter((peer) => peer.name !== TWO_WORKERS),
    )),
    ...(await replayed()),
    ...(await decideCosts()),
    ...maskingRows().map(({ row, path, against, ratio }) => targetRow(row, path, against, ratio)),
    ...((await httpRows(rounds, seconds)) ?? []),
    ...((await sshRows(rounds)) ?? []),
    ...figureRows([
      ...twoHop.figures,
      await postFigure(twoHop.world, join(directory, "post")),
      await idleFigure(server, join(directory, "idle")),
    ]),
  ];
  process.stdout.write(`\n${tableOf(rows)}`);
  if (values.doc !== undefined) writeFileSync(values.doc, page(rows));
  if (values.json !== undefined) {
    writeFileSync(
      values.json,
      `${JSON.stringify({ postgres: server.version, node: process.version, cores: cpus().length, rounds, seconds, rows }, null, 2)}\n`,
    );
  }
} finally {
  for (const peer of peers) peer.stop();
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
}

/** pgbench -S over every path, protocol and concurrency, interleaved. */
async function transactions(): Promise<Row[]> {
  const cases = ["simple", "extended", "prepared"].flatMap((mode) => [1, 8].map((clients) => ({ mode, clients })));
  const samples = new Map<string, { tps: number; cpu: number }[]>();
  const paths = peers.filter((peer) => peer.name !== MASKED);
  for (let round = 0; round < rounds; round += 1) {
    for (const { mode, clients } of cases) {
      for (const peer of paths) {
        const before = cpuSeconds(peer.pids);
        const { tps, transactions: done } = await pgbench(peer, [
          "-S",
          "-n",
          "-M",
          mode,
          "-c",
          String(clients),
          "-j",
          String(Math.min(clients, 2)),
          "-T",
          String(seconds),
        ]);
        const cpu = ((cpuSeconds(peer.pids) - before) * 1e6) / Math.max(1, done);
        const key = `${mode} c${clients}|${peer.name}`;
        samples.set(key, [...(samples.get(key) ?? []), { tps, cpu }]);
      }
    }
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
  }
  const cpu = median((samples.get("extended c8|gate") ?? []).map((each) => each.cpu));
  const against = (path: string): string[] =>
    path === "job proxy, TLS, gateway"
      ? ["direct", "haproxy, TLS, haproxy"]
      : path === "gate" || path === TWO_WORKERS
        ? ["direct", "haproxy", "pgbouncer session"]
        : ["direct"];
  const rows = cases.flatMap(({ mode, clients }) =>
    paths.flatMap((peer) =>
      against(peer.name).flatMap((other) => {
        if (peer.name === other) return [];
        const own = samples.get(`${mode} c${clients}|${peer.name}`) ?? [];
        const base = samples.get(`${mode} c${clients}|${other}`);
        if (base === undefined) return [];
        const row = ratioRow(
          `pgbench -S ${mode} c${clients}`,
          peer.name,
          other,
          own.map((each) => each.tps),
          base.map((each) => each.tps),
        );
        return [{ ...row, cpuMicros: Math.round(median(own.map((each) => each.cpu)) * 10) / 10 }];
      }),
    ),
  );
  const share = targetRow(
    "CPU a query, extended c8",
    `gate: ${Math.round(cpu * 10) / 10} µs`,
    "target 30 µs",
    cpu / 30,
  );
  return [...rows, share];
}

/** A large SELECT over these paths, interleaved; `maskedFloor`: what the path with masks should reach, in MB/s. */
async function bulk(name: string, paths: readonly Peer[], maskedFloor?: number): Promise<Row[]> {
  const samples = new Map<string, number[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const peer of paths) {
      samples.set(peer.name, [...(samples.get(peer.name) ?? []), await readBulk(peer, BULK_SQL)]);
    }
  }
  const direct = samples.get("direct") ?? [];
  const rows = paths
    .filter((peer) => peer.name !== "direct")
    .map((peer) => ratioRow(name, peer.name, "direct", samples.get(peer.name) ?? [], direct));
  const other = samples.get("haproxy");
  if (other !== undefined) rows.push(ratioRow(name, "gate", "haproxy", samples.get("gate") ?? [], other));
  if (maskedFloor !== undefined) {
    const rate = median(samples.get(MASKED) ?? [0]);
    rows.push(
      targetRow(name, `${MASKED}: ${Math.round(rate)} MB/s`, `at least ${maskedFloor} MB/s`, rate / maskedFloor),
    );
  }
  return rows;
}

/** The same result from a server that is faster than any proxy: what the paths themselves can do. */
async function replayed(): Promise<Row[]> {
  const source = await replayServer(server, BULK_SQL, false);
  const behind = { ...server, port: source.port };
  const paths: Peer[] = [directPeer(behind)];
  try {
    const other = await haproxyPeer(behind, directory);
    if (other !== undefined) paths.push(other);
    for (const masks of [false, true]) paths.push(await gatePeer(behind, join(directory, "replay"), masks));
    return await bulk("bulk SELECT, replayed", paths, 450);
  } finally {
    for (const peer of paths) peer.stop();
    source.stop();
  }
}

async function pgbench(peer: Peer, args: readonly string[]): Promise<{ tps: number; transactions: number }> {
  const { code, stdout, stderr } = await run(
    "pgbench",
    ["-h", "127.0.0.1", "-p", String(peer.port), "-U", peer.user, ...args, "bench"],
    {
      env: { PGPASSWORD: peer.password, PGSSLMODE: "disable" },
    },
  );
  if (code !== 0) throw new Error(`pgbench over ${peer.name} failed: ${stderr.slice(-500)}`);
  return {
    tps: Number(/tps = ([\d.]+)/.exec(stdout)?.[1] ?? 0),
    transactions: Number(/transactions actually processed: (\d+)/.exec(stdout)?.[1] ?? 0),
  };
}

/** Times and memory, measured once, against the targets of this repository: at most 1. */
function figureRows(figures: readonly Figure[]): Row[] {
  return figures.map(({ row, value, target, unit }) =>
    targetRow(row, `${value} ${unit}`, `target ${target} ${unit}`, value / target),
  );
}

function targetRow(row: string, path: string, against: string, ratio: number): Row {
  const rounded = Math.round(ratio * 1000) / 1000;
  return { row, path, against, ratio: rounded, low: rounded, high: rounded };
}

function ratioRow(row: string, path: string, against: string, own: readonly number[], base: readonly number[]): Row {
  const ratios = own.map((value, index) => value / (base[index] ?? value)).sort((a, b) => a - b);
  const round = (value: number): number => Math.round(value * 1000) / 1000;
  return {
    row,
    path,
    against,
    ratio: round(median(ratios)),
    low: round(ratios[0] ?? 0),
    high: round(ratios.at(-1) ?? 0),
  };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function tableOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const { row: name, path, against, ratio, low, high, cpuMicros } = row;
    return `| ${name} | ${path} | ${against} | ${ratio} | ${low}–${high} | ${verdictOf(row)} | ${cpuMicros ?? ""} |\n`;
  });
  const head = "| row | path | against | ratio | spread | target | CPU µs a command |";
  return `${head}\n|---|---|---|---:|---|---|---:|\n${lines.join("")}`;
}

/** What the ratio should be, and whether it is; empty for rows without a target. */
function verdictOf(row: Row): string {
  // Times and memory are given as a share of their bound; rates as a multiple of theirs.
  if (row.against.startsWith("target")) return said("≤", 1, row.ratio <= 1);
  if (row.against.startsWith("at least")) return said("≥", 1, row.ratio >= 1);
  const found = TARGETS.find(
    ({ rows, path, against }) => rows.test(row.row) && row.path === path && row.against === against,
  );
  if (found === undefined) return "";
  if (found.most === true) return said("≤", found.ratio, row.ratio <= found.ratio);
  return said("≥", found.ratio, row.ratio >= found.ratio);
}

function said(sign: string, bound: number, reached: boolean): string {
  return `${sign} ${bound} ${reached ? "reached" : "**missed**"}`;
}

function page(rows: readonly Row[]): string {
  return `# Benchmarks

Written by \`npm run bench -- --doc docs/bench.md\`; do not edit. Each figure is the median of the rounds' ratios in one interleaved run
(A B A B …, ${rounds} rounds of ${seconds} s): throughput of the path over throughput of what it is compared with. Absolute
figures do not travel between machines; ratios and CPU time a command do, roughly.

PostgreSQL ${server.version}, Node ${process.version}, ${cpus().length} cores, ${congestion()}, loopback. \`gate\` is one hop
without TLS, with verdicts and a recording to files; \`job proxy, TLS, gateway\` is what a job uses: both bundles, TLS 1.3,
verdicts, recording.

${tableOf(rows)}
## What the figures say
${REMARKS}`;
}

async function pairPem(): Promise<string> {
  const leaf = await (await authority("bench")).issue("localhost", { server: true });
  return `${leaf.cert}\n${leaf.key}\n`;
}

function congestion(): string {
  try {
    return `${readFileSync("/proc/sys/net/ipv4/tcp_congestion_control", "utf8").trim()} congestion control`;
  } catch {
    return "congestion control unknown";
  }
}
