/** PostgreSQL runs the conformance suite against a real server, through the `pg` client. */
import { afterAll, beforeAll } from "@jest/globals";
import pg from "pg";
import { postgres } from "@gate/protocols/postgres";
import { protocolConformance, type ConformanceClient } from "../../packages/testkit/src/conformance.ts";
import { startPostgres, type PostgresServer } from "../../packages/testkit/src/postgres-server.ts";

let server: PostgresServer;
let seen = 0;

beforeAll(async () => {
  server = await startPostgres();
  await server.query(`
    CREATE TABLE effects (n serial PRIMARY KEY, what text);
    CREATE TABLE things (id int PRIMARY KEY, body text);
    INSERT INTO things VALUES (1, 'one');
    CREATE FUNCTION log_it() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
      $$ BEGIN INSERT INTO effects (what) VALUES (TG_OP); RETURN NULL; END $$;
    CREATE TRIGGER t AFTER INSERT OR UPDATE OR DELETE ON things FOR EACH STATEMENT EXECUTE FUNCTION log_it();
  `);
}, 120_000);

afterAll(() => server.stop());

protocolConformance("postgres", () => ({
  protocol: postgres,
  target: {
    address: `127.0.0.1:${server.port}`,
    database: "postgres",
    tls: { mode: "disable" },
    credential: { username: server.superuser, password: server.password },
  },
  policy: `rules:
  main:
  - {id: allow, effect: allow, match: {statement: [UPDATE, INSERT], writes: [public.things, public.effects], where: keyed}}
  - {id: ask, effect: hold, approval: someone, match: {statement: [UPDATE], where: [none]}}
  - {id: never, effect: deny, message: "no deletes", match: {statement: [DELETE]}}
approvals:
  someone: {from: ["person:dana"], count: 1, timeout: 1m}
`,
  allowed: "UPDATE things SET body = 'keyed' WHERE id = 1",
  denied: "DELETE FROM things",
  unmatched: "SELECT * FROM things",
  held: "UPDATE things SET body = 'mass'",
  malformed: new Uint8Array([0, 0, 0, 3, 0, 3, 0, 0]),
  connect,
  effects: async () => {
    const rows = await server.query(`SELECT n, what FROM effects WHERE n > ${seen} ORDER BY n`);
    seen = Number(rows.at(-1)?.["n"] ?? seen);
    return rows.map((row) => String(row["what"]));
  },
  effectOf: { allowed: "UPDATE", held: "UPDATE" },
}));

async function connect(port: number, user: string, password: string): Promise<ConformanceClient> {
  const client = new pg.Client({ host: "127.0.0.1", port, user, password, ssl: false });
  client.on("error", () => undefined);
  await client.connect();
  return {
    run: (command) =>
      client.query(command).then(
        () => ({ ok: true, text: "" }),
        (error: unknown) => {
          if (!(error instanceof pg.DatabaseError)) throw error;
          return { ok: false, text: error.message };
        },
      ),
    close: () => void client.end().catch(() => undefined),
  };
}
