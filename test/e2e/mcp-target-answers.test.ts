/**
 * What a target may do to a client through the gate: streams cut at any byte, answers nobody asked for, names in two
 * spellings, challenges, redirects. The target here writes whatever it is told.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { call, gateTo, post, type Posted } from "./mcp-fixture.ts";
import type { Harness } from "../../packages/testkit/src/harness.ts";

const POLICY = `rules:
  main:
  - {id: echo, effect: allow, match: {method: tools/call, tool: echo, definition: any}}
  - {id: read, effect: allow, match: {method: [prompts/get, "tasks/*"]}}
masks:
  pii:
  - {detect: [us_ssn], action: redact}
`;

interface Say {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunks: readonly (Buffer | string)[];
}

let say: (body: string, request: http.IncomingMessage) => Say;
const received: string[] = [];
let server: http.Server;
let port = 0;
let gate: Harness;

beforeAll(async () => {
  server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      void (async () => {
        const body = Buffer.concat(chunks).toString();
        received.push(body);
        if (body.includes('"tools/list"')) {
          response.writeHead(200, { "content-type": "application/json" });
          response.end('{"jsonrpc":"2.0","id":"gate-tools","result":{"tools":[{"name":"echo","inputSchema":{}}]}}');
          return;
        }
        const { status = 200, headers = STREAM, chunks: out } = say(body, request);
        response.writeHead(status, headers);
        for (const chunk of out) {
          response.write(chunk);
          await new Promise((resolve) => setImmediate(resolve));
        }
        response.end();
      })();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ({ port } = server.address() as AddressInfo);
  gate = await gateTo(port, POLICY, { grantKeys: "masks: [pii]" });
});
afterAll(async () => {
  await gate.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
afterEach(() => {
  received.splice(0);
});

const STREAM = { "content-type": "text/event-stream" };
const JSON_TYPE = { "content-type": "application/json" };
const ask = (id: unknown = 1): Promise<Posted> =>
  post(gate, { jsonrpc: "2.0", id, method: "tools/call", params: { name: "echo", arguments: {} } });
const json = (text: string, status = 200): void => {
  say = () => ({ status, headers: JSON_TYPE, chunks: [text] });
};

describe("a stream", () => {
  const events = [
    ": welcome 219-09-9999\n\n",
    "id: 1\nretry: 10\ndata: \n\n",
    'event: message\r\ndata: {"jsonrpc":"2.0","method":"notifications/message",\r\ndata: "params":{"level":"info","data":"ssn 219-09-9999 é"}}\r\n\r\n',
    'id: 2\rdata: {"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"ssn 219-09-9999 ✓"}]}}\r\r',
  ].join("");

  test("is the same wherever it is cut", async () => {
    const bytes = Buffer.from(events);
    say = () => ({ chunks: [bytes] });
    const whole = await ask();
    expect(whole.text).not.toContain("219-09-9999");
    expect(whole.messages.map((message) => message.result ?? message.params)).toEqual([
      { level: "info", data: "ssn [redacted] é" },
      { content: [{ type: "text", text: "ssn [redacted] ✓" }] },
    ]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 12 }), async (points) => {
        const cuts = [0, ...points.toSorted((a, b) => a - b), bytes.length];
        const chunks = cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
        say = () => ({ chunks: chunks.filter(({ length }) => length > 0) });
        expect((await ask()).text).toBe(whole.text);
      }),
      { numRuns: 40 },
    );
  });

  test("that breaks off, or holds what is no message, ends with an error and nothing of it", async () => {
    for (const bad of ["data: {not json 219-09-9999}\n\n", "data: [1]\n\n", "data: \xff\n\n"]) {
      say = () => ({ chunks: [Buffer.from(bad, "latin1")] });
      const { messages, text } = await ask();
      expect(messages.at(-1)).toMatchObject({ id: 1, error: { code: -32000 } });
      expect(text).not.toContain("219-09-9999");
    }
  });

  test("gives nobody an answer that was not asked for, and no event under another name", async () => {
    say = () => ({
      chunks: [
        'data: {"jsonrpc":"2.0","id":99,"result":{"secret":1}}\n\n',
        'event: endpoint\ndata: {"jsonrpc":"2.0","id":1,"result":{"secret":2}}\n\n',
        'data: {"jsonrpc":"2.0","method":"notifications/evil","params":{"secret":3}}\n\n',
        'data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n',
      ],
    });
    const { text, messages } = await ask();
    expect(text).not.toContain("secret");
    expect(messages).toEqual([{ jsonrpc: "2.0", id: 1, result: {} }]);
  });

  test.each([
    ["a result beside an error", '"id":1,"error":{"code":1,"message":"no"},"result":{"a":"219-09-9999"}'],
    ["params beside a result", '"id":1,"result":{},"params":{"a":"219-09-9999"}'],
    ["a result beside a notification", '"method":"notifications/message","result":{"a":"219-09-9999"}'],
    ["an error beside a request", '"id":2,"method":"ping","error":{"a":"219-09-9999"}'],
  ])("with %s, where no mask looks, ends with an error", async (_name, members) => {
    say = () => ({ chunks: [`data: {"jsonrpc":"2.0",${members}}\n\n`] });
    const { messages, text } = await ask();
    expect(messages).toMatchObject([{ id: 1, error: { code: -32000 } }]);
    expect(text).not.toContain("219-09-9999");
  });

  test("that takes a request back says why under the masks", async () => {
    const params = '{"requestId":"219-09-9999","reason":"of 219-09-9999"}';
    say = () => ({
      chunks: [
        `data: {"jsonrpc":"2.0","method":"notifications/cancelled","params":${params}}\n\n`,
        'data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n',
      ],
    });
    const [cancelled] = (await ask()).messages;
    expect(cancelled?.params?.["reason"]).toBe("of [redacted]");
    expect(cancelled?.params?.["requestId"]).toMatch(/^[\w-]{22}\."219-09-9999"$/);
  });

  test("may hold several messages in one event in 2025-03-26", async () => {
    const progress = '{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"219-09-9999"}}';
    say = () => ({ chunks: [`data: [${progress}, {"jsonrpc":"2.0","id":1,"result":{}}]\n\n`] });
    const { messages, text } = await ask();
    expect(messages).toHaveLength(2);
    expect(text).not.toContain("219-09-9999");
  });

  test("asks the client nothing that no rule grants; the target is told", async () => {
    say = (body) =>
      body.includes('"error"')
        ? { status: 202, headers: {}, chunks: [] }
        : {
            chunks: [
              'data: {"jsonrpc":"2.0","id":"q","method":"roots/list"}\n\n',
              'data: {"jsonrpc":"2.0","id":8,"method":"custom/exec","params":{}}\n\n',
              'data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n',
            ],
          };
    const { messages } = await ask();
    expect(messages).toEqual([{ jsonrpc: "2.0", id: 1, result: {} }]);
    for (let tries = 0; tries < 2_000 && received.length < 3; tries += 1)
      await new Promise((done) => setTimeout(done, 10));
    const told = received.filter((body) => body.includes('"error"')).map((body) => JSON.parse(body) as { id: unknown });
    expect(told.map(({ id }) => id)).toEqual(["q", 8]);
  });
});

describe("a JSON body", () => {
  test.each([
    ["members in two spellings", '{"jsonrpc":"2.0","id":1,"result":{},"Result":{"ssn":"219-09-9999"}}'],
    ["a member twice", '{"jsonrpc":"2.0","id":1,"result":{},"result":{"ssn":"219-09-9999"}}'],
    ["an escaped member", '{"jsonrpc":"2.0","id":1,"\\u0072esult":{"ssn":"219-09-9999"}}'],
    ["a number for a result", '{"jsonrpc":"2.0","id":1,"result":219099999}'],
    ["several messages", '[{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","id":2,"result":{}}]'],
    ["something behind it", '{"jsonrpc":"2.0","id":1,"result":{}} 219-09-9999'],
    ["no JSON", "219-09-9999"],
  ])("with %s is refused", async (_name, text) => {
    json(text);
    const answer = await ask();
    expect(answer.status).toBe(502);
    expect(answer.messages[0]).toMatchObject({ id: 1, error: { code: -32000 } });
    expect(answer.text).not.toContain("219-09-9999");
  });

  test("answers a request whose id it spells in another way", async () => {
    json('{"jsonrpc":"2.0","id":"\\u0061\\u00e9","result":{}}');
    expect((await ask("aé")).messages).toEqual([{ jsonrpc: "2.0", id: "aé", result: {} }]);
  });

  test("with ids and numbers that a double does not hold keeps them", async () => {
    json('{"jsonrpc":"2.0","id":"é","result":{"n":9007199254740993,"f":1.0,"content":[]}}');
    expect((await ask("é")).text).toBe(
      '{"jsonrpc":"2.0","id":"é","result":{"n":9007199254740993,"f":1.0,"content":[]}}',
    );
  });

  test("asks for input only where a rule grants it (2026-07-28)", async () => {
    const inputs = '{"q":{"method":"sampling/createMessage","params":{"messages":[]}}}';
    json(`{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","inputRequests":${inputs}}}`);
    const answer = await ask();
    expect(answer.messages[0]).toMatchObject({ id: 1, error: { code: -32001, data: { rule: "default" } } });
    json('{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","requestState":"s"}}');
    expect((await ask()).messages[0]?.result).toMatchObject({ requestState: "s" });
  });

  test("asks for input in no other place and no other form", async () => {
    const one = '{"method":"sampling/createMessage","params":{"messages":["evil"]}}';
    json(`{"jsonrpc":"2.0","id":1,"result":{"task":{"taskId":"t","inputRequests":{"q":${one}}}}}`);
    expect((await ask()).messages[0]).toMatchObject({ id: 1, error: { code: -32001, data: { rule: "default" } } });
    for (const inputs of [`[${one}]`, `{"q":[${one}]}`, '"evil"', '{"q":"evil"}']) {
      for (const result of [`{"inputRequests":${inputs}}`, `{"task":{"inputRequests":${inputs}}}`]) {
        json(`{"jsonrpc":"2.0","id":1,"result":${result}}`);
        const answer = await ask();
        expect(answer.messages[0]).toMatchObject({ id: 1, error: { code: -32000 } });
        expect(answer.text).not.toContain("evil");
      }
    }
    const told = `{"jsonrpc":"2.0","method":"notifications/tasks/status","params":{"taskId":"t","inputRequests":{"q":${one}}}}`;
    say = () => ({ chunks: [`data: ${told}\n\n`, 'data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n'] });
    expect((await ask()).messages).toEqual([{ jsonrpc: "2.0", id: 1, result: {} }]);
  });

  test("in a list, whatever was asked, shows only what may be used", async () => {
    json('{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"echo"},{"name":"drop"},{"x":1},7]}}');
    expect((await ask()).messages[0]?.result).toEqual({ tools: [{ name: "echo" }] });
  });

  test("is masked by paths in a text that is JSON behind a byte order mark", async () => {
    const own = await gateTo(port, POLICY.replace("{detect: [us_ssn]", "{json: $.customer.ssn"), {
      grantKeys: "masks: [pii]",
    });
    try {
      const text = '\uFEFF{"customer":{"ssn":"top"}}';
      json(JSON.stringify({ jsonrpc: "2.0", id: 1, result: { content: [{ type: "text", text }] } }));
      const { messages } = await post(own, call(1, "echo"));
      expect(messages[0]?.result).toEqual({ content: [{ type: "text", text: text.replace("top", "[redacted]") }] });
    } finally {
      await own.stop();
    }
  });

  test("with a list in another case or form is refused: some client might read it", async () => {
    for (const list of ['"Tools":[{"name":"drop"}],"tools":[]', '"tools":{"0":{"name":"drop"}}', '"PROMPTS":[]']) {
      json(`{"jsonrpc":"2.0","id":1,"result":{${list}}}`);
      const answer = await ask();
      expect(answer.messages).toMatchObject([{ id: 1, error: { code: -32000 } }]);
      expect(answer.text).not.toContain("drop");
    }
  });
});

describe("a status", () => {
  test.each([
    [401, 502],
    [403, 502],
    [302, 502],
    [404, 404],
    [500, 500],
  ])("%i becomes %i, without the target's words", async (status, expected) => {
    say = () => ({
      status,
      headers: { "content-type": "text/html", location: "https://evil.example", "www-authenticate": "Bearer evil" },
      chunks: ["<p>219-09-9999</p>"],
    });
    const answer = await ask();
    expect(answer.status).toBe(expected);
    expect(answer.headers["location"]).toBeUndefined();
    expect(answer.headers["www-authenticate"]).toBeUndefined();
    expect(answer.text).not.toMatch(/219|evil/);
    expect(answer.messages[0]).toMatchObject({ id: 1, error: { code: -32000 } });
  });

  test("of a JSON-RPC error is kept with it", async () => {
    json('{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no 219-09-9999"}}', 404);
    const answer = await ask();
    expect(answer.status).toBe(404);
    expect(answer.messages[0]?.error).toEqual({ code: -32601, message: "no [redacted]" });
  });

  test("of a target that is not there is 502 with the protocol's own error", async () => {
    const nowhere = await gateTo(1, POLICY.replace("definition: any", "definition: any"));
    const answer = await post(nowhere, { jsonrpc: "2.0", id: 5, method: "prompts/get", params: { name: "a" } });
    expect(answer.status).toBe(502);
    expect(answer.messages[0]?.error?.message).toContain("gate: target unreachable");
    await nowhere.stop();
  });
});
