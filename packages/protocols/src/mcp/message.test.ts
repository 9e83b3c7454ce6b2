import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { McpError } from "./errors.ts";
import { readClientBody } from "./message.ts";

const read = (text: string) => readClientBody(Buffer.from(text));

describe("a client's message", () => {
  test("keeps its id and its parts as they were written", () => {
    const text =
      ' {"jsonrpc":"2.0","id":9007199254740993,"method":"tools/call","params":{"name":"a", "arguments" : {"x":1.0}}} ';
    const [message] = read(text).messages;
    expect(message).toMatchObject({ kind: "request", id: "9007199254740993", method: "tools/call" });
    if (message?.kind !== "request") throw new Error("no request");
    const span = message.spans.get("arguments") ?? { start: 0, end: 0 };
    expect(message.text).toBe(text.trim());
    expect(message.text.slice(span.start, span.end)).toBe('{"x":1.0}');
  });

  test("is a request, a notification or a response", () => {
    expect(read('{"jsonrpc":"2.0","method":"notifications/initialized"}').messages[0]?.kind).toBe("notification");
    expect(read('{"jsonrpc":"2.0","id":"a","result":{}}').messages[0]?.kind).toBe("response");
    expect(read('[{"jsonrpc":"2.0","id":1,"method":"ping"}]')).toMatchObject({ batch: true });
  });

  test("has one id, however that is spelled", () => {
    const ask = (id: string): string => `{"jsonrpc":"2.0","id":${id},"method":"ping"}`;
    expect(read(ask('"\\u0061\\/"')).messages[0]).toMatchObject({ id: '"a/"', text: ask('"\\u0061\\/"') });
    expect(() => read(`[${ask('"a"')},${ask('"\\u0061"')}]`)).toThrow("the same id");
    expect(read(`[${ask('"1"')},${ask("1")}]`).messages).toHaveLength(2);
  });

  test.each(["name", "arguments", "uri", "_meta", "requestId"])("may not spell %s otherwise", (name) => {
    for (const other of [
      name.toUpperCase(),
      `${name.slice(0, -1)}\\u00${(name.at(-1) ?? "").charCodeAt(0).toString(16)}`,
    ]) {
      expect(() => read(`{"jsonrpc":"2.0","id":1,"method":"m","params":{"${other}":"x"}}`)).toThrow(McpError);
    }
  });

  test("of any other kind is refused with an error of the protocol's", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.uint8Array().map((bytes) => Buffer.from(bytes).toString("latin1")),
        ),
        (text) => {
          let thrown: unknown;
          try {
            readClientBody(Buffer.from(text, "latin1"));
          } catch (error) {
            thrown = error;
          }
          expect(thrown).toBeInstanceOf(McpError);
        },
      ),
    );
  });
});
