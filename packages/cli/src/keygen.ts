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
      try {
        writeFileSync(options.output, pem, { mode: 0o600, flag: "wx" });
      } catch (error) {
        throw new CommandError(EXIT.no, `cannot write ${options.output}: ${messageOf(error)}`);
      }
      const { vkey } = loadSigner(pem, options.name);
      if (options.json === true) printJson({ file: options.output, vkey });
      else print(vkey);
    });
}
