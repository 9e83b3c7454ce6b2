import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createWorld, type World } from "../testing/world.ts";
import type { ExplainQuestion } from "./explain.ts";

const ALICE = { authorization: "Bearer alice-0123456789abcdef", "content-type": "application/json" };
let world: World;
let asked: ExplainQuestion[];

beforeEach(async () => {
  asked = [];
  world = await createWorld({
    explainCommand: async (_policy, question) => {
      asked.push(question);
      if (question.command === "broken") return { problems: [{ message: "the SQL does not parse" }] };
      return {
        verdict: { kind: "deny", rules: ["never"], message: "not here", hint: "read only", obligations: [] },
        observed: false,
        rules: [{ rule: "read", effect: "allow", outcome: "false", failed: "statement" }],
        facts: { classified: true },
      };
    },
  });
});

afterEach(() => world.end());

const explain = (body: unknown, headers: Record<string, string> = ALICE) =>
  world.send("POST", "/v1/policy/explain", { headers, body: JSON.stringify(body) });

test("a command is explained: verdict, and for each rule what stood in its way; SQL says that no catalogue was read", async () => {
  const answer = await explain({ as: "deploy", grant: "orders", sql: "DROP TABLE x" });
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({
    verdict: "deny",
    rules: ["never"],
    message: "not here",
    hint: "read only",
    observed: false,
    catalogue: "assumed",
    explanations: [{ rule: "read", effect: "allow", outcome: "false", failed: "statement" }],
  });
  expect(asked).toEqual([{ as: "deploy", grant: "orders", key: "sql", command: "DROP TABLE x" }]);
  const other = await explain({ as: "", grant: "orders", exec: "ls" });
  expect(other.body["catalogue"]).toBeUndefined();
  expect(asked[1]).toEqual({ grant: "orders", key: "exec", command: "ls" });
});

test("only people may ask", async () => {
  const body = { grant: "orders", sql: "SELECT 1" };
  expect((await explain(body, { "content-type": "application/json" })).status).toBe(401);
  const { access_token: token } = await world.open();
  const proof = await world.proof("POST", "/v1/policy/explain", { token });
  const asJob = { "content-type": "application/json", authorization: `DPoP ${token}`, dpop: proof };
  expect((await explain(body, asJob)).status).toBe(401);
  expect(asked).toEqual([]);
});

test.each([
  ["no command", { grant: "orders" }],
  ["two commands", { grant: "orders", sql: "SELECT 1", exec: "ls" }],
  ["no grant", { sql: "SELECT 1" }],
  ["an unknown key", { grant: "orders", sql: "SELECT 1", catalogue: "x" }],
  ["no text", { grant: "orders", sql: 1 }],
  ["a list", [1]],
  ["an inherited name", { grant: "orders", constructor: "x" }],
])("%s is refused", async (_what, body) => {
  const answer = await explain(body);
  expect([answer.status, answer.body["code"]]).toEqual([400, "invalid_request"]);
  expect(asked).toEqual([]);
});

test("a command that cannot be read, and one that is too long, are told so", async () => {
  const broken = await explain({ grant: "orders", sql: "broken" });
  expect(broken.status).toBe(400);
  expect(broken.body).toMatchObject({ code: "not_explained", detail: "the SQL does not parse" });
  expect((await explain({ grant: "orders", sql: "x".repeat(70_000) })).status).toBe(413);
});

test("the policy says whether commands can be explained; a gateway without the parsers says so", async () => {
  const get = (of: World) => of.send("GET", "/v1/policy", { headers: ALICE });
  expect((await get(world)).body["explains"]).toBe(true);
  const bare = await createWorld();
  try {
    expect((await get(bare)).body["explains"]).toBe(false);
    const answer = await bare.send("POST", "/v1/policy/explain", {
      headers: ALICE,
      body: JSON.stringify({ grant: "orders", sql: "SELECT 1" }),
    });
    expect(answer.body["code"]).toBe("not_available");
  } finally {
    await bare.end();
  }
});
