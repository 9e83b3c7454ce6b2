import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Facts, MapFact, SetFact } from "@gate/contract";
import { readRequestHead } from "../web/request-head.ts";
import { classify, needsBody } from "./classify.ts";
import { commandOf } from "./command.ts";

interface Given {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
  readonly asked?: readonly string[];
  readonly askedHeaders?: readonly string[];
  readonly askedQuery?: readonly string[];
}

function headOf(given: Given) {
  const length = given.body === undefined ? [] : ["Content-Length", String(Buffer.byteLength(given.body))];
  return readRequestHead(
    {
      method: given.method ?? "GET",
      target: given.target ?? "/",
      version: "1.1",
      rawHeaders: ["Host", "localhost", ...length, ...(given.headers ?? [])],
    },
    "h",
  );
}

function facts(given: Given): Facts {
  return classify({
    head: headOf(given),
    upgrade: undefined,
    asked: { headers: given.askedHeaders ?? [], query: given.askedQuery ?? [], body: given.asked ?? [] },
    body: given.body === undefined ? undefined : Buffer.from(given.body as string),
  });
}

const names = (fact: unknown): string[] => (fact as SetFact).items.map(({ name }) => name);
const JSON_TYPE = ["Content-Type", "application/json; charset=utf-8"];
const FORM_TYPE = ["Content-Type", "application/x-www-form-urlencoded"];

describe("the methods of a request", () => {
  test.each([
    ["header", { headers: ["X-HTTP-Method-Override", "delete"] }],
    ["header of another framework", { headers: ["X-Method-Override", "DELETE"] }],
    ["third header", { headers: ["X-HTTP-Method", "DELETE"] }],
    ["query", { target: "/?_method=DELETE" }],
    ["encoded query", { target: "/?%5fmethod=delete" }],
    ["form", { headers: FORM_TYPE, body: "a=1&_method=DELETE" }],
    ["encoded form", { headers: FORM_TYPE, body: "%5F%6dethod=delet%65" }],
    ["form of PHP's", { headers: FORM_TYPE, body: ".method=DELETE" }],
    ["form of PHP's behind blanks", { headers: FORM_TYPE, body: "%20%20%5Fmethod=DELETE" }],
    ["form of Rack's", { headers: FORM_TYPE, body: "%5B_method%5D=DELETE" }],
    ["query of PHP's", { target: "/?.Method=DELETE" }],
  ] as [string, Given][])("are also those of an override in a %s", (_name, given) => {
    expect(names(facts({ method: "POST", ...given }).fields["method"])).toEqual(["POST", "DELETE"]);
    expect(facts({ method: "POST", ...given }).writes).toBe(true);
  });

  test.each([
    ["no type", { body: "a=1&_method=DELETE" }],
    ["no type, encoded and between semicolons", { body: "a=1;%5fMethod=DELETE" }],
    [
      "a form in EBCDIC",
      { headers: ["Content-Type", "application/x-www-form-urlencoded; charset=ibm037"], body: "a=1" },
    ],
    ["fields between semicolons", { headers: FORM_TYPE, body: "a=1;+%5fMethod=DELETE" }],
    ["two types in one", { headers: ["Content-Type", "application/x-www-form-urlencoded, a/b"], body: "_method=PUT" }],
  ] as [string, Given][])("are not all known for a form of %s", (_name, given) => {
    expect(facts({ method: "POST", ...given }).fields["method"]).toMatchObject({ complete: false });
    expect(needsBody(headOf({ method: "POST", ...given }), [])).toBe(true);
  });

  test("are known for a body without a type that holds no such field", () => {
    expect(facts({ method: "POST", body: '{"_method": 1}' }).fields["method"]).toMatchObject({ complete: true });
  });

  test("are not all known when an override cannot be read", () => {
    const given = { method: "POST", headers: ["X-HTTP-Method-Override", "DEL\tETE"] };
    expect(facts(given).fields["method"]).toMatchObject({ complete: false });
  });

  test("of a form that was not read are not all known", () => {
    const head = headOf({ method: "POST", headers: [...FORM_TYPE, "Transfer-Encoding", "chunked"] });
    expect(needsBody(head, [])).toBe(true);
    const read = classify({ head, upgrade: undefined, asked: { headers: [], body: [] }, body: undefined });
    expect(read.fields["method"]).toMatchObject({ complete: false });
  });

  test("are one for an ordinary request", () => {
    expect(facts({ target: "/a?b=1" })).toMatchObject({ kind: "http", classified: true, writes: false });
    expect(names(facts({}).fields["method"])).toEqual(["GET"]);
  });
});

describe("the body of a request", () => {
  const body = (given: Given): MapFact => facts({ method: "POST", ...given }).fields["body"] as MapFact;

  test("says what the policy asks for, and nothing else", () => {
    const text = '{"amount": 12.5, "card": "4111", "items": [{"sku": "a"}, {"sku": "b"}]}';
    const fact = body({ headers: JSON_TYPE, body: text, asked: ["$.amount", "$.items[*].sku", "$.missing"] });
    expect(fact).toEqual({
      type: "map",
      entries: { "$.amount": [12.5], "$.items[*].sku": ["a", "b"] },
      complete: true,
    });
  });

  test("says both values of a name that stands twice", () => {
    const fact = body({ headers: JSON_TYPE, body: '{"amount":1,"amount":20000}', asked: ["$.amount"] });
    expect(fact.entries).toEqual({ "$.amount": [1, 20000] });
  });

  test("of a form is read like one", () => {
    const fact = body({ headers: FORM_TYPE, body: "amount=5&amount=6&x=1", asked: ["$.amount", "$.a.b"] });
    expect(fact).toMatchObject({ entries: { "$.amount": ["5", "6"] }, unknown: ["$.a.b"] });
  });

  test.each([
    "amount[]=2",
    "amount=5&amount[x]=2",
    "%5Bamount%5D=2",
    "amount=5&Amount=2",
    "%20amount=2",
    "amount.x=2",
    ".amount=2",
    "x=1&AMOUNT=2",
  ])("of a form %s is unknown: to some frameworks the name is another", (text) => {
    const fact = body({ headers: FORM_TYPE, body: text, asked: ["$.amount", "$.other"] });
    expect(fact).toMatchObject({ complete: true, unknown: ["$.amount"] });
  });

  test.each([
    ["a form in EBCDIC", ["Content-Type", "application/x-www-form-urlencoded; charset=ibm037"], "amount=5"],
    ["a form with semicolons", FORM_TYPE, "amount=5&x=1;amount=20000"],
    ["two encodings", ["Content-Type", "application/json; charset=utf-8; charset=utf-7"], '{"amount":1}'],
    ["an encoding in quotes", ["Content-Type", 'application/json; charset="utf-\\7"'], '{"amount":1}'],
    ["another type", ["Content-Type", "text/plain"], '{"amount":1}'],
    ["no type", [], '{"amount":1}'],
    ["another encoding", ["Content-Type", "application/json; charset=utf-16"], '{"amount":1}'],
    ["broken JSON", JSON_TYPE, '{"amount":1'],
    ["JSON that is no UTF-8", JSON_TYPE, Buffer.from([0x22, 0xff, 0x22])],
    ["multipart", ["Content-Type", "multipart/form-data; boundary=x"], "--x--"],
  ])("of %s is unknown", (_name, headers, text) => {
    expect(body({ headers, body: text, asked: ["$.amount"] })).toMatchObject({ entries: {}, complete: false });
  });

  test("is empty where there is none", () => {
    expect(body({ asked: ["$.amount"] })).toEqual({ type: "map", entries: {}, complete: true });
  });

  test("never makes classification throw anything but its own error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        facts({ method: "POST", headers: JSON_TYPE, body: Buffer.from(bytes), asked: ["$.a"] });
      }),
    );
  });
});

describe("headers and query", () => {
  test("are told where they are asked for, credentials never", () => {
    const fact = facts({
      target: "/?__proto__=1&a=2",
      headers: ["X-Env", "prod", "Authorization", "Bearer x", "Cookie", "c=1"],
      askedHeaders: ["x-env", "authorization", "cookie"],
    }).fields;
    expect((fact["headers"] as MapFact).entries).toEqual({ "x-env": ["prod"] });
    expect(Object.keys((fact["query"] as MapFact).entries)).toEqual(["__proto__", "a"]);
  });
});

describe("a command", () => {
  const command = (given: Given) => {
    const head = headOf(given);
    return commandOf({
      head,
      facts: facts(given),
      headers: head.headers.filter(([name]) => name !== "host"),
      body: Buffer.from((given.body as string | undefined) ?? ""),
      upgrade: undefined,
    });
  };

  test("is read by people as one line and the digest of its body", () => {
    expect(command({ target: "/%61?b=%7e" }).text).toBe("GET /a?b=~");
    expect(command({ method: "POST", body: "x" }).text).toMatch(/^POST \/\nbody 1 bytes, SHA-256 2d711642/);
  });

  test("is shown to approvers with what can change what it does, without secrets", () => {
    const headers = [...JSON_TYPE, "X-Env", "prod", "User-Agent", "curl", "Authorization", "Bearer x", "Accept", "*/*"];
    const shown = (given: Given): string => command(given).shown?.() ?? "";
    const lines = shown({ method: "POST", target: "/refunds", headers, body: '{"amount":50000}' }).split("\n");
    expect(lines[0]).toBe("POST /refunds");
    expect(lines).toContain("x-env: prod");
    expect(lines).toContain("authorization: (not shown)");
    expect(lines.slice(-4)).toEqual(["", '{"amount":50000}', "", expect.stringMatching(/^body 16 bytes, SHA-256 /)]);
    expect(lines.join()).not.toMatch(/curl|Bearer|accept/);
    expect(shown({ target: "/a" })).toBe("GET /a");
    const long = shown({ method: "POST", body: "x".repeat(40_000) });
    expect(long).toMatch(
      /^POST \/\n\n\(THE BODY IS NOT SHOWN: it is too long\. .*\)\n\nbody 40000 bytes, SHA-256 [0-9a-f]{64}$/,
    );
    const coded = shown({ method: "POST", headers: ["Content-Encoding", "gzip"], body: "abc" });
    expect(coded).toMatch(
      /^POST \/\ncontent-encoding: gzip\n\n\(THE BODY IS NOT SHOWN: it is compressed\. .*\)\n\nbody 3 bytes, SHA-256 [0-9a-f]{64}$/,
    );
    const head = headOf({ method: "POST" });
    const bytes = commandOf({ head, facts: facts({}), headers: [], body: Buffer.from([0xff]), upgrade: undefined });
    expect(bytes.shown?.()).toContain("(THE BODY IS NOT SHOWN: it is no text. ");
  });

  test("has another digest when anything changes that is done", () => {
    const base: Given = { method: "POST", target: "/a?b=1", headers: JSON_TYPE, body: '{"amount":1}' };
    const same = command({ ...base, headers: [...JSON_TYPE, "User-Agent", "curl", "Traceparent", "00-1"] });
    expect(same.digest()).toBe(command(base).digest());
    const digests = [
      base,
      { ...base, method: "PUT" },
      { ...base, target: "/a?b=2" },
      { ...base, target: "/a" },
      { ...base, body: '{"amount":2}' },
      { ...base, headers: ["Content-Type", "text/plain"] },
      { ...base, headers: [...JSON_TYPE, "X-Env", "prod"] },
    ].map((given) => command(given).digest());
    expect(new Set(digests).size).toBe(digests.length);
  });

  test("has a digest over what is preferred of the target, not over how long the client waits", () => {
    const one = (...prefer: string[]): string =>
      command({ method: "POST", headers: prefer.flatMap((value) => ["Prefer", value]) }).digest();
    expect(one("respond-async")).toBe(one());
    expect(one("wait=5")).toBe(one("respond-async, wait=60"));
    expect(one("resolution=merge-duplicates")).not.toBe(one());
  });

  test("has a digest over a header of transport that a rule looks at", () => {
    const one = (agent: string): string =>
      command({ headers: ["User-Agent", agent], askedHeaders: ["user-agent"] }).digest();
    expect(one("a")).not.toBe(one("b"));
  });

  test.each(["/?dry_run=1&dry_run[]=0", "/?Dry_Run=0", "/?dry.run=0", "/?[dry_run]=0", "/?+dry_run=0"])(
    "of a query %s a parameter is unknown that has another name to some frameworks",
    (target) => {
      const fact = facts({ target, askedQuery: ["dry_run", "other"] }).fields["query"];
      expect(fact).toMatchObject({ complete: true, unknown: ["dry_run"] });
    },
  );

  test("of a query are known where each name has one reading", () => {
    const fact = facts({ target: "/?dry_run=1&dry_run=0&filter[a]=1&x", askedQuery: ["dry_run"] }).fields["query"];
    expect((fact as MapFact).unknown).toBeUndefined();
    expect((fact as MapFact).entries["dry_run"]).toEqual(["1", "0"]);
  });
});
