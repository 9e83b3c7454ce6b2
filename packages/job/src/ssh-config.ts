/**
 * What OpenSSH's clients need to reach the job's endpoints by the grants' names: ssh_config(5), a known_hosts with the
 * gateway's host key, a key of the endpoint's own. Writes into the session's directory, which only its user can read.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EndpointInfo } from "./endpoints.ts";

/** An endpoint whose clients sign in with a key. */
export interface KeyedEndpoint {
  readonly info: Pick<EndpointInfo, "grant" | "host" | "port" | "user" | "hostKey">;
  /** The private key file's content: a secret. */
  readonly clientKey?: string;
}

/** Writes the files; the path of the configuration, or `undefined` when no endpoint needs one. */
export function writeSshConfig(directory: string, endpoints: readonly KeyedEndpoint[]): string | undefined {
  const keyed = endpoints.filter(({ clientKey, info }) => clientKey !== undefined && info.hostKey !== undefined);
  if (keyed.length === 0) return undefined;
  const folder = join(directory, "ssh");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const { info, clientKey } of keyed) {
    writeFileSync(join(folder, `${info.grant}.key`), clientKey ?? "", { mode: 0o600 });
  }
  const known = keyed.map(({ info }) => `${alias(info.grant)} ${info.hostKey ?? ""}\n`);
  writeFileSync(join(folder, "known_hosts"), known.join(""), { mode: 0o600 });
  const file = join(folder, "config");
  writeFileSync(file, configText(folder, keyed), { mode: 0o600 });
  return file;
}

/** The command that git runs; also the value for RSYNC_RSH and `-e`. */
export function sshCommand(configFile: string): string {
  return `ssh -F '${configFile.replaceAll("'", `'\\''`)}'`;
}

function configText(folder: string, endpoints: readonly KeyedEndpoint[]): string {
  const hosts = endpoints.map(({ info }) =>
    [
      `Host ${info.grant}`,
      `  HostName ${info.host}`,
      `  Port ${info.port}`,
      `  HostKeyAlias ${alias(info.grant)}`,
      `  IdentityFile ${quoted(join(folder, `${info.grant}.key`))}`,
      `  UserKnownHostsFile ${quoted(join(folder, "known_hosts"))}`,
      ...SETTINGS.map((line) => `  ${line}`),
      // Last: a name that the command line or a URL gives (`git@…`) comes before it.
      `  User ${info.user}`,
      "",
    ].join("\n"),
  );
  const names = endpoints.map(({ info }) => `!${info.grant}`).join(",");
  // Other hosts keep what the machine's own files say: with -F nothing else would be read.
  const others = [`Match originalhost *,${names}`, "  Include ~/.ssh/config", "  Include /etc/ssh/ssh_config", ""];
  return `${hosts.join("\n")}\n${others.join("\n")}`;
}

function alias(grant: string): string {
  return `gate-${grant}`;
}

function quoted(path: string): string {
  return `"${path.replaceAll("%", "%%")}"`;
}

/** Nothing but the pinned key, this identity and a direct connection, whatever other files say. */
const SETTINGS = [
  "StrictHostKeyChecking yes",
  "GlobalKnownHostsFile /dev/null",
  "UpdateHostKeys no",
  "HostKeyAlgorithms ssh-ed25519",
  "CheckHostIP no",
  // What the gateway knows, in the order of what it costs: left to itself the client takes a slow one.
  "Ciphers aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr",
  "PreferredAuthentications publickey",
  "IdentitiesOnly yes",
  "IdentityAgent none",
  "BatchMode yes",
  "ForwardAgent no",
  "ForwardX11 no",
  "ProxyCommand none",
  "ControlPath none",
];
