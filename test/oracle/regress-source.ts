/**
 * PostgreSQL's own regression files, from Debian's source package: fetched once into .gate/, by apt, which verifies them.
 * Touches the network, the disk and apt-get.
 */
import { execFile } from "node:child_process";
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** @returns the folder src/test/regress, or a sentence that says why there is none. */
export async function regressSource(root: string): Promise<{ readonly path: string } | { readonly missing: string }> {
  const cache = join(root, ".gate", "oracle");
  const regress = join(cache, "regress");
  if (existsSync(join(regress, "sql"))) return { path: regress };
  const work = join(cache, `fetching-${process.pid}`);
  try {
    await mkdir(join(work, "lists", "partial"), { recursive: true });
    await mkdir(join(work, "cache", "archives", "partial"), { recursive: true });
    await sourceLists(join(work, "parts"));
    const options = [
      "-o",
      "Dir::Etc::sourcelist=-",
      "-o",
      `Dir::Etc::sourceparts=${join(work, "parts")}`,
      "-o",
      `Dir::State::lists=${join(work, "lists")}`,
      "-o",
      `Dir::Cache=${join(work, "cache")}`,
    ];
    const limits = { cwd: work, timeout: FETCH_MS_MAX };
    await run("apt-get", [...options, "-qq", "update"], limits);
    let archive: string | undefined;
    for (const version of VERSIONS) {
      // A mirror may list a version that it no longer, or not yet, has: then another one of the same will do.
      const shown = await run("apt-cache", [...options, "showsrc", `postgresql-${version}`], limits).catch(
        () => undefined,
      );
      for (const [, exact = ""] of (shown?.stdout ?? "").matchAll(/^Version: (\S+)$/gm)) {
        const name = `postgresql-${version}=${exact}`;
        await run("apt-get", [...options, "-qq", "source", "--download-only", name], limits).catch(() => undefined);
        archive = (await readdir(work)).find((file) => file.includes(".orig.tar."));
        if (archive !== undefined) break;
      }
      if (archive !== undefined) break;
    }
    if (archive === undefined) return { missing: "apt-get has no source package of PostgreSQL here" };
    const wanted = ["--wildcards", "--strip-components=3", "*/src/test/regress/sql", "*/src/test/regress/data"];
    await run("tar", ["-xf", archive, ...wanted], { cwd: work, timeout: FETCH_MS_MAX });
    await chmod(join(work, "regress"), 0o755);
    await rename(join(work, "regress"), regress);
    return { path: regress };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : "unknown";
    return { missing: `the source package postgresql-15 could not be fetched: ${reason}` };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The machine's own sources, asked for source packages. */
async function sourceLists(into: string): Promise<void> {
  await mkdir(into);
  const folder = "/etc/apt/sources.list.d";
  const files = [
    "/etc/apt/sources.list",
    ...(await readdir(folder).catch(() => [])).map((name) => join(folder, name)),
  ].filter((path) => existsSync(path));
  for (const [place, path] of files.entries()) {
    const text = await readFile(path, "utf8");
    const deb822 = path.endsWith(".sources");
    const changed = deb822
      ? text.replace(/^Types:.*$/gm, "Types: deb-src")
      : text
          .split("\n")
          .filter((line) => /^deb\s/.test(line))
          .map((line) => line.replace(/^deb\s/, "deb-src "))
          .join("\n");
    // Other vendors' archives need not have sources: Debian's and Ubuntu's own have.
    if (!/debian|ubuntu/i.test(changed)) continue;
    await writeFile(join(into, `${place}.${deb822 ? "sources" : "list"}`), `${changed}\n`);
  }
}

/** Debian's and Ubuntu's versions whose files a server of 18 reads. */
const VERSIONS: readonly string[] = ["15", "16", "17", "14"];
/** How long one step of fetching may take, in milliseconds. */
const FETCH_MS_MAX = 120_000;
