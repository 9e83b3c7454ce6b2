import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, jest, test } from "@jest/globals";
import { memoryStore, sqliteStore } from "./index.ts";
import { describeStore, holdOf, jtiOf, sessionOf } from "./test-suite.ts";

const folder = mkdtempSync(join(tmpdir(), "gate-store-"));
let files = 0;
const newPath = () => join(folder, `gate-${(files += 1)}.db`);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeStore("memory store", memoryStore);
describeStore("SQLite store", () => sqliteStore(newPath()));
describeStore("SQLite store in memory", () => sqliteStore(":memory:"));

describe("a SQLite file", () => {
  test("keeps everything over a restart", async () => {
    const path = newPath();
    const first = sqliteStore(path);
    await first.openSession(sessionOf("s1"), jtiOf("j1"));
    await first.putHold(holdOf("h1"));
    await first.updateSession("s1", { state: "revoked" });
    await first.close();
    const second = sqliteStore(path);
    expect(await second.session("s1")).toEqual(sessionOf("s1", { state: "revoked" }));
    expect(await second.hold("h1")).toEqual(holdOf("h1"));
    expect(await second.openSession(sessionOf("s2", { latch: "latch-s1" }), jtiOf("j2"))).toEqual({
      result: "taken",
      by: "s1",
    });
    expect(await second.useJti("https://issuer.test", "j1", 1)).toBe(false);
    await second.close();
  });

  test("two gateways on one file open one session a latch", async () => {
    const path = newPath();
    const stores = [sqliteStore(path), sqliteStore(path)];
    const results = await Promise.all(
      stores.map((store, index) => store.openSession(sessionOf(`s${index}`, { latch: "same" }), jtiOf(`j${index}`))),
    );
    expect(results.map(({ result }) => result).sort()).toEqual(["opened", "taken"]);
    await Promise.all(stores.map((store) => store.close()));
  });

  test("is for its user only, with its side files", async () => {
    const path = newPath();
    writeFileSync(path, "", { mode: 0o644 });
    const store = sqliteStore(path);
    await store.openSession(sessionOf("s1"), jtiOf("j1"));
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o777).toBe(0o600);
    await store.close();
  });

  test("of a newer gate is refused, and so is anything that is no database", () => {
    const path = newPath();
    const sqlite = process.getBuiltinModule("node:sqlite");
    const db = new sqlite.DatabaseSync(path);
    db.exec("PRAGMA user_version = 999");
    db.close();
    expect(() => sqliteStore(path)).toThrow(expect.objectContaining({ code: "SCHEMA_NEWER" }));
    const text = newPath();
    writeFileSync(text, "not a database, but long enough to look at".repeat(100));
    expect(() => sqliteStore(text)).toThrow(expect.objectContaining({ code: "STORE_UNAVAILABLE" }));
    expect(() => sqliteStore(join(folder, "missing", "gate.db"))).toThrow(
      expect.objectContaining({ code: "STORE_UNAVAILABLE" }),
    );
  });

  test("on a Node without node:sqlite is refused by name", () => {
    const find = jest.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
    try {
      expect(() => sqliteStore(newPath())).toThrow(expect.objectContaining({ code: "NODE_TOO_OLD" }));
    } finally {
      find.mockRestore();
    }
  });
});
