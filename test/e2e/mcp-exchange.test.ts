/** MCP through a real gate to a real server of the official SDK, with the SDK's own client. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { CreateMessageRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { eventually } from "../../packages/testkit/src/conformance.ts";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import { call, connect, gateTo, open, post, postUntil, type Connected } from "./mcp-fixture.ts";
import { startMcpServer, type McpTestServer } from "./mcp-server.ts";

const POLICY = `rules:
  main:
  - {id: tools, effect: allow, match: {method: tools/call, tool: [echo, customer, slow, photo, ask-model]}}
  - {id: small, effect: allow, match: {method: tools/call, tool: refund, arguments: {$.amount: {lte: 100}}}}
  - {id: large, effect: hold, approval: someone, match: {tool: refund, arguments: {$.amount: {gt: 100}}}}
  - {id: never, effect: deny, message: "nothing is dropped", match: {tool: drop}}
  - {id: docs, effect: allow, match: {method: [resources/read, resources/subscribe], resource: "shop://docs/*"}}
  - {id: greet, effect: allow, match: {method: [prompts/get, completion/complete], prompt: greet}}
approvals:
  someone: {from: ["person:dana"], count: 1, timeout: 1m}
`;

let target: McpTestServer;
let gate: Harness;
const connected: Connected[] = [];

beforeAll(async () => {
  target = await startMcpServer();
});
afterAll(() => target.close());
beforeEach(async () => {
  gate = await gateTo(target.port, POLICY);
  target.seen();
});
afterEach(async () => {
  for (const each of connected.splice(0)) await each.close();
  await gate.stop();
});

const agent = async (options: Parameters<typeof connect>[1] = {}): Promise<Connected> => {
  const one = await connect(gate, options);
  connected.push(one);
  return one;
};

describe("a tool", () => {
  test("that is allowed is called with exactly what was judged, and its result comes back", async () => {
    const { client } = await agent();
    const result = await client.callTool({ name: "echo", arguments: { text: "hi" } });
    expect(result.content).toEqual([{ type: "text", text: "echo hi" }]);
    expect(target.seen()).toContain('tools/call echo {"text":"hi"}');
    await gate.close();
    const entries = await gate.entries();
    const verdict = entries.find((entry) => entry.type === "verdict" && entry.rules.includes("tools"));
    expect(verdict).toMatchObject({ command: { kind: "request", text: 'tools/call echo\narguments {"text":"hi"}' } });
    const result_ = entries.find((entry) => entry.type === "result" && entry.of === verdict?.seq);
    expect(result_).toMatchObject({ outcome: "result", ok: true });
    expect((result_ as { digests?: object }).digests).toHaveProperty("answer");
  });

  test("that is denied never reaches the server, and the client gets the rule", async () => {
    const { client } = await agent();
    const refused = await client.callTool({ name: "drop" }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: -32001, data: { rule: "never", session: gate.session.id } });
    expect(String(refused)).toContain('gate: denied by rule "never": nothing is dropped');
    expect(target.seen().some((line) => line.includes("drop"))).toBe(false);
  });

  test("that no rule names is denied by default, with a hint", async () => {
    const { client } = await agent();
    const refused = await client.callTool({ name: "format-disk" }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: -32001, data: { rule: "default" } });
    expect(target.seen().some((line) => line.includes("format"))).toBe(false);
  });
});

describe("lists", () => {
  test("show only what may be used", async () => {
    const { client } = await agent();
    const { tools } = await client.listTools();
    // `refund` may be called with some arguments, so it is shown.
    expect(tools.map(({ name }) => name)).toEqual(["echo", "refund", "customer", "photo", "slow", "ask-model"]);
    expect((await client.listResources()).resources.map(({ uri }) => uri)).toEqual(["shop://docs/readme"]);
    expect((await client.listResourceTemplates()).resourceTemplates).toHaveLength(1);
    expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual(["greet"]);
  });

  test("leave the kept items as the server wrote them", async () => {
    const session = await open(gate);
    const direct = await open({ port: target.port, password: "" });
    const list = { jsonrpc: "2.0", id: "l", method: "tools/list" };
    const [mine, all] = [
      await post(gate, list, session),
      await post({ port: target.port, password: "" }, list, direct),
    ];
    const tools = (all.messages[0]?.result?.["tools"] ?? []) as { name: string }[];
    expect(mine.messages[0]?.result?.["tools"]).toEqual(tools.filter(({ name }) => name !== "drop"));
  });

  test("note the digest of each definition, so that it can be pinned", async () => {
    const { client } = await agent();
    await client.listTools();
    await gate.close();
    const notes = (await gate.entries()).filter((entry) => entry.type === "note" && entry.event === "tool-definition");
    expect(notes).toHaveLength(7);
    expect(notes[0]).toMatchObject({ detail: { tool: "echo", status: "known" } });
  });
});

describe("resources and prompts", () => {
  test("are matched by URI and by name", async () => {
    const { client } = await agent();
    expect((await client.readResource({ uri: "shop://docs/intro" })).contents[0]).toMatchObject({ text: "page intro" });
    await client.subscribeResource({ uri: "shop://docs/readme" }).catch(() => undefined);
    await expect(client.readResource({ uri: "shop://private/key" })).rejects.toMatchObject({ code: -32001 });
    const greeting = await client.getPrompt({ name: "greet", arguments: { name: "Ada" } });
    expect(greeting.messages[0]?.content).toEqual({ type: "text", text: "greet Ada" });
    await expect(client.getPrompt({ name: "insult" })).rejects.toMatchObject({ code: -32001 });
    const completed = await client.complete({
      ref: { type: "ref/prompt", name: "greet" },
      argument: { name: "name", value: "" },
    });
    expect(completed.completion.values).toEqual(["Ada", "Ben"]);
    expect(target.seen().filter((line) => /private|insult/.test(line))).toEqual([]);
  });
});

describe("a held call", () => {
  test("waits, tells its progress, and runs once after approval", async () => {
    const { client } = await agent();
    const told: string[] = [];
    const answer = client.callTool({ name: "refund", arguments: { amount: 500 } }, undefined, {
      onprogress: ({ message }) => told.push(message ?? ""),
    });
    const hold = await gate.pendingHold();
    expect(hold.commandText).toBe('tools/call refund\narguments {"amount":500}');
    expect(target.seen().filter((line) => line.includes("refund"))).toEqual([]);
    await gate.vote("approve");
    expect((await answer).content).toEqual([{ type: "text", text: "refunded 500" }]);
    expect(told[0]).toBe(`gate: held for approval ${hold.id}: https://gate.test/approvals/${hold.id}`);
    expect(target.seen().filter((line) => line.includes("refund"))).toHaveLength(1);
  });

  test("is shown with everything that goes on to the target", async () => {
    const params = {
      name: "refund",
      arguments: { amount: 500 },
      task: { ttl: 60_000 },
      _meta: { progressToken: 1, "acme/as": "root" },
    };
    const answer = post(gate, { jsonrpc: "2.0", id: 1, method: "tools/call", params }, await open(gate));
    const hold = await gate.pendingHold();
    expect(hold.commandText).toBe(
      'tools/call refund\narguments {"amount":500}\ntask {"ttl":60000}\n_meta acme/as "root"',
    );
    await gate.vote("deny");
    await answer;
  });

  test("that a person denies is refused with the rule", async () => {
    const { client } = await agent();
    const answer = client.callTool({ name: "refund", arguments: { amount: 500 } }).catch((error: unknown) => error);
    await gate.vote("deny");
    expect(await answer).toMatchObject({ code: -32001, data: { rule: "large", reason: "not-approved" } });
  });

  test("is withdrawn when the client cancels it, on whatever connection", async () => {
    const { client } = await agent();
    const abort = new AbortController();
    const answer = client
      .callTool({ name: "refund", arguments: { amount: 501 } }, undefined, { signal: abort.signal })
      .catch((error: unknown) => error);
    const hold = await gate.pendingHold();
    abort.abort("changed my mind");
    await answer;
    await eventually(async () => (await gate.engine.hold(hold.id))?.state === "withdrawn");
    expect(target.seen().filter((line) => /refund|cancelled/.test(line))).toEqual([]);
    // Another session's client cannot take it back: the next one is still pending.
    const again = client.callTool({ name: "refund", arguments: { amount: 502 } }).catch((error: unknown) => error);
    await gate.pendingHold();
    const other = await open(gate);
    await post(gate, { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 2 } }, other);
    expect((await gate.pendingHold()).state).toBe("pending");
    await gate.vote("deny");
    await again;
  });

  test("without a progress token is told by nothing but a stream that stays open", async () => {
    const session = await open(gate);
    const answer = post(gate, call(7, "refund", { amount: 600 }), session);
    await gate.vote("approve");
    const { text, messages } = await answer;
    expect(text.startsWith(":\n\n")).toBe(true);
    expect(messages).toEqual([
      { jsonrpc: "2.0", id: 7, result: { content: [{ type: "text", text: "refunded 600" }] } },
    ]);
  });
});

describe("requests of the server", () => {
  const sampling = { sampling: {} };
  const prepare = (asked: string[]) => (client: Connected["client"]) => {
    client.setRequestHandler(CreateMessageRequestSchema, (request) => {
      asked.push(request.method);
      return { model: "m", role: "assistant", content: { type: "text", text: "hunter2" } };
    });
  };

  test("never reach the client by default; the server is told so", async () => {
    const reached: string[] = [];
    const { client } = await agent({ capabilities: sampling, prepare: prepare(reached) });
    const result = await client.callTool({ name: "ask-model" });
    expect(result).toMatchObject({ isError: true });
    expect(reached).toEqual([]);
    expect(target.asked.at(-1)).toContain('gate: denied by rule "default"');
  });

  test("reach it where a rule grants them, and only the client that was asked can answer", async () => {
    await gate.stop();
    gate = await gateTo(
      target.port,
      POLICY.replace(
        "  main:\n",
        '  main:\n  - {id: model, effect: allow, match: {method: "sampling/createMessage"}}\n',
      ),
    );
    const reached: string[] = [];
    const { client } = await agent({ capabilities: sampling, prepare: prepare(reached) });
    const result = await client.callTool({ name: "ask-model" });
    expect(result.content).toEqual([{ type: "text", text: 'the model said {"type":"text","text":"hunter2"}' }]);
    expect(reached).toEqual(["sampling/createMessage"]);
    const session = await open(gate);
    const forged = await post(gate, { jsonrpc: "2.0", id: 0, result: { content: {} } }, session);
    expect(forged.status).toBe(400);
    expect(target.seen().filter((line) => line.startsWith("answer"))).toEqual(["answer 0"]);
  });
});

describe("a session", () => {
  test("has a stream of its own, ends by DELETE, and is then unknown", async () => {
    const { client, transport } = await agent();
    await client.ping();
    await eventually(() => target.headers.some((each) => each["accept"] === "text/event-stream"));
    await transport.terminateSession();
    const lines = target.seen();
    expect(lines).toContain("GET");
    expect(lines).toContain("DELETE");
    await expect(client.ping()).rejects.toBeDefined();
  });

  test("of another gate session is not known here", async () => {
    const session = await open(gate);
    const other = await gateTo(target.port, POLICY);
    try {
      target.seen();
      const answer = await post(other, call(1, "echo", { text: "a" }), session);
      expect(answer.status).toBe(404);
      expect((await post(gate, call(1, "echo", { text: "a" }), session)).status).toBe(200);
      // The server's own id is of no use either.
      const id = String(session["mcp-session-id"]).split(".").slice(1).join(".");
      expect((await post(gate, call(1, "echo", { text: "b" }), { ...session, "mcp-session-id": id })).status).toBe(404);
      expect(target.seen()).toEqual(["tools/list", 'tools/call echo {"text":"a"}']);
    } finally {
      await other.stop();
    }
  });

  test("can take a stream up again, by events of its own only", async () => {
    const session = await open(gate);
    const first = await post(gate, call(1, "echo", { text: "a" }), session);
    const [, event = ""] = /^id: (.+)$/m.exec(first.text) ?? [];
    const resumed = postUntil(gate, { ...session, accept: "text/event-stream", "last-event-id": event });
    const bad = await post(gate, undefined, { ...session, accept: "text/event-stream", "last-event-id": "x_1" }, "GET");
    expect(bad.status).toBe(404);
    expect((await resumed).status).toBe(200);
  });
});

describe("credentials", () => {
  test("of the client stay here, and the target's never come", async () => {
    await gate.stop();
    gate = await gateTo(target.port, POLICY, {
      keys: { credential: { headers: { Authorization: "Bearer target-token" } } },
    });
    const { client } = await agent();
    await client.callTool({ name: "echo", arguments: { text: "a" } });
    expect(JSON.stringify(target.headers)).not.toContain(gate.password);
    expect(target.headers.at(-1)?.authorization).toBe("Bearer target-token");
  });

  test("are asked for", async () => {
    const answer = await post({ port: gate.port, password: "wrong" }, call(1, "echo"));
    expect(answer.status).toBe(401);
    expect(
      (await post({ port: gate.port, password: "wrong" }, call(1, "echo"), {}, "POST", `/mcp/${gate.password}`)).status,
    ).toBe(200);
  });
});

describe("limits", () => {
  test("count a result's bytes", async () => {
    await gate.stop();
    gate = await gateTo(target.port, `${POLICY}limits:\n  few: {bytes: 1KiB}\n`, { grantKeys: "limits: few" });
    const { client } = await agent();
    const refused = await client
      .callTool({ name: "echo", arguments: { text: "x".repeat(2000) } })
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: -32001, data: { rule: "limits" } });
  });
});
