/** How the regression files of PostgreSQL come into .gate/: once, whoever asks, and with patience. */
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureRegress, regressSource } from "./regress-source.ts";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "gate-regress-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function fetched(work: string, text: string): Promise<void> {
  await mkdir(join(work, "regress", "sql"), { recursive: true });
  await writeFile(join(work, "regress", "sql", "boolean.sql"), text);
}

const sql = (path: string) => readFile(join(path, "sql", "boolean.sql"), "utf8");

test("several that fetch at once share what the first one put there", async () => {
  let fetching = 0;
  let open: () => void = () => undefined;
  const all = new Promise<void>((resolve) => (open = resolve));
  // Nobody ends before everybody has begun.
  const fetch = async (work: string) => {
    const own = ++fetching;
    if (own === 3) open();
    await all;
    await fetched(work, `fetch ${own}`);
  };
  const paths = await Promise.all([1, 2, 3].map(() => ensureRegress(root, { fetch, retryMs: [] })));
  expect(fetching).toBe(3);
  expect(new Set(paths)).toEqual(new Set([join(root, ".gate", "oracle", "regress")]));
  expect(await sql(paths[0] ?? "")).toMatch(/^fetch [123]$/);
  expect(await readdir(join(root, ".gate", "oracle"))).toEqual(["regress"]);
});

test("what is there is not fetched again", async () => {
  const first = await ensureRegress(root, { fetch: (work) => fetched(work, "once") });
  const fetch = () => Promise.reject(new Error("fetched again"));
  expect(await ensureRegress(root, { fetch })).toBe(first);
  expect(regressSource(root)).toBe(first);
});

test("a fetch that fails is tried again, in a folder of its own, and its last failure is the answer", async () => {
  let tries = 0;
  const fetch = async (work: string) => {
    tries += 1;
    expect(await readdir(work)).toEqual([]);
    await writeFile(join(work, "half"), "");
    if (tries < 3) throw new Error(`mirror away, ${tries}`);
    await fetched(work, "at last");
  };
  await expect(ensureRegress(root, { fetch, retryMs: [1] })).rejects.toThrow("mirror away, 2");
  expect(regressSource(root)).toBeUndefined();
  tries = 0;
  expect(await sql(await ensureRegress(root, { fetch, retryMs: [1, 1] }))).toBe("at last");
  expect(tries).toBe(3);
});
