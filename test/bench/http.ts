/**
 * Requests a second of small answers over 32 kept connections (wrk): straight to nginx, through nginx as a reverse
 * proxy, through a gate of one hop. Touches processes. By itself: `node test/bench/http.ts [rounds] [seconds]`.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { NGINX, startNginx } from "../e2e/nginx.ts";
import { ROOT, run } from "../world.ts";

export interface HttpRow {
  readonly row: string;
  readonly path: string;
  readonly against: string;
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** `undefined` when nginx or wrk is not installed. */
export async function httpRows(rounds: number, seconds: number): Promise<HttpRow[] | undefined> {
  if (NGINX === undefined || !existsSync("/usr/bin/wrk")) return undefined;
  const body = "x".repeat(1024);
  const backend = await startNginx({
    quiet: true,
    server: `location / { default_type text/plain; return 200 "${body}"; }`,
  });
  const proxy = await startNginx({
    quiet: true,
    http: `upstream backend { server 127.0.0.1:${backend.port}; keepalive 64; }`,
    server: 'location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; }',
  });
  const gates = [await startGate(backend.port, false), await startGate(backend.port, true)] as const;
  const paths = [
    { name: "direct", port: backend.port, authorization: "" },
    { name: "nginx as reverse proxy", port: proxy.port, authorization: "" },
    { name: "gate", ...gates[0] },
    { name: "gate with detectors", ...gates[1] },
  ];
  const samples = new Map<string, number[]>();
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const { name, port, authorization } of paths) {
        samples.set(name, [...(samples.get(name) ?? []), await wrk(port, authorization, seconds)]);
      }
    }
  } finally {
    for (const gate of gates) gate.stop();
    await proxy.stop();
    await backend.stop();
  }
  const pairs = [
    ["nginx as reverse proxy", "direct"],
    ["gate", "direct"],
    ["gate", "nginx as reverse proxy"],
    ["gate with detectors", "nginx as reverse proxy"],
  ] as const;
  return pairs.map(([path, against]) => ratio(path, against, samples.get(path) ?? [], samples.get(against) ?? []));
}

function ratio(path: string, against: string, own: readonly number[], base: readonly number[]): HttpRow {
  const ratios = own.map((value, at) => value / (base[at] ?? value)).sort((a, b) => a - b);
  const round = (value = 0): number => Math.round(value * 1000) / 1000;
  return {
    row: "HTTP c32 keep-alive 1 KB",
    path,
    against,
    ratio: round(ratios[Math.floor(ratios.length / 2)]),
    low: round(ratios[0]),
    high: round(ratios.at(-1)),
  };
}

async function startGate(
  port: number,
  masks: boolean,
): Promise<{ readonly port: number; readonly authorization: string; stop(): void }> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(ROOT, "test/bench/http-hop.ts")],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  child.stdin.end(JSON.stringify({ port, masks }));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once("line", resolve);
    child.once("exit", () => reject(new Error("the gate did not start")));
  });
  const gate = JSON.parse(line) as { port: number; user: string; password: string };
  const authorization = `Basic ${Buffer.from(`${gate.user}:${gate.password}`).toString("base64")}`;
  return { port: gate.port, authorization, stop: () => child.kill("SIGINT") };
}

async function wrk(port: number, authorization: string, seconds: number): Promise<number> {
  const header = authorization === "" ? [] : ["-H", `Authorization: ${authorization}`];
  const { code, stdout, stderr } = await run("/usr/bin/wrk", [
    "-t1",
    "-c32",
    `-d${seconds}s`,
    ...header,
    `http://127.0.0.1:${port}/public/a`,
  ]);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? 0);
  if (code !== 0 || perSecond === 0 || stdout.includes("Non-2xx")) throw new Error(`wrk failed: ${stdout}${stderr}`);
  return perSecond;
}

if (process.argv[1] === import.meta.filename) {
  const rows = await httpRows(Number(process.argv[2] ?? 3), Number(process.argv[3] ?? 1));
  process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
}
