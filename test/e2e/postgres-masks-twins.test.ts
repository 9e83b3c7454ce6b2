/**
 * Two databases that differ in nothing but masked values, and one question after another: whatever a client gets has to
 * be the same from both. What this finds no list of canaries could: answers by errors, by numbers of rows, by sizes.
 */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { postgres } from "@gate/protocols/postgres";
import { startHarness, type Harness } from "../../packages/testkit/src/harness.ts";
import {
  bind,
  execute,
  field,
  parse,
  RawPostgres,
  sync,
  type RawMessage,
} from "../../packages/testkit/src/postgres-raw.ts";
import { startPostgres, type PostgresServer } from "../../packages/testkit/src/postgres-server.ts";
import { MASKED, QUESTIONS, schemaOf, TWINS } from "../bypass/questions.ts";

const POLICY = `
rules:
  main:
  - {id: any, effect: allow, match: {statement: ["*"], functions: any}}
masks:
  pii:
${MASKED.map((name) => `  - {column: public.customers.${name}, action: redact}`).join("\n")}
`;

let server: PostgresServer;
const gates: Harness[] = [];

beforeAll(async () => {
  server = await startPostgres();
  for (const [name, values] of Object.entries(TWINS)) {
    await server.query(`CREATE DATABASE ${name}`);
    await server.query(schemaOf(values), name);
    gates.push(
      await startHarness({
        protocol: postgres,
        target: {
          address: `127.0.0.1:${server.port}`,
          database: name,
          tls: { mode: "disable" },
          credential: { username: server.superuser, password: server.password },
        },
        policy: POLICY,
        grantKeys: "masks: [pii]",
      }),
    );
  }
}, 120_000);

afterAll(async () => {
  for (const gate of gates) await gate.stop();
  await server.stop();
});

test.each(QUESTIONS.map((each) => [typeof each === "string" ? each : each.join("; "), each] as const))(
  "both answer alike: %s",
  async (_name, question) => {
    const [one, other] = await Promise.all(gates.map((gate) => ask(gate, question)));
    expect(other).toEqual(one);
  },
);

async function ask(gate: Harness, question: string | readonly string[]): Promise<readonly string[]> {
  const client = await RawPostgres.login(gate.port, gate.user, gate.password);
  const answers: RawMessage[] = [];
  if (typeof question === "string") {
    for (const sql of ["BEGIN", question, "ROLLBACK"]) answers.push(...(await client.query(sql)));
    await client.query("BEGIN");
    client.send(parse("", question), bind("", "", [], true), execute(""), sync());
    answers.push(...(await client.until("Z")));
    await client.query("ROLLBACK");
  } else {
    for (const sql of question) answers.push(...(await client.query(sql)));
  }
  client.end();
  return answers.filter(({ type }) => !NOT_ABOUT_VALUES.has(type)).map(readable);
}

/** Descriptions and settings: they hold oids and process numbers, which differ anyway. */
const NOT_ABOUT_VALUES: ReadonlySet<string> = new Set(["T", "S", "A"]);

function readable(message: RawMessage): string {
  if (message.type !== "E" && message.type !== "N") return message.type + message.body.toString("latin1");
  return `${message.type} ${field(message, "C")} ${(field(message, "M") ?? "").replaceAll(/\b[se]_?[\w-]{10,}/g, "")}`;
}
