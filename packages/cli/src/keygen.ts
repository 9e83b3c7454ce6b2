/** `gate keygen`: an Ed25519 signing key. Touches the file it writes. */
import { writeFileSync } from "node:fs";
import { messageOf } from "@gate/base";
import { generateKeyPem, loadSigner } from "@gate/recording";
import type { Command } from "commander";
import { CommandError, EXIT, print, printJson } from "./output.ts";

export function addKeygen(program: Command): void {
  program
    .command("keygen")
    .description("make a key that signs recordings; prints the verification key (C2SP vkey)")
    .requiredOption("-o, --output <file>", "where the private key goes (PEM, mode 0600); never overwritten")
    .option("--name <name>", "the key's name in signatures", "gate")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: gate keygen -o gate.key")
    .action((options: { output: string; name: string; json?: boolean }) => {
      const pem = generateKeyPem();
      const { vkey } = named(pem, options.name);
      try {
        writeFileSync(options.output, pem, { mode: 0o600, flag: "wx" });
      } catch (error) {
        const exists = (error as NodeJS.ErrnoException).code === "EEXIST";
        const why = exists ? "it exists, and keys are never overwritten; give another name" : messageOf(error);
        throw new CommandError(EXIT.no, `cannot write ${options.output}: ${why}`);
      }
      if (options.json === true) printJson({ file: options.output, vkey });
      else print(vkey);
    });
}

/** A name that no signature could carry is wrong use, and nothing is written. */
function named(pem: string, name: string): { readonly vkey: string } {
  try {
    return loadSigner(pem, name);
  } catch (error) {
    throw new CommandError(EXIT.usage, `--name: ${messageOf(error)}`);
  }
}
