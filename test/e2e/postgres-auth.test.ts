/**
 * Starting a PostgreSQL connection through the gate, with real clients on one side and real servers on the other: every
 * way to sign in, TLS in each mode, protocol versions, cancel keys. What passes afterwards is relayed without a verdict:
 * other suites are about that.
 */
import { execFile } from "node:child_process";
import { connect as connectTcp, type Socket } from "node:net";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Gate, Link, Protocol } from "@gate/contract";
import pg from "pg";
import postgresJs from "postgres";
import { cancelRegistry, sendCancel } from "../../packages/protocols/src/postgres/cancel.ts";
import { PostgresError } from "../../packages/protocols/src/postgres/errors.ts";
import { refuseStartup } from "../../packages/protocols/src/postgres/fatal.ts";
import { runHousekeepingQueries } from "../../packages/protocols/src/postgres/housekeeping-queries.ts";
import { cancelRequest, startupMessage } from "../../packages/protocols/src/postgres/startup-packet.ts";
import { acceptStartup } from "../../packages/protocols/src/postgres/startup.ts";
import { parseTarget, type PostgresTarget } from "../../packages/protocols/src/postgres/target.ts";
import {
  connectUpstream,
  HOUSEKEEPING_CONNECT,
  type UpstreamSession,
} from "../../packages/protocols/src/postgres/upstream.ts";
import {
  backendKeyDataFrame,
  parameterStatusFrame,
  readyForQueryFrame,
} from "../../packages/protocols/src/postgres/wire.ts";
import { startHarness, type Harness } from "../../packages/testkit/src/harness.ts";
import {
  clientPrograms,
  postgresVersions,
  startPostgres,
  type PostgresServer,
} from "../../packages/testkit/src/postgres-server.ts";
import { suiteWith } from "../../packages/testkit/src/parts.ts";

const CANCELS = cancelRegistry();
const PASSWORD = "p\u00aas\u00a0s wört, ~1";

/** Both sides of a connection's start; then bytes pass as housekeeping. */
const relay: Protocol<PostgresTarget> = {
  id: "postgres",
  discharges: [],
  housekeeping: HOUSEKEEPING_CONNECT,
  parseTarget,
  address: ({ host, port }) => ({ host, port }),
  serve,
};

async function serve(link: Link, gate: Gate, target: PostgresTarget): Promise<void> {
  const startup = await acceptStartup(link, gate, target, CANCELS);
  if (startup === undefined) return;
  let session: UpstreamSession;
  try {
    session = await connectUpstream(link, gate, target, startup);
  } catch (error) {
    if (!(error instanceof PostgresError)) throw error;
    await refuseStartup(link.downstream, error.sqlstate, error.message, gate.clock);
    return;
  }
  const { upstream } = session;
  const send = (bytes: Uint8Array): void => {
    upstream.send(gate.housekeeping("catalogue", bytes));
    upstream.flush();
  };
  const onCancel = (): void => {
    void sendCancel(() => link.dial(), target, gate, session.backendPid, session.backendSecret);
  };
  const key = CANCELS.register(gate.session.id, onCancel, startup.protocolMinor);
  const { downstream } = link;
  for (const [name, value] of session.parameters) downstream.write(parameterStatusFrame(name, value));
  downstream.write(backendKeyDataFrame(key.pid, key.secret));
  downstream.write(readyForQueryFrame("I"));
  await new Promise<void>((resolve) => {
    upstream.onClose(() => {
      downstream.end();
      resolve();
    });
    downstream.on("close", () => {
      upstream.destroy();
      resolve();
    });
    upstream.onData((chunk) => downstream.write(chunk));
    upstream.resume();
    downstream.on("data", send);
  });
  key.release();
}

const harnesses: Harness[] = [];

afterEach(async () => {
  for (const harness of harnesses.splice(0)) await harness.stop();
});

async function gateTo(target: Record<string, unknown>): Promise<Harness> {
  const policy = "rules:\n  main:\n  - {id: any, effect: allow, match: {statement: [SELECT]}}";
  const harness = await startHarness({ protocol: relay, target, policy });
  harnesses.push(harness);
  return harness;
}

/** Signs in with `pg` and gives who the target thinks it is. */
async function whoAmI(harness: Harness, options: pg.ClientConfig = {}): Promise<unknown> {
  const client = new pg.Client({
    host: "127.0.0.1",
    port: harness.port,
    user: harness.user,
    password: harness.password,
    database: "orders",
    ssl: false,
    ...options,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<Record<string, unknown>>(
      "SELECT session_user AS who, current_database() AS database, (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS tls",
    );
    return rows[0];
  } finally {
    await client.end().catch(() => undefined);
  }
}

describe.each(postgresVersions())("PostgreSQL %s", (version) => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres({
      version,
      ssl: { key: version === "18" ? "ec" : "rsa", hash: "sha384" },
      settings: { log_connections: "on", log_statement: "all", listen_addresses: "127.0.0.1,127.0.0.2" },
      hba: [
        "hostssl all plus 127.0.0.1/32 scram-sha-256",
        "host all scram 127.0.0.1/32 scram-sha-256",
        "host all legacy 127.0.0.1/32 md5",
        "host all clear 127.0.0.1/32 password",
        "hostssl all cert 127.0.0.1/32 cert",
        "host all open 127.0.0.1/32 trust",
        "host all strange 127.0.0.1/32 scram-sha-256",
      ],
    });
    await server.query("CREATE DATABASE orders");
    for (const role of ["plus", "scram", "clear", "cert", "open", "strange"]) {
      await server.query(`CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
    }
    await server.query(`SET password_encryption = 'md5'; CREATE ROLE legacy LOGIN PASSWORD '${PASSWORD}'`);
    await server.query("ALTER ROLE strange SET standard_conforming_strings = off");
  }, 120_000);

  afterAll(() => server.stop());

  const target = (username: string, tls: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
    address: `127.0.0.1:${server.port}`,
    database: "orders",
    tls,
    credential: { username, password: PASSWORD },
    ...more,
  });
  const wrongPassword = { credential: { username: "scram", password: "x" } };
  const verified = () => ({ mode: "verify-full", ca: server.caPem });

  test.each([
    ["SCRAM-SHA-256-PLUS under TLS", "plus", true],
    ["SCRAM-SHA-256 without TLS", "scram", false],
    ["MD5 under TLS", "legacy", true],
    ["MD5 without TLS", "legacy", false],
    ["a password in clear under TLS", "clear", true],
    ["nothing at all", "open", false],
  ])("%s signs the gateway in", async (_what, username, tls) => {
    const harness = await gateTo(target(username, tls ? verified() : { mode: "disable" }));
    expect(await whoAmI(harness)).toEqual({ who: username, database: "orders", tls });
  });

  test("a client certificate signs the gateway in without a password", async () => {
    const { cert, key } = await server.clientCertificate("cert");
    const harness = await gateTo(target("cert", { ...verified(), cert, key }, { credential: { username: "cert" } }));
    expect(await whoAmI(harness)).toMatchObject({ who: "cert", tls: true });
  });

  test("TLS from the first byte works where the server has it", async () => {
    const harness = await gateTo(target("plus", { ...verified(), negotiation: "direct" }));
    if (Number(version) >= 17) expect(await whoAmI(harness)).toMatchObject({ who: "plus", tls: true });
    else await expect(whoAmI(harness)).rejects.toMatchObject({ code: "08006" });
  });

  test.each([
    ["an authority that is not ours", "plus", { mode: "verify-full" }, {}, "08006", /TLS was refused: SELF_SIGNED/],
    [
      "a name that is not in the certificate",
      "plus",
      "other-name",
      {},
      "08006",
      /TLS was refused: ERR_TLS_CERT_ALTNAME/,
    ],
    ["a password in clear without TLS", "clear", { mode: "disable" }, {}, "08004", /in clear without TLS/],
    ["a wrong password", "scram", { mode: "disable" }, wrongPassword, "08004", /refused the gateway's credential/],
    ["a user the server does not let in", "nobody", { mode: "disable" }, {}, "28000", /pg_hba\.conf/],
    ["a database that is not there", "scram", { mode: "disable" }, { database: "nowhere" }, "3D000", /does not exist/],
    [
      "a role whose strings are not standard",
      "strange",
      { mode: "disable" },
      {},
      "08004",
      /standard_conforming_strings/,
    ],
    ["a port where nobody listens", "scram", { mode: "disable" }, { address: "127.0.0.1:1" }, "08006", /unreachable/],
  ])("%s (as %s): a FATAL error in the gate's own words", async (_what, username, tls, more, sqlstate, words) => {
    // The certificate is for localhost and 127.0.0.1; 127.0.0.2 is the same server under another name.
    const named = tls === "other-name" ? { address: `127.0.0.2:${server.port}` } : {};
    const mode = typeof tls === "string" ? verified() : tls;
    const harness = await gateTo({ ...target(username, mode), ...more, ...named });
    const database = (more as { database?: string }).database ?? "orders";
    const error = (await whoAmI(harness, { database }).catch((thrown: unknown) => thrown)) as pg.DatabaseError;
    expect(error).toBeInstanceOf(pg.DatabaseError);
    expect([error.severity, error.code]).toEqual(["FATAL", sqlstate]);
    expect(error.message).toMatch(/^gate: target/);
    expect(error.message).toMatch(words);
    expect(error.message).not.toMatch(/127\.0\.0|scram"|pencil|nowhere/);
  });

  test.each([
    ["SELECT oid::text, NULL FROM pg_class ORDER BY oid LIMIT 2", 2],
    ["SELECT attname FROM pg_attribute", 2_500],
  ])("the catalogue is read on a connection of its own: %s", async (sql, least) => {
    const rows = await housekeeping(target("plus", verified()), sql);
    expect(rows.length).toBeGreaterThanOrEqual(least);
  });

  test("the catalogue's connection cannot write", async () => {
    await expect(housekeeping(target("plus", verified()), "CREATE TABLE written (a int)")).rejects.toMatchObject({
      code: "CATALOGUE_UNAVAILABLE",
    });
    expect(await server.query("SELECT 1 FROM pg_class WHERE relname = 'written'", "orders")).toEqual([]);
  });

  describe("clients", () => {
    test.each([
      ["pg, which asks for TLS first and goes on without", "prefer"],
      ["pg without TLS", "disable"],
    ])("%s", async (_what, sslmode) => {
      const harness = await gateTo(target("scram", { mode: "disable" }));
      if (sslmode === "prefer") {
        // pg gives up where TLS is refused; libpq, below, goes on.
        await expect(whoAmI(harness, { ssl: { rejectUnauthorized: false } })).rejects.toThrow(/does not support SSL/);
      } else expect(await whoAmI(harness)).toMatchObject({ who: "scram" });
    });

    test("postgres.js", async () => {
      const harness = await gateTo(target("scram", { mode: "disable" }));
      const { port, user, password } = harness;
      const sql = postgresJs({ host: "127.0.0.1", port, user, password, database: "orders", ssl: false, max: 1 });
      try {
        expect([...(await sql`SELECT session_user AS who`)]).toEqual([{ who: "scram" }]);
      } finally {
        await sql.end({ timeout: 1 });
      }
    });

    const bin = clientPrograms()?.bin;
    const psql = bin && `${bin}/psql`;
    suiteWith(psql !== undefined, "the package postgresql-client")("psql", () => {
      const runPsql = async (harness: Harness, environment: Record<string, string>, more: string[] = []) => {
        const { stdout, stderr } = await promisify(execFile)(psql ?? "", [...more, "-XAtc", "SELECT session_user"], {
          timeout: 20_000,
          env: {
            PATH: process.env["PATH"] ?? "",
            PGHOST: "127.0.0.1",
            PGPORT: String(harness.port),
            PGUSER: harness.user,
            PGPASSWORD: harness.password,
            PGDATABASE: "orders",
            ...environment,
          },
        }).catch((error: { stdout: string; stderr: string }) => error);
        return { stdout: stdout.trim(), stderr };
      };

      test.each([
        ["as it comes: encryption is asked for, and refused", {}],
        ["with sslmode=disable", { PGSSLMODE: "disable" }],
        ["without a database name", { PGDATABASE: "" }],
        ["with a time zone and a date style", { PGTZ: "UTC", PGDATESTYLE: "ISO" }],
        ["with its encoding spelled out", { PGCLIENTENCODING: "utf-8" }],
      ])("psql %s", async (_what, environment) => {
        const harness = await gateTo(target("scram", { mode: "disable" }));
        expect(await runPsql(harness, environment as Record<string, string>)).toEqual({ stdout: "scram", stderr: "" });
      });

      test.each<[string, Record<string, string>, RegExp]>([
        ["a wrong password", { PGPASSWORD: "wrong" }, /gate: password authentication failed/],
        ["another user", { PGUSER: "postgres" }, /gate: password authentication failed/],
        ["another database", { PGDATABASE: "postgres" }, /gate: this endpoint leads to database "orders" only/],
        ["PGOPTIONS", { PGOPTIONS: "-c search_path=evil" }, /gate: denied by rule "startup": options/],
        ["another encoding", { PGCLIENTENCODING: "LATIN1" }, /gate: client_encoding must be UTF8/],
        ["sslmode=require", { PGSSLMODE: "require" }, /server does not support SSL/],
      ])("psql with %s is told why, and the server hears nothing", async (_what, environment, reason) => {
        const harness = await gateTo(target("scram", { mode: "disable" }));
        const before = server.log().split("connection authorized: user=scram").length;
        const { stdout, stderr } = await runPsql(harness, environment);
        expect(stdout).toBe("");
        expect(stderr).toMatch(reason);
        expect(server.log().split("connection authorized: user=scram")).toHaveLength(before);
      });

      test("a replication connection is refused (bypass 15)", async () => {
        const harness = await gateTo(target("scram", { mode: "disable" }));
        const { stderr } = await runPsql(harness, {}, ["-d", "dbname=orders replication=database"]);
        expect(stderr).toMatch(/gate: denied by rule "startup": replication/);
        await harness.close();
        const entries = await harness.entries();
        expect(entries.find((entry) => entry.type === "note")).toMatchObject({ event: "startup-refused" });
      });
    });
  });

  test("a cancel with the gate's key cancels at the server; a guess does not (bypass 19)", async () => {
    const harness = await gateTo(target("plus", verified()));
    const client = new pg.Client({
      host: "127.0.0.1",
      port: harness.port,
      user: harness.user,
      password: harness.password,
      database: "orders",
    });
    await client.connect();
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const secret = Buffer.alloc(4);
    secret.writeInt32BE(secretKey);
    let over = false;
    const sleeping = client.query("SELECT pg_sleep(20)").then(
      () => "slept",
      (error: pg.DatabaseError) => error.code,
    );
    void sleeping.then(() => (over = true));
    await running("pg_sleep(20)");
    await raw(harness, cancelRequest(processID, Buffer.from([1, 2, 3, 4])));
    expect(over).toBe(false);
    await raw(harness, cancelRequest(processID, secret));
    expect(await sleeping).toBe("57014");
    await client.end();
    await harness.close();
    const cancels = (await harness.entries()).filter(
      (entry) => entry.type === "note" && entry.event === "cancel-request",
    );
    expect(cancels.map((entry) => entry.type === "note" && entry.detail["accepted"])).toEqual([false, true]);
  });

  test("a client of protocol 3.2 gets a key of 32 bytes, whatever the server has", async () => {
    const harness = await gateTo(target("plus", verified()));
    const answer = await raw(harness, startupMessage(2, [["user", harness.user]]), 24);
    // AuthenticationSASL at once: 3.2 is not negotiated down.
    expect(answer.toString("latin1")).toBe("R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0");
  });

  /** Waits until the server runs this statement. */
  async function running(text: string): Promise<void> {
    for (let tries = 0; tries < 1_250; tries++) {
      const sql = `SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%${text}%' AND pid <> pg_backend_pid()`;
      if ((await server.query(sql)).length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error("the statement did not start within 25 s");
  }
});

/** Sends bytes on a connection of their own; gives what came until it was closed, or until `enough`. */
function raw(harness: Harness, bytes: Uint8Array, enough = Infinity): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket: Socket = connectTcp({ host: "127.0.0.1", port: harness.port }, () => socket.write(bytes));
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error("the connection stayed open"));
    }, 25_000);
    socket.on("data", (chunk) => {
      received.push(chunk);
      if (Buffer.concat(received).length >= enough) socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(Buffer.concat(received));
    });
  });
}

/** Runs one query as the catalogue's loader does, on a connection dialled for a client that only knocks. */
async function housekeeping(given: Record<string, unknown>, sql: string): Promise<readonly unknown[]> {
  let settle: (result: Promise<readonly unknown[]>) => void;
  const outcome = new Promise<readonly unknown[]>((resolve) => {
    settle = resolve;
  });
  const protocol: Protocol<PostgresTarget> = {
    ...relay,
    serve: async (link, gate, target) => {
      const dial = () => link.dial();
      const admit = (name: string, bytes: Uint8Array) => gate.housekeeping(name, bytes);
      const queries = runHousekeepingQueries({ dial, admit, clock: gate.clock, target }, { rows: sql });
      settle(queries.then(({ rows }) => rows));
      await queries.catch(() => undefined);
    },
  };
  const policy = "rules:\n  main:\n  - {id: any, effect: allow, match: {statement: [SELECT]}}";
  const harness = await startHarness({ protocol, target: given, policy });
  harnesses.push(harness);
  outcome.catch(() => undefined);
  await raw(harness, Buffer.from([0]));
  return outcome;
}
