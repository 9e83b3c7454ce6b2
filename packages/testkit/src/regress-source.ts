/**
 * PostgreSQL's own regression files, from Debian's source package: fetched by the set-up of `npm test`, by apt, which
 * verifies them. Touches the network, the disk and apt-get.
 */
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { messageOf } from "@gate/base";

const run = promisify(execFile);

export interface EnsureRegressOptions {
  /** Puts a folder `regress` with `sql` and `data` into `work`, an empty folder. Default: from the Debian source package. */
  readonly fetch?: (work: string) => Promise<void>;
  /** Milliseconds before each further try; default 5,000 and 20,000. */
  readonly retryMs?: readonly number[];
}

/** The folder src/test/regress of PostgreSQL's sources; undefined where {@link ensureRegress} has not put it there. */
export function regressSource(root: string = process.cwd()): string | undefined {
  const regress = join(root, ".gate", "oracle", "regress");
  return existsSync(join(regress, "sql")) ? regress : undefined;
}

/**
 * Fetches the regression files where they are missing. Any number of processes may ask at once: each fetches into a folder
 * of its own, and one of them wins.
 *
 * @returns the folder src/test/regress.
 * @throws what the last try threw.
 */
export async function ensureRegress(root: string, options: EnsureRegressOptions = {}): Promise<string> {
  const { fetch = fromDebian, retryMs = RETRY_MS } = options;
  const cache = join(root, ".gate", "oracle");
  await mkdir(cache, { recursive: true });
  for (let tried = 0; ; tried++) {
    const there = regressSource(root);
    if (there !== undefined) return there;
    const work = await mkdtemp(join(cache, "fetching-"));
    try {
      await fetch(work);
      await rename(join(work, "regress"), join(cache, "regress"));
    } catch (error) {
      // Somebody else's folder may be in place by now: renaming onto it fails.
      if (regressSource(root) !== undefined) continue;
      const pause = retryMs[tried];
      if (pause === undefined) throw error;
      await sleep(pause);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
}

async function fromDebian(work: string): Promise<void> {
  await mkdir(join(work, "lists", "partial"), { recursive: true });
  await mkdir(join(work, "cache", "archives", "partial"), { recursive: true });
  await sourceLists(join(work, "parts"));
  // The machine's own lists and package cache stay as they are.
  const options = [
    "Dir::Etc::sourcelist=-",
    `Dir::Etc::sourceparts=${join(work, "parts")}`,
    `Dir::State::lists=${join(work, "lists")}`,
    `Dir::Cache=${join(work, "cache")}`,
    "Acquire::Retries=3",
  ].flatMap((option) => ["-o", option]);
  const limits = { cwd: work, timeout: FETCH_MS_MAX };
  await run("apt-get", [...options, "-qq", "update"], limits);
  const archive = await sourceArchive(work, options);
  const wanted = ["--wildcards", "--strip-components=3", "*/src/test/regress/sql", "*/src/test/regress/data"];
  await run("tar", ["-xf", archive, ...wanted], limits);
  await chmod(join(work, "regress"), 0o755);
}

/** The name of the downloaded archive in `work`. */
async function sourceArchive(work: string, options: readonly string[]): Promise<string> {
  const limits = { cwd: work, timeout: FETCH_MS_MAX };
  let reason = "apt-get has no source package of PostgreSQL here";
  for (const version of VERSIONS) {
    // A mirror may list a version that it no longer, or not yet, has: then another one of the same will do.
    const shown = await run("apt-cache", [...options, "showsrc", `postgresql-${version}`], limits).catch(
      () => undefined,
    );
    for (const [, exact = ""] of (shown?.stdout ?? "").matchAll(/^Version: (\S+)$/gm)) {
      const name = `postgresql-${version}=${exact}`;
      await run("apt-get", [...options, "-qq", "source", "--download-only", name], limits).catch((error: unknown) => {
        reason = messageOf(error);
      });
      const archive = (await readdir(work)).find((file) => file.includes(".orig.tar."));
      if (archive !== undefined) return archive;
    }
  }
  throw new Error(reason);
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
const RETRY_MS: readonly number[] = [5_000, 20_000];
