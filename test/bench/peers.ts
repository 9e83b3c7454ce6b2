/** The paths that the bench compares, each a server between pgbench and one PostgreSQL. Touches processes. */
import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort, type PostgresServer } from "@gate/testkit";
import { ROOT, sleep } from "../world.ts";
import type { ReplaySettings } from "./replay.ts";

export interface Peer {
  readonly name: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Processes whose CPU time belongs to the path. */
  readonly pids: readonly number[];
  stop(): void;
}

export function directPeer(server: PostgresServer): Peer {
  return {
    name: "direct",
    port: server.port,
    user: server.superuser,
    password: server.password,
    pids: [],
    stop: nothing,
  };
}

/** pgbouncer in session mode; undefined where it is not installed. */
export async function pgbouncerPeer(server: PostgresServer, directory: string): Promise<Peer | undefined> {
  const binary = installed("/usr/sbin/pgbouncer");
  if (binary === undefined) return undefined;
  const folder = join(directory, "pgbouncer");
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  writeFileSync(join(folder, "users.txt"), `"${server.superuser}" "${server.password}"\n`);
  writeFileSync(
    join(folder, "pgbouncer.ini"),
    `[databases]
* = host=127.0.0.1 port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(folder, "users.txt")}
pool_mode = session
default_pool_size = 64
max_client_conn = 200
ignore_startup_parameters = extra_float_digits
log_connections = 0
log_disconnections = 0
`,
  );
  for (const file of ["users.txt", "pgbouncer.ini"]) chmodSync(join(folder, file), 0o644);
  chmodSync(directory, 0o755);
  const args = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
  const child = spawn(binary, ["-q", ...args, join(folder, "pgbouncer.ini")], { stdio: "ignore" });
  await listening(port, "pgbouncer");
  return peerOf("pgbouncer session", port, server, child);
}

/** haproxy in TCP mode with one thread; undefined where it is not installed. */
export async function haproxyPeer(server: PostgresServer, directory: string): Promise<Peer | undefined> {
  const port = await freePort();
  const child = await haproxy(
    directory,
    String(port),
    `listen l\n bind 127.0.0.1:${port}\n server s 127.0.0.1:${server.port}\n`,
  );
  if (child === undefined) return undefined;
  await listening(port, "haproxy");
  return peerOf("haproxy", port, server, child);
}

/** haproxy → TLS → haproxy; undefined where it is not installed. `pem` holds certificate and key. */
export async function haproxyPairPeer(
  server: PostgresServer,
  directory: string,
  pem: string,
): Promise<Peer | undefined> {
  const [near, far] = [await freePort(), await freePort()];
  writeFileSync(join(directory, "pair.pem"), pem, { mode: 0o600 });
  const outer = await haproxy(
    directory,
    "far",
    `listen l\n bind 127.0.0.1:${far} ssl crt ${join(directory, "pair.pem")}\n server s 127.0.0.1:${server.port}\n`,
  );
  const inner = await haproxy(
    directory,
    "near",
    `listen l\n bind 127.0.0.1:${near}\n server s 127.0.0.1:${far} ssl verify none\n`,
  );
  if (outer === undefined || inner === undefined) return undefined;
  await listening(near, "haproxy");
  await listening(far, "haproxy");
  const peer = peerOf("haproxy, TLS, haproxy", near, server, inner);
  return {
    ...peer,
    pids: [inner.pid ?? 0, outer.pid ?? 0],
    stop: () => {
      inner.kill();
      outer.kill();
    },
  };
}

/** A server that answers one Query from memory, or (`idle`) nothing but start-ups; `stop` ends its process. */
export async function replayServer(
  server: PostgresServer,
  sql: string,
  idle: boolean,
): Promise<{ readonly port: number; stop(): void }> {
  const child = spawn(process.execPath, [...TYPES, join(ROOT, "test/bench/replay.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const settings: ReplaySettings = { port: server.port, user: server.superuser, password: server.password, sql, idle };
  child.stdin.end(JSON.stringify(settings));
  const { port } = JSON.parse(await firstLine(child)) as { port: number };
  return { port, stop: () => void child.kill("SIGKILL") };
}

/** Two processes behind one port, each with a session and a recording of its own. */
export const TWO_WORKERS = "gate, two workers";

/** The path that masks a column and looks for everything else. */
export const MASKED = "gate, column mask and detectors";

/** One gateway hop: engine, verdicts, recording to files; no TLS in front of it. */
export async function gatePeer(
  server: PostgresServer,
  directory: string,
  masks: boolean,
  workers?: number,
): Promise<Peer> {
  const child = spawn(process.execPath, [...TYPES, join(ROOT, "test/bench/hop.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(
    JSON.stringify({
      directory: join(directory, `${masks ? "masked" : "plain"}${workers ?? ""}`),
      port: server.port,
      database: "bench",
      user: server.superuser,
      password: server.password,
      masks,
      ...(workers === undefined ? {} : { workers }),
    }),
  );
  const line = await firstLine(child);
  const ready = JSON.parse(line) as { port: number; user: string; password: string; pids: number[] };
  return {
    name: masks ? MASKED : workers === undefined ? "gate" : TWO_WORKERS,
    ...ready,
    // Workers die with the process that forked them only when it can tell them.
    stop: () => void child.kill("SIGINT"),
  };
}

/** CPU seconds that processes have used so far, from /proc (user + system). */
export function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // The process has ended: what it used is lost, and the figure shows it as zero.
    }
  }
  return ticks / CLOCK_TICKS;
}

async function haproxy(directory: string, name: string, section: string): Promise<ChildProcess | undefined> {
  const binary = installed("/usr/sbin/haproxy");
  if (binary === undefined) return undefined;
  const file = join(directory, `haproxy-${name}.cfg`);
  writeFileSync(
    file,
    `global
 nbthread 1
 maxconn 500
defaults
 mode tcp
 timeout connect 5s
 timeout client 1h
 timeout server 1h
${section}`,
  );
  return spawn(binary, ["-db", "-q", "-f", file], { stdio: "ignore" });
}

function peerOf(name: string, port: number, server: PostgresServer, child: ChildProcess): Peer {
  return {
    name,
    port,
    user: server.superuser,
    password: server.password,
    pids: [child.pid ?? 0],
    stop: () => void child.kill(),
  };
}

function installed(path: string): string | undefined {
  return existsSync(path) ? path : undefined;
}

async function listening(port: number, name: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => {
        socket.destroy();
        resolve(true);
      });
      socket.once("error", () => resolve(false));
    });
    if (open) return;
    await sleep(50);
  }
  throw new Error(`${name} did not listen within 5 s`);
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes("\n")) resolve(text.split("\n")[0] ?? "");
    });
    child.once("exit", (code) => reject(new Error(`a server of the bench ended with ${code}`)));
  });
}

function nothing(): void {
  // There is no process of ours on this path.
}

const TYPES = ["--disable-warning=ExperimentalWarning"];
/** Linux: USER_HZ is 100 on every architecture that Node runs on. */
const CLOCK_TICKS = 100;
