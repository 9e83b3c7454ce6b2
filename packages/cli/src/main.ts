#!/usr/bin/env -S node --
/** The `gate` command: parses arguments, prints errors, sets exit codes. Composition root. */
import { GateError, messageOf, VERSION } from "@gate/base";
import { JobError, type JobErrorCode } from "@gate/job";
import { Command, CommanderError } from "commander";
import { addConnect } from "./connect.ts";
import { addKeygen } from "./keygen.ts";
import { addLogin } from "./login.ts";
import { CommandError, complain, endQuietlyWithReader, EXIT, inOptions } from "./output.ts";
import { addPeopleCommands } from "./people.ts";
import { addPolicy } from "./policy.ts";
import { addServe } from "./serve.ts";
import { addStatus } from "./status.ts";
import { addVerify } from "./verify.ts";

endQuietlyWithReader();
const program = new Command("gate")
  .description("Per-command verdicts, masking and evidence for the sessions of CI jobs")
  .version(VERSION)
  .addHelpText(
    "after",
    "\nExample: gate connect --gateway https://gate.acme.dev --grants orders-db --token-file token -- psql -c 'SELECT 1'\nExit: 0 success, 1 the answer is no, 2 wrong use, 3 cannot tell. `gate <command> --help` says more.",
  )
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /u, "gate: ")) })
  .exitOverride();
addServe(program);
addConnect(program);
addStatus(program);
addLogin(program);
addPeopleCommands(program);
addVerify(program);
addPolicy(program);
addKeygen(program);
tellHow(program, "gate");

/** Errors of the job's side that are not the answer "no": wrong use, or nobody who could answer. */
const JOB_EXITS: Readonly<Partial<Record<JobErrorCode, number>>> = {
  JOB_INPUT: EXIT.usage,
  JOB_GATEWAY_UNREACHABLE: EXIT.unknown,
  JOB_GATEWAY_CERTIFICATE: EXIT.unknown,
  JOB_GATEWAY_ANSWER: EXIT.unknown,
  JOB_DEADLINE: EXIT.unknown,
};

/** Wrong use is told where right use stands. */
function tellHow(command: Command, name: string): void {
  const shows = command.commands.length > 0 ? "the commands" : "an example";
  command.exitOverride().showHelpAfterError(`(${name} --help shows ${shows})`);
  for (const each of command.commands) tellHow(each, `${name} ${each.name()}`);
}

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = explain(error);
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    // --help and --version arrive here too, with exit code 0.
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  if (error instanceof CommandError) {
    complain(`gate: ${error.message}`);
    return error.exit;
  }
  // A list of mistakes stands alone, each line with its file, line and column, as editors and CI like it.
  if (error instanceof GateError && "problems" in error) complain(error.message);
  else complain(`gate: ${error instanceof JobError ? inOptions(error.message) : messageOf(error)}`);
  if (error instanceof JobError) return JOB_EXITS[error.code] ?? EXIT.no;
  return error instanceof GateError ? EXIT.no : EXIT.unknown;
}
