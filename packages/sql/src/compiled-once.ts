/**
 * Compiles WebAssembly once and for all. V8 compiles a function in a hurry first and again, with care, when it turns out
 * to be busy. PostgreSQL's grammar is one function of such a size that the second time takes half a gigabyte of memory
 * for a second, with the first commands of a process, to gain a tenth of the time: a container may not survive it.
 * Touches V8's flags while `load` runs; they count when a function is compiled, so other modules are not concerned.
 */
import v8 from "node:v8";

/** Functions that are compiled for the first time while `load` runs are not compiled again. */
export async function compiledOnce(load: () => Promise<void>): Promise<void> {
  for (const flag of FLAGS) v8.setFlagsFromString(`--no-${flag}`);
  v8.setFlagsFromString("--liftoff-only");
  try {
    await load();
  } finally {
    v8.setFlagsFromString("--no-liftoff-only");
    for (const flag of FLAGS) v8.setFlagsFromString(`--${flag}`);
  }
}

const FLAGS = ["wasm-tier-up", "wasm-dynamic-tiering"];
