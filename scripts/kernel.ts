/**
 * Compiles packages/masking/kernel/scan.as and writes its bytes into packages/masking/src/kernel-bytes.ts.
 * `--check` compares instead of writing: the committed bytes are exactly what the source gives. Composition root.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import asc from "assemblyscript/asc";
import { format, resolveConfig } from "prettier";

const ROOT = join(import.meta.dirname, "..");
const SOURCE = join(ROOT, "packages/masking/kernel/scan.as");
const TARGET = join(ROOT, "packages/masking/src/kernel-bytes.ts");

/** @throws {Error} with the compiler's messages. */
export async function compileKernel(): Promise<Uint8Array> {
  const source = readFileSync(SOURCE, "utf8");
  let out: Uint8Array | undefined;
  const options = "scan.ts -O3 --converge --runtime stub --noAssert --use abort= --enable simd --initialMemory 16";
  const { error } = await asc.main([...options.split(" "), "--outFile", "scan.wasm"], {
    readFile: (name) => (name === "scan.ts" ? source : null),
    writeFile: (name, contents) => {
      if (name === "scan.wasm" && typeof contents !== "string") out = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || out === undefined) throw new Error(`the kernel does not compile: ${String(error)}`);
  return out;
}

async function generated(): Promise<string> {
  const text = Buffer.from(await compileKernel()).toString("base64");
  const lines = text.match(/.{1,100}/g) ?? [];
  const page = `/** Written by scripts/kernel.ts from packages/masking/kernel/scan.as; do not edit. Pure. */
export const KERNEL_BASE64 = ${lines.map((line) => JSON.stringify(line)).join(" +\n")};
`;
  return format(page, { ...(await resolveConfig(TARGET)), filepath: TARGET });
}

if (process.argv[1] === import.meta.filename) {
  const text = await generated();
  if (!process.argv.includes("--check")) writeFileSync(TARGET, text);
  else if (readFileSync(TARGET, "utf8") !== text) {
    process.stderr.write("packages/masking/src/kernel-bytes.ts is stale: run node scripts/kernel.ts\n");
    process.exitCode = 1;
  }
}
