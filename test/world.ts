/**
 * A small world for the demo and the end-to-end tests: a real PostgreSQL with a shop in it, GitHub as a double, and a
 * gateway in a process of its own, started from its bundle. Touches processes, loopback sockets and one directory.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import unzip from "unzip-stream";
import {
  freePort,
  startGitHub,
  startPostgres,
  type GitHubDouble,
  type GitHubOptions,
  type PostgresServer,
  type StoredArtifact,
} from "@gate/testkit";

export { freePort };

export const ROOT = resolve(fileURLToPath(new URL("..", import.meta.url)));

export interface WorldOptions {
  /** An empty directory for configuration, store and recordings. */
  readonly directory: string;
  /** The policy's text; default DEMO_POLICY. */
  readonly policy?: string;
  readonly postgresVersion?: string;
  readonly tls?: "self-signed" | "off";
  /** Another port than a free one. */
  readonly port?: number;
  /** How GitHub is: teams, users, an operator's App. */
  readonly github?: GitHubOptions;
  /** Lines for gateway.yaml that need GitHub's address. */
  readonly githubSection?: (github: GitHubDouble) => string;
  /** `people` of gateway.yaml, instead of alice and bob with their tokens. */
  readonly people?: string;
  /** More variables of the gateway's process. */
  readonly env?: Readonly<Record<string, string>>;
  /** More lines below `targets:`. */
  readonly targets?: string;
  /** More lines for gateway.yaml. */
  readonly extra?: string;
  /** A server that runs already, instead of one of its own with the shop in it. */
  readonly existing?: {
    readonly server: PostgresServer;
    readonly database: string;
    readonly username: string;
    readonly password: string;
  };
}

export interface World {
  readonly postgres: PostgresServer;
  readonly github: GitHubDouble;
  readonly directory: string;
  readonly url: string;
  readonly vkey: string;
  /** PEM of the gateway's certificate, when it made one. */
  readonly ca: string | undefined;
  /** Arguments that let the CLI talk to the gateway as an approver. */
  readonly asApprover: (name: "alice" | "bob") => string[];
  readonly gatewayLog: () => string;
  readonly gatewayPid: () => number;
  /** Runs the `gate` command from its bundle. */
  gate(...args: string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
  /** Answers the next pending hold; resolves with its text. */
  answerHold(vote: "approve" | "deny", by?: "alice" | "bob", reason?: string): Promise<string>;
  restartGateway(): Promise<void>;
  stopGateway(signal?: NodeJS.Signals): Promise<number | null>;
  stop(): Promise<void>;
}

/** What no job may ever see. */
export const TARGET_PASSWORD = "target-credential-that-no-job-sees";

export const SHOP = `
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, email text NOT NULL, card text NOT NULL);
INSERT INTO customers VALUES
  (1, 'Ada Bell', 'ada@example.com', '4111111111111111'),
  (2, 'Ben Cole', 'ben@example.com', '5500005555555559'),
  (3, 'Cyd Dorn', 'cyd@example.com', '340000000000009');
CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL REFERENCES customers, status text NOT NULL, amount int NOT NULL);
INSERT INTO orders SELECT i, 1 + i % 3, CASE WHEN i % 2 = 0 THEN 'shipped' ELSE 'open' END, i * 10 FROM generate_series(1, 20) i;
CREATE ROLE gate_deploy LOGIN PASSWORD '${TARGET_PASSWORD}';
GRANT ALL ON customers, orders TO gate_deploy;
`;

export const DEMO_POLICY = readFileSync(join(ROOT, "test/demo/policy.yaml"), "utf8");

const PEOPLE = `people:
  tokens:
    alice: {token: file:./alice.token, subjects: ["github-team:acme/dba"]}
    bob: {token: file:./bob.token, subjects: ["github-team:acme/dba"]}
`;

export async function startWorld(options: WorldOptions): Promise<World> {
  const { directory } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { existing } = options;
  const [postgres, github] = await Promise.all([
    existing?.server ??
      startPostgres(options.postgresVersion === undefined ? {} : { version: options.postgresVersion }),
    startGitHub(options.github),
  ]);
  if (existing === undefined) {
    await postgres.query("CREATE DATABASE shop");
    await postgres.query(SHOP, "shop");
  }
  const credential = existing ?? { database: "shop", username: "gate_deploy", password: TARGET_PASSWORD };
  const port = options.port ?? (await freePort());
  const scheme = options.tls === "off" ? "http" : "https";
  const url = `${scheme}://127.0.0.1:${port}`;
  writeFileSync(join(directory, "policy.yaml"), (options.policy ?? DEMO_POLICY).replaceAll("GATEWAY_URL", url));
  writeFileSync(
    join(directory, "gateway.yaml"),
    `version: gate/v1
gateway:
  listen: 127.0.0.1:${port}
  public_url: ${url}
  tls: ${options.tls ?? "self-signed"}
  store: sqlite:./gate.db
  recordings: file:./recordings
  signing_key: file:./gate.key
policy: file:./policy.yaml
issuers:
  github: {issuer: "${github.issuer}"}
targets:
  orders-db:
    protocol: postgres
    address: 127.0.0.1:${postgres.port}
    database: ${credential.database}
    tls: {mode: disable}
    credential: {username: ${credential.username}, password: env:ORDERS_DB_PASSWORD}
${options.targets ?? ""}${options.people ?? PEOPLE}
${options.githubSection?.(github) ?? ""}${options.extra ?? ""}`,
  );
  for (const name of ["alice", "bob"]) {
    writeFileSync(join(directory, `${name}.token`), `${name}-${randomBytes(24).toString("base64url")}\n`, {
      mode: 0o600,
    });
  }
  let log = "";
  let child: ChildProcess | undefined;
  /** All that it says of itself is there, not only the first line. */
  const ready = (): boolean =>
    /listening on .*\n/.test(log) &&
    /verify with \S+\n/.test(log) &&
    (options.tls === "off" || /gateway-ca: \S+\n/.test(log));
  const start = async (): Promise<void> => {
    const process_ = spawn(process.execPath, [CLI, "serve", "--config", join(directory, "gateway.yaml")], {
      cwd: directory,
      env: {
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        ORDERS_DB_PASSWORD: credential.password,
        ...options.env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child = process_;
    const keep = (chunk: Buffer): void => {
      log += chunk.toString();
    };
    process_.stdout.on("data", keep);
    process_.stderr.on("data", keep);
    for (let tries = 0; tries < 1_200; tries += 1) {
      if (process_.exitCode !== null) throw new Error(`the gateway did not start:\n${log}`);
      if (ready()) return;
      await sleep(50);
    }
    throw new Error(`the gateway was not ready within 60 s:\n${log}`);
  };
  const stopGateway = async (signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return running?.exitCode ?? null;
    const exited = new Promise<number | null>((done) => running.once("exit", (code) => done(code)));
    running.kill(signal);
    const late = setTimeout(() => running.kill("SIGKILL"), 40_000);
    const code = await exited;
    clearTimeout(late);
    if (running.signalCode === "SIGKILL" && signal !== "SIGKILL")
      throw new Error("the gateway did not drain within 40 s");
    return code;
  };
  await start();
  const vkey = /verify with (\S+)/.exec(log)?.[1] ?? "";
  const caFile = /gateway-ca: (\S+)/.exec(log)?.[1];
  const ca = caFile === undefined ? undefined : readFileSync(resolve(directory, caFile), "utf8");
  const asApprover = (name: "alice" | "bob"): string[] => [
    "--gateway",
    url,
    "--token-file",
    join(directory, `${name}.token`),
    ...(caFile === undefined ? [] : ["--ca", resolve(directory, caFile)]),
  ];
  const gate: World["gate"] = (...args) => run(process.execPath, [CLI, ...args]);
  return {
    postgres,
    github,
    directory,
    url,
    vkey,
    ca,
    asApprover,
    gate,
    gatewayLog: () => log,
    gatewayPid: () => child?.pid ?? 0,
    async answerHold(vote, by = "alice", reason = "looked at it") {
      for (let tries = 0; tries < 200; tries += 1) {
        const { stdout } = await gate("approvals", "list", "--json", ...asApprover(by));
        const [hold] = (stdout === "" ? [] : JSON.parse(stdout)) as { id: string; command_text: string }[];
        if (hold !== undefined) {
          const answer = await gate("approvals", vote, hold.id, "--reason", reason, ...asApprover(by));
          if (answer.code !== 0) throw new Error(`gate approvals ${vote} failed: ${answer.stderr}`);
          return hold.command_text;
        }
        await sleep(100);
      }
      throw new Error("no command was held");
    },
    async restartGateway() {
      await stopGateway();
      log = "";
      await start();
    },
    stopGateway,
    async stop() {
      await stopGateway().catch(() => undefined);
      await github.close();
      if (existing === undefined) await postgres.stop();
    },
  };
}

/** Unpacks an uploaded artifact. */
export async function unpack(artifact: StoredArtifact, directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const writes: Promise<void>[] = [];
  const parser = unzip.Parse();
  parser.on("entry", (entry: unzip.Entry) => {
    const path = resolve(directory, entry.path);
    if (entry.type !== "File" || !path.startsWith(resolve(directory))) {
      entry.autodrain();
      return;
    }
    mkdirSync(resolve(path, ".."), { recursive: true });
    writes.push(pipeline(entry, createWriteStream(path)));
  });
  await pipeline(Readable.from([artifact.bytes]), parser);
  await Promise.all(writes);
}

export function run(
  file: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string; readonly cwd?: string } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve_, reject) => {
    const child = spawn(file, args, {
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      stdio: ["pipe", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    child.once("error", reject);
    child.once("close", (code) => resolve_({ code: code ?? -1, stdout, stderr }));
  });
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve_) => setTimeout(resolve_, ms));
}

const CLI = join(ROOT, "dist/cli/main.js");
