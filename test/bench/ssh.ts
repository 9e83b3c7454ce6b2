/**
 * OpenSSH's client against its own server and through a gate of one hop: the time of a new connection that runs `true`,
 * and the bytes a second of one long output over AES-GCM. Touches processes.
 * By itself: `node test/bench/ssh.ts [rounds]`.
 */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { generateOpensshKey } from "@gate/protocols/ssh/keys";
import { writeSshConfig } from "../../packages/job/src/ssh-config.ts";
import { sshInstalled, startSshServer, type SshServer } from "../../packages/testkit/src/ssh-server.ts";
import { ROOT, run } from "../world.ts";

export interface SshRow {
  readonly row: string;
  readonly path: string;
  readonly against: string;
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** `undefined` when OpenSSH's server and client are not installed. */
export async function sshRows(rounds: number): Promise<SshRow[] | undefined> {
  if (!sshInstalled()) return undefined;
  const server = await startSshServer({ logged: false });
  const gate = await startGate(server);
  const direct = [
    // Neither the machine's settings nor GSSAPI: what a job's configuration has.
    ...[
      "-F",
      "none",
      "-o",
      "GSSAPIAuthentication=no",
      "-p",
      String(server.port),
      "-i",
      server.clientKeyFile,
      "-l",
      server.user,
    ],
    ...["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"],
    ...["-o", "IdentitiesOnly=yes", "-o", "KexAlgorithms=curve25519-sha256", "127.0.0.1"],
  ];
  const paths = { direct, gate: ["-F", gate.config, "target"] };
  const exec = { direct: [] as number[], gate: [] as number[] };
  const bulk = { direct: [] as number[], gate: [] as number[] };
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const name of ["direct", "gate"] as const) {
        const started = performance.now();
        for (let time = 0; time < EXECS; time += 1) await ssh(paths[name], "true");
        exec[name].push((performance.now() - started) / EXECS);
      }
      for (const name of ["direct", "gate"] as const) {
        const started = performance.now();
        await ssh(["-c", "aes128-gcm@openssh.com", ...paths[name]], `head -c ${BULK_BYTES} /dev/zero`);
        bulk[name].push(BULK_BYTES / (performance.now() - started));
      }
    }
  } finally {
    gate.stop();
    await server.stop();
  }
  return [
    ratio("SSH connect and exec, time", exec.gate, exec.direct),
    ratio("SSH bulk output, AES-GCM", bulk.gate, bulk.direct),
  ];
}

function ratio(row: string, own: readonly number[], base: readonly number[]): SshRow {
  const ratios = own.map((value, at) => value / (base[at] ?? value)).sort((a, b) => a - b);
  const round = (value = 0): number => Math.round(value * 1000) / 1000;
  return {
    row,
    path: "gate",
    against: "direct",
    ratio: round(ratios[Math.floor(ratios.length / 2)]),
    low: round(ratios[0]),
    high: round(ratios.at(-1)),
  };
}

async function startGate(server: SshServer): Promise<{ readonly config: string; stop(): void }> {
  const key = generateOpensshKey();
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(ROOT, "test/bench/ssh-hop.ts")],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  const target = {
    address: `127.0.0.1:${server.port}`,
    host_key: server.fingerprint,
    credential: { username: server.user, private_key: server.clientKey },
  };
  child.stdin.end(JSON.stringify({ target, publicKey: key.publicLine }));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once("line", resolve);
    child.once("exit", () => reject(new Error("the gate did not start")));
  });
  const { port, hostKey } = JSON.parse(line) as { port: number; hostKey: string };
  const directory = join(server.directory, "job");
  mkdirSync(directory, { recursive: true });
  const info = { grant: "target", host: "127.0.0.1", port, user: "gate", hostKey };
  const config = writeSshConfig(directory, [{ info, clientKey: key.privateFile }]) ?? "";
  return { config, stop: () => child.kill("SIGINT") };
}

async function ssh(args: readonly string[], command: string): Promise<void> {
  const { code, stderr } = await run("sh", ["-c", `ssh "$@" > /dev/null`, "ssh", ...args, command]);
  if (code !== 0) throw new Error(`ssh failed: ${stderr}`);
}

const EXECS = 5;
const BULK_BYTES = 256 * 1024 * 1024;

if (process.argv[1] === import.meta.filename) {
  process.stdout.write(`${JSON.stringify(await sshRows(Number(process.argv[2] ?? 3)), null, 2)}\n`);
}
