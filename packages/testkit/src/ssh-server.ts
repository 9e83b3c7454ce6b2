/**
 * A real OpenSSH server for tests: on a loopback port, as the user that runs the tests, with a log of its own of what
 * it was asked to run. Touches processes, sockets and a temporary directory.
 */
import { execFileSync, type ChildProcess } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.ts";
import { hasEnded, stopSupervised, supervised } from "./supervised.ts";

export interface SshServerOptions {
  /** More lines of sshd_config. */
  readonly config?: readonly string[];
  /** Passphrase of the key that may sign in. */
  readonly passphrase?: string;
  /** `ed25519`, `rsa` …: the server's host keys. */
  readonly hostKeys?: readonly string[];
  /** Every program goes through a wrapper that logs it. Default: true. */
  readonly logged?: boolean;
}

export interface SshServer {
  readonly port: number;
  readonly user: string;
  /** PEM of the key that may sign in. */
  readonly clientKey: string;
  readonly clientKeyFile: string;
  /** `SHA256:…` of the first host key. */
  readonly fingerprint: string;
  readonly hostKeyLines: readonly string[];
  readonly directory: string;
  /** What it was asked to run since the last call: command lines, `<shell>`, and what its SFTP server did. */
  ran(): string[];
  /** sshd's own log. */
  log(): string;
  /** Takes new host keys, as after a reinstallation (or an attack). */
  rekeyHost(): Promise<void>;
  stop(): Promise<void>;
}

export const SSHD = "/usr/sbin/sshd";
const SFTP_SERVER = "/usr/lib/openssh/sftp-server";

/** Whether Debian's openssh-server and openssh-client are here. */
export function sshInstalled(): boolean {
  return existsSync(SSHD) && existsSync(SFTP_SERVER) && existsSync("/usr/bin/ssh");
}

/** @throws when it is not ready within 10 s; its log is in the message. */
export async function startSshServer(options: SshServerOptions = {}): Promise<SshServer> {
  const directory = mkdtempSync(join(tmpdir(), "gate-sshd-"));
  const path = (name: string): string => join(directory, name);
  if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true });
  const kinds = options.hostKeys ?? ["ed25519"];
  const makeHostKeys = (): void => {
    for (const kind of kinds) {
      rmSync(path(`host_${kind}`), { force: true });
      keygen(path(`host_${kind}`), kind, "");
    }
  };
  makeHostKeys();
  keygen(path("client"), "ed25519", options.passphrase ?? "");
  writeFileSync(path("authorized_keys"), readFileSync(path("client.pub")), { mode: 0o600 });
  const ranFile = path("ran.log");
  writeFileSync(ranFile, "");
  writeFileSync(
    path("logged.sh"),
    `#!/bin/sh
printf '%s\\n' "\${SSH_ORIGINAL_COMMAND-<shell>}" >> ${ranFile}
case "\${SSH_ORIGINAL_COMMAND-}" in
  ${SFTP_SERVER}*) exec ${SFTP_SERVER} -e -l INFO 2>> ${ranFile} ;;
  "") exec /bin/bash ;;
  *) exec /bin/sh -c "$SSH_ORIGINAL_COMMAND" ;;
esac
`,
  );
  chmodSync(path("logged.sh"), 0o755);
  const port = await freePort();
  writeFileSync(
    path("sshd_config"),
    [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      ...kinds.map((kind) => `HostKey ${path(`host_${kind}`)}`),
      `AuthorizedKeysFile ${path("authorized_keys")}`,
      "StrictModes no",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "PermitRootLogin prohibit-password",
      `PidFile ${path("pid")}`,
      "LogLevel VERBOSE",
      "UseDNS no",
      "MaxStartups 100",
      "MaxSessions 100",
      "AcceptEnv *",
      `Subsystem sftp ${SFTP_SERVER} -e -l INFO`,
      "Subsystem hello /bin/echo hello",
      ...(options.logged === false ? [] : [`ForceCommand ${path("logged.sh")}`]),
      ...(options.config ?? []),
      "",
    ].join("\n"),
  );
  let child: ChildProcess | undefined;
  writeFileSync(path("log"), "");
  const log = (): string => readFileSync(path("log"), "utf8");
  const start = async (): Promise<void> => {
    // What a shell starts in the background ignores SIGINT, and so would every command that sshd runs.
    const command = ["--default-signal=INT,QUIT", SSHD, "-D", "-e", "-f", path("sshd_config")];
    const running = supervised("/usr/bin/env", command, { whenAlone: "TERM", log: path("log") });
    child = running;
    for (let tries = 0; tries < 1_200; tries += 1) {
      if (hasEnded(running)) throw new Error(`sshd did not start:\n${log()}`);
      if (await reachable(port)) return;
      await sleep(50);
    }
    throw new Error(`sshd was not ready within 60 s:\n${log()}`);
  };
  const stop = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (running !== undefined) await stopSupervised(running, "TERM");
  };
  await start();
  let seen = 0;
  return {
    port,
    user: userInfo().username,
    clientKey: readFileSync(path("client"), "utf8").trim(),
    clientKeyFile: path("client"),
    get fingerprint() {
      const shown = execFileSync("ssh-keygen", ["-lf", path(`host_${kinds[0] ?? ""}.pub`)]).toString();
      return shown.split(" ")[1] ?? "";
    },
    get hostKeyLines() {
      return kinds.map((kind) => readFileSync(path(`host_${kind}.pub`), "utf8").trim());
    },
    directory,
    ran() {
      const text = readFileSync(ranFile, "utf8");
      const fresh = text.slice(seen);
      seen = text.length;
      return fresh.split("\n").filter((line) => line !== "");
    },
    log,
    async rekeyHost() {
      await stop();
      makeHostKeys();
      await start();
    },
    async stop() {
      await stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function keygen(file: string, kind: string, passphrase: string): void {
  execFileSync("ssh-keygen", ["-q", "-t", kind, "-N", passphrase, "-C", "", "-f", file]);
}

function reachable(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
