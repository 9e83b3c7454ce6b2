/**
 * A real sshd, gates before it, and OpenSSH's own clients configured as a job's steps have them. However a test ends,
 * the recording of each of its sessions must verify, and no connection may have ended by a mistake of ours.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect } from "@jest/globals";
import ssh2 from "ssh2";
import { ssh } from "@gate/protocols/ssh";
import { generateOpensshKey, type OpensshKey } from "@gate/protocols/ssh/keys";
import { verifyBundle } from "@gate/recording";
import { sshCommand, writeSshConfig } from "../../packages/job/src/ssh-config.ts";
import { HARNESS_GRANT, startHarness, type Harness, type HarnessOptions } from "../../packages/testkit/src/harness.ts";
import {
  sshInstalled,
  startSshServer,
  type SshServer,
  type SshServerOptions,
} from "../../packages/testkit/src/ssh-server.ts";
import { suiteWith } from "../../packages/testkit/src/parts.ts";

/** Skipped by name where Debian's packages are not installed. */
export const withSshd = suiteWith(sshInstalled(), "the packages openssh-server and openssh-client");

/** Every command whose words are known, and every operation on files. */
export const PERMISSIVE = `
rules:
  main:
  - {id: any, effect: allow, match: {operation: ["*"]}}
`;

export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Buffer;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Told what came on stderr so far. */
  readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => unknown;
}

export interface SshGate extends Harness {
  /** The file that a job finds in GATE_SSH_CONFIG. */
  readonly config: string;
  readonly key: OpensshKey;
  /** `ssh -F config <options> target <command>`. */
  ssh(command: readonly string[], options?: RunOptions & { readonly flags?: readonly string[] }): Promise<Answer>;
  /** Another client of the same job. */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<Answer>;
  /** A client of the library, signed in. */
  connect(): Promise<ssh2.Client>;
}

export interface SshFixture {
  readonly server: SshServer;
  readonly folder: string;
  target(): Record<string, unknown>;
  gate(policy?: string, options?: Partial<HarnessOptions>): Promise<SshGate>;
}

export function useSshServer(options: SshServerOptions = {}): SshFixture {
  let server: SshServer | undefined;
  let folder = "";
  const gates: SshGate[] = [];
  const clients: ssh2.Client[] = [];
  beforeAll(async () => {
    server = await startSshServer(options);
    folder = mkdtempSync(join(tmpdir(), "gate-ssh-"));
  }, 90_000);
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    for (const gate of gates.splice(0)) await endAndVerify(gate);
    server?.ran();
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const sshd = (): SshServer => {
    if (server === undefined) throw new Error("the server starts in beforeAll");
    return server;
  };
  const target = (): Record<string, unknown> => ({
    address: `127.0.0.1:${sshd().port}`,
    host_key: sshd().fingerprint,
    credential: { username: sshd().user, private_key: sshd().clientKey },
  });
  return {
    get server() {
      return sshd();
    },
    get folder() {
      return folder;
    },
    target,
    async gate(policy = PERMISSIVE, more = {}) {
      const key = generateOpensshKey();
      const harness = await startHarness({
        protocol: ssh,
        target: target(),
        policy,
        endpoint: { publicKey: key.publicLine },
        ...more,
      });
      const { port, user, hostKeyLine } = harness;
      const info = { grant: HARNESS_GRANT, host: "127.0.0.1", port, user, hostKey: hostKeyLine ?? "" };
      const directory = mkdtempSync(join(folder, "job-"));
      const config = writeSshConfig(directory, [{ info, clientKey: key.privateFile }]) ?? "";
      const gate: SshGate = {
        ...harness,
        config,
        key,
        ssh: (command, { flags = [], ...run } = {}) =>
          runProgram("ssh", ["-F", config, ...flags, HARNESS_GRANT, ...command], run),
        run: (program, args, run = {}) =>
          runProgram(program, args, {
            ...run,
            env: { GATE_SSH_CONFIG: config, GIT_SSH_COMMAND: sshCommand(config), ...run.env },
          }),
        connect: async () => {
          const client = await connectLibrary(port, user, key.privateFile);
          clients.push(client);
          return client;
        },
      };
      gates.push(gate);
      return gate;
    },
  };
}

async function endAndVerify(gate: SshGate): Promise<void> {
  const reader = await gate.close();
  const entries = await gate.entries();
  const report = await verifyBundle(reader, { vkeys: [gate.signer.vkey], sessionId: gate.session.id });
  await gate.stop();
  expect(report.findings).toEqual([]);
  expect(report.status).toBe("valid");
  expect(entries.filter((entry) => entry.type === "connection-closed" && entry.reason === "failed")).toEqual([]);
}

export function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: { PATH: process.env["PATH"], HOME: "/nonexistent", ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    let [stdout, stderr] = ["", ""];
    const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? 60_000);
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("latin1")));
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
      options.onStderr?.(stderr, (signal) => child.kill(signal));
    });
    child.stdin.on("error", () => undefined);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, stdout: Buffer.from(stdout, "latin1").toString(), stderr });
    });
    child.stdin.end(options.input ?? "");
  });
}

function connectLibrary(port: number, username: string, privateKey: string): Promise<ssh2.Client> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.on("error", reject);
    client.on("close", () => reject(new Error("closed")));
    client.on("ready", () => resolve(client));
    client.connect({ host: "127.0.0.1", port, username, privateKey });
  });
}
