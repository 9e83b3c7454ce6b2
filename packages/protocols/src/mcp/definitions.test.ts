import { describe, expect, test } from "@jest/globals";
import { sha256Hex } from "@gate/base";
import { parseStrictJson, type JsonObject } from "../web/strict-json.ts";
import { Definitions, digestOf } from "./definitions.ts";

const tool = (text: string): JsonObject => parseStrictJson(Buffer.from(text)) as JsonObject;
const ECHO = tool('{"name":"echo","description":"a","inputSchema":{"type":"object","properties":{"b":{},"a":{}}}}');

test("a tool with a name of the definition's in another case is no tool: the digest would not cover it", () => {
  const definitions = new Definitions(undefined);
  expect(definitions.observe(ECHO)?.status).toBe("known");
  for (const other of ["Description", "INPUTSCHEMA", "Name", "t\\u0131tle"]) {
    expect(definitions.observe(tool(`{"name":"echo","description":"a","${other}":"drop everything"}`))).toBeUndefined();
  }
  expect(definitions.observe(tool('{"name":"b","Icons":[],"_meta":{"Description":"kept"}}'))?.name).toBe("b");
});

describe("a digest", () => {
  test("is over canonical JSON: neither order nor blanks count", () => {
    const same = '{ "inputSchema": {"properties":{"a":{},"b":{}},"type":"object"}, "description":"a", "name":"echo" }';
    expect(digestOf(tool(same))).toBe(digestOf(ECHO));
    const canonical = '{"description":"a","inputSchema":{"properties":{"a":{},"b":{}},"type":"object"},"name":"echo"}';
    expect(digestOf(ECHO)).toBe(sha256Hex(canonical));
  });

  test.each([
    ["description", '{"name":"echo","description":"b","inputSchema":{"type":"object","properties":{"b":{},"a":{}}}}'],
    ["schema", '{"name":"echo","description":"a","inputSchema":{"type":"object","properties":{"b":{},"c":{}}}}'],
    [
      "title",
      '{"name":"echo","title":"x","description":"a","inputSchema":{"type":"object","properties":{"b":{},"a":{}}}}',
    ],
    [
      "annotations",
      '{"name":"echo","description":"a","annotations":{"readOnlyHint":true},"inputSchema":{"type":"object","properties":{"b":{},"a":{}}}}',
    ],
  ])("changes with the %s", (_name, text) => {
    expect(digestOf(tool(text))).not.toBe(digestOf(ECHO));
  });

  test("does not change with what no model reads", () => {
    expect(digestOf({ ...ECHO, _meta: { a: 1 }, icons: [] })).toBe(digestOf(ECHO));
  });

  test("keeps numbers that a double does not hold", () => {
    const schema = (number: string) => tool(`{"name":"a","inputSchema":{"default":${number}}}`);
    expect(digestOf(schema("9007199254740993"))).not.toBe(digestOf(schema("9007199254740992")));
  });
});

describe("a definition", () => {
  test("is known when it is the first, and changed when it is another later", () => {
    const definitions = new Definitions(undefined);
    expect(definitions.observe(ECHO)?.status).toBe("known");
    expect(definitions.observe({ ...ECHO, description: "b" })?.status).toBe("changed");
    expect(definitions.latest("echo")?.status).toBe("changed");
    expect(definitions.observe(ECHO)?.status).toBe("known");
  });

  test("is known by its pin alone, where the target has pins", () => {
    const definitions = new Definitions(new Map([["echo", digestOf(ECHO)]]));
    expect(definitions.observe(ECHO)?.status).toBe("known");
    expect(definitions.observe({ ...ECHO, description: "b" })?.status).toBe("changed");
    expect(definitions.observe({ ...ECHO, name: "other" })?.status).toBe("new");
  });

  test("counts no more once the target says that its list has changed, but what was first stays first", () => {
    const definitions = new Definitions(undefined);
    definitions.observe(ECHO);
    definitions.forget();
    expect(definitions.latest("echo")).toBeUndefined();
    expect(definitions.observe({ ...ECHO, description: "b" })?.status).toBe("changed");
  });

  test("without a name is none", () => {
    const definitions = new Definitions(undefined);
    for (const value of [null, 1, "echo", [], {}, { name: 1 }, { name: "" }]) {
      expect(definitions.observe(value as JsonObject)).toBeUndefined();
    }
  });

  test("says which arguments are mirrored into headers, at paths of properties alone", () => {
    const schema =
      '{"properties":{"a":{"x-mcp-header":"Region"},"b":{"properties":{"c":{"x-mcp-header":"C"}}},"d":{"items":{"x-mcp-header":"No"}}}}';
    const found = new Definitions(undefined).observe(tool(`{"name":"a","inputSchema":${schema}}`));
    expect([...(found?.headers ?? [])]).toEqual([
      ["mcp-param-region", ["a"]],
      ["mcp-param-c", ["b", "c"]],
    ]);
  });
});
