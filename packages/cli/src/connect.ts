/** `gate connect`: a session outside Actions, for one command or detached. Touches processes and files. */
import { spawn } from "node:child_process";
import { chmodSync, cpSync, statSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { resolve } from "node:path";
import { messageOf } from "@gate/base";
import {
  actionsTokenSource,
  jobEnvironment,
  parseGatewayUrl,
  start,
  stop,
  type StartOptions,
  type Started,
} from "@gate/job";
import type { Command } from "commander";
import { CommandError, complain, EXIT, print } from "./output.ts";
import { readCertificate, readText } from "./person-client.ts";

interface ConnectOptions {
  readonly gateway: string;
  readonly grants?: string;
  readonly default?: string;
  readonly audience?: string;
  readonly tokenFile?: string;
  readonly ca?: string;
  readonly envFile?: string;
  readonly writeEnv?: string;
  readonly recording?: string;
  readonly detach?: boolean;
}

export function addConnect(program: Command): void {
  program
    .command("connect [command...]")
    .description("exchange an OIDC token for a session and run a command inside it")
    .requiredOption("--gateway <url>", "the gateway's address")
    .option("--grants <list>", "grants to ask for, comma-separated (default: all the trust rule gives)")
    .option("--default <list>", "grants that own PGHOST and its like")
    .option("--audience <text>", "audience of the OIDC token (default: the gateway's origin)")
    .option("--token-file <file>", "file with the OIDC token; inside Actions it is fetched")
    .option("--ca <file>", "PEM of the authority to trust")
    .option("--env-file <file>", "write KEY=value lines there (mode 0600), values without quotes")
    // Node reads an `--env-file` argument itself wherever it stands, and refuses to start when the file is missing.
    .option("--write-env <file>", "the same as --env-file, for `node dist/cli/main.js`, where Node would take that one")
    .option("--recording <path>", "keep the sealed recording there when the command is done")
    .option("--detach", "leave the session running until its time is over")
    .addHelpText(
      "after",
      "\nExample: gate connect --gateway https://gate.acme.dev --grants orders-db --token-file token -- psql -c 'SELECT 1'",
    )
    .action(async (command: string[], options: ConnectOptions) => {
      process.exitCode = await connect(command, options);
    });
}

async function connect(command: readonly string[], options: ConnectOptions): Promise<number> {
  const detach = options.detach === true;
  if (detach === command.length > 0) {
    throw new CommandError(EXIT.usage, "give either a command after `--`, or --detach");
  }
  const envFile = options.writeEnv ?? options.envFile;
  if (detach && envFile === undefined) {
    throw new CommandError(EXIT.usage, "--detach needs --env-file: nobody would know where the endpoints are");
  }
  parseGatewayUrl(options.gateway);
  const entry = process.argv[1];
  if (entry === undefined) throw new CommandError(EXIT.unknown, "cannot tell where gate is installed");
  const started = await start({
    to: {
      mode: "gateway",
      gateway: options.gateway,
      ...(options.audience === undefined ? {} : { audience: options.audience }),
      ...(options.ca === undefined ? {} : { ca: readCertificate(options.ca) }),
    },
    grants: list(options.grants),
    subjectToken: tokenSource(options.tokenFile),
    tempDirectory: process.env["RUNNER_TEMP"] ?? tmpdir(),
    entry,
    env: process.env,
    ...(detach ? {} : { leasePid: process.pid }),
  });
  const { variables } = jobEnvironment(
    { id: started.session.id, control: started.control, endpoints: started.endpoints },
    list(options.default),
  );
  if (envFile !== undefined) {
    const lines = Object.entries(variables).map(([key, value]) => `${key}=${value}\n`);
    try {
      writeFileSync(envFile, "", { mode: 0o600, flag: "a" });
      // A file that was there keeps its mode when it is written.
      if (statSync(envFile).isFile()) chmodSync(envFile, 0o600);
      writeFileSync(envFile, lines.join(""));
    } catch (error) {
      // Nobody would know where the endpoints are.
      await end(started, options.recording);
      throw new CommandError(EXIT.usage, `cannot write ${envFile}: ${messageOf(error)}`);
    }
  }
  for (const warning of started.session.warnings) complain(`gate: ${warning}`);
  if (detach) {
    print(started.session.id);
    return EXIT.ok;
  }
  const code = await run(command, { ...process.env, ...variables });
  await end(started, options.recording);
  return code;
}

/** Inside Actions the runner gives the token; anywhere else somebody has to. */
function tokenSource(file: string | undefined): NonNullable<StartOptions["subjectToken"]> {
  if (file !== undefined) {
    readText(file);
    // The session's proxy reads it again at each renewal, and works in another directory.
    return { kind: "file", path: resolve(file) };
  }
  if (process.env["GITHUB_ACTIONS"] !== "true" && process.env["ACTIONS_ID_TOKEN_REQUEST_URL"] === undefined) {
    throw new CommandError(
      EXIT.usage,
      "who is this? Outside of Actions give --token-file FILE, with an OIDC token in it",
    );
  }
  return actionsTokenSource(process.env);
}

function run(command: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [file = "", ...args] = command;
  return new Promise((ended) => {
    const child = spawn(file, args, { stdio: "inherit", env });
    const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
    process.on("SIGINT", forward).on("SIGTERM", forward);
    child.once("error", (error) => {
      const { code } = error as NodeJS.ErrnoException;
      const why = RUN_ERRORS.get(code ?? "") ?? messageOf(error);
      complain(`gate: cannot run ${file}: ${why}`);
      ended(code === "EACCES" ? NOT_EXECUTABLE_EXIT : NOT_FOUND_EXIT);
    });
    child.once("exit", (code, signal) => {
      process.off("SIGINT", forward).off("SIGTERM", forward);
      ended(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

async function end(started: Started, recording: string | undefined): Promise<void> {
  const stopped = await stop(started);
  for (const problem of stopped.problems) complain(`gate: ${problem}`);
  if (recording === undefined) return;
  if (stopped.recording === undefined) complain("gate: there is no recording to keep");
  else cpSync(stopped.recording.path, recording, { recursive: true });
}

function list(text: string | undefined): string[] {
  return (text ?? "")
    .split(/[,\s]+/)
    .map((each) => each.trim())
    .filter((each) => each !== "");
}

/** Why a command does not start, and what to look at. */
const RUN_ERRORS: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such command; check its name, PATH and the working directory"],
  ["EACCES", "it may not be executed; check its mode (chmod +x)"],
]);
/** What shells say of a command that they do not find, and of one that they may not execute. */
const NOT_FOUND_EXIT = 127;
const NOT_EXECUTABLE_EXIT = 126;
