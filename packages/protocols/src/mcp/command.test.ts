import { expect, test } from "@jest/globals";
import { factsOf } from "./classify.ts";
import { commandOf } from "./command.ts";
import { readClientBody } from "./message.ts";

const shown = (method: string, params: object): { readonly text: string; readonly all: string | undefined } => {
  const [message] = readClientBody(Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }))).messages;
  if (message?.kind !== "request") throw new Error("no request");
  const context = { version: "2025-11-25", session: undefined, definition: undefined };
  const command = commandOf(message, { ...context, facts: factsOf({ method }) });
  return { text: command.text, all: command.shown?.() };
};

test("a command says what its method is about, whatever other names stand beside it", () => {
  expect(shown("resources/read", { name: "harmless", uri: "shop://private/key" })).toEqual({
    text: "resources/read shop://private/key",
    all: 'resources/read shop://private/key\nname "harmless"',
  });
  expect(shown("tools/call", { uri: "shop://docs", name: "drop", arguments: {} })).toEqual({
    text: "tools/call drop\narguments {}",
    all: 'tools/call drop\narguments {}\nuri "shop://docs"',
  });
  const ref = { type: "ref/prompt", name: "greet" };
  expect(shown("completion/complete", { name: "harmless", ref }).text).toBe(
    `completion/complete\nparams ${JSON.stringify({ name: "harmless", ref })}`,
  );
});
