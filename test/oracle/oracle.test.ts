/**
 * The oracle: PostgreSQL's own regression SQL, statement by statement, on a real server that prints what its parser and
 * rewriter made of each, and of whatever ran behind it. The classifier must name every relation that the server writes
 * or reads, or say that it does not know.
 */
import { beforeAll, afterAll, expect } from "@jest/globals";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { loadParser } from "@gate/sql";
import { startPostgres, type PostgresServer } from "../../packages/testkit/src/postgres-server.ts";
import { regressSource } from "../../packages/testkit/src/regress-source.ts";
import { emptyTally, replay, type Finding, type Tally } from "./replay.ts";
import { testWith } from "../../packages/testkit/src/parts.ts";

const regress = regressSource();
const oracle = testWith(regress !== undefined, "PostgreSQL's regression files, which npm test fetches");
const tally: Tally = emptyTally();
let server: PostgresServer | undefined;

beforeAll(async () => {
  if (regress === undefined) return;
  await loadParser();
  server = await startPostgres({ settings: SETTINGS });
  await server.query("CREATE DATABASE oracle_base");
  for (const file of BASE) {
    const base = { server, database: "oracle_base", regress, tally: emptyTally(), quiet: true };
    await replay({ ...base, file });
  }
  const files = (await readdir(join(regress, "sql"))).map((name) => name.replace(/\.sql$/, ""));
  const queue = files.filter((file) => !LEFT_OUT.has(file)).sort();
  await Promise.all(
    Array.from({ length: WORKERS }, async (_, worker) => {
      for (let file = queue.shift(); file !== undefined; file = queue.shift()) await play(file, `oracle_${worker}`);
    }),
  );
}, 900_000);

afterAll(async () => {
  await server?.stop();
});

async function play(file: string, database: string): Promise<void> {
  if (server === undefined || regress === undefined) return;
  const prepared = `SELECT gid FROM pg_prepared_xacts WHERE database = '${database}'`;
  for (const { gid } of await server.query(prepared)) {
    await server.query(`ROLLBACK PREPARED '${String(gid)}'`, database);
  }
  await server.query(`DROP DATABASE IF EXISTS ${database} (FORCE)`);
  await server.query(`CREATE DATABASE ${database} TEMPLATE oracle_base STRATEGY file_copy`);
  await replay({ server, database, regress, file, tally });
}

oracle("the classifier names whatever the server writes, or says that it does not know", () => {
  const { statements, classified, whole, writing, exact } = tally;
  const percent = (part: number, all: number): string => ((100 * part) / Math.max(all, 1)).toFixed(2);
  const opaque = [...tally.unclassified].filter(([reason]) => NO_SQL_TO_READ.has(reason));
  const readable = statements - opaque.reduce((sum, [, count]) => sum + count, 0);
  const lines = [
    `classified ${classified} of ${statements} (${percent(classified, statements)} %)`,
    `without dynamic SQL and foreign code: ${classified} of ${readable} (${percent(classified, readable)} %)`,
    `whole write set known: ${whole}; statements that write: ${writing}, named exactly: ${exact}`,
    `one analysis for all literals: ${tally.templates}`,
    ...[...tally.unclassified].sort((a, b) => b[1] - a[1]).map(([reason, count]) => `  ${count} × ${reason}`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  expect(tally.ended).toEqual([]);
  expect(tally.wrongTemplates).toEqual([]);
  expect(tally.templates).toBeGreaterThan(TEMPLATES_MIN);
  expect(told(tally.fewerWrites)).toEqual([]);
  expect(told(tally.fewerTags)).toEqual([]);
  expect(told(tally.fewerReads)).toEqual([]);
  expect(statements).toBeGreaterThan(STATEMENTS_MIN);
  expect(classified / readable).toBeGreaterThanOrEqual(READABLE_SHARE_MIN);
  expect(classified / statements).toBeGreaterThanOrEqual(SHARE_MIN);
});

function told(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ file, text, missing }) => `${file}: ${missing.join()}: ${text.trim().slice(0, 200)}`);
}

const SETTINGS = {
  allow_in_place_tablespaces: "on",
  max_prepared_transactions: "10",
  log_min_messages: "fatal",
  log_min_error_statement: "fatal",
  autovacuum: "off",
  jit: "off",
};

/** What most files expect to find, as the schedule of PostgreSQL's own test run has it. */
const BASE = ["test_setup", "create_misc", "create_operator", "create_procedure", "create_type"];

/**
 * Left out: what needs psql itself or another connection, changes the whole cluster, or only makes the executor work
 * hard over statements that other files have as well.
 */
const LEFT_OUT: ReadonlySet<string> = new Set(
  `test_setup psql psql_crosstab infinite_recurse database encoding euc_kr conversion tablespace stats maintain_every
   sanity_check random collate collate.icu.utf8 collate.linux.utf8 write_parallel vacuum_parallel select_parallel
   numeric_big join_hash tuplesort incremental_sort memoize partition_join partition_aggregate hash_index gist spgist
   create_index_spgist index_including_gist jsonb_jsonpath polygon`.split(/\s+/),
);

/** Commands whose effects no SQL text shows: nothing could classify them without running them. */
const NO_SQL_TO_READ: ReadonlySet<string> = new Set([
  "a body builds its SQL while it runs",
  "a function's body is in a language that gate does not read",
  "a function is written in a language that gate does not read",
  "LOAD runs a library",
  "CREATE LANGUAGE names code that gate does not read",
]);

const WORKERS = 2;
const STATEMENTS_MIN = 25_000;
const TEMPLATES_MIN = 5_000;
const READABLE_SHARE_MIN = 0.995;
const SHARE_MIN = 0.995;
