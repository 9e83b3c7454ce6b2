import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "@jest/globals";
import { testWith } from "../../testkit/src/parts.ts";

const linux = testWith(process.platform === "linux", "Linux's /proc");

linux("a process that has parsed thousands of commands never needed half a gigabyte for it", () => {
  const parser = pathToFileURL(join(import.meta.dirname, "parser.ts")).href;
  const program = `
    import { readFileSync } from "node:fs";
    import { loadParser, parseSql } from ${JSON.stringify(parser)};
    await loadParser();
    for (let count = 0; count < 20_000; count += 1) {
      if (parseSql("SELECT a FROM t WHERE id = " + count).kind !== "tree") throw new Error("not parsed");
      if (count % 1_000 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    console.log(/VmHWM:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]);
  `;
  const ran = spawnSync(
    process.execPath,
    ["--input-type=module", "--disable-warning=ExperimentalWarning", "-e", program],
    {
      encoding: "utf8",
      timeout: 60_000,
    },
  );
  expect(ran.stderr).toBe("");
  expect(Number(ran.stdout) / 1024).toBeLessThan(250);
});
