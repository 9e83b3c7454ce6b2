import { EventEmitter } from "node:events";
import { expect, test } from "@jest/globals";
import type { Serving } from "./connection.ts";
import { serveListeners } from "./listen.ts";

test.each([
  ["cancel-tcpip-forward", { bindAddr: "127.0.0.1", bindPort: 9 }, "tcpip-forward"],
  ["cancel-streamlocal-forward@openssh.com", { socketPath: "/tmp/s" }, "streamlocal-forward@openssh.com"],
])("%s is refused when the target has closed its connection meanwhile", async (cancel, info, listen) => {
  const connection = new EventEmitter();
  const gone = (): never => {
    throw new Error("Not connected");
  };
  const client = Object.assign(new EventEmitter(), {
    forwardIn: (_address: string, _port: number, done: () => void) => done(),
    openssh_forwardInStreamLocal: (_path: string, done: () => void) => done(),
    unforwardIn: gone,
    openssh_unforwardInStreamLocal: gone,
  });
  const gate = {
    submit: () => ({ admitted: true, admission: {} }),
    spend: () => undefined,
    result: () => undefined,
  };
  const serving = {
    connection,
    gate,
    gone: new AbortController().signal,
    upstream: { ready: Promise.resolve(client) },
  };
  serveListeners(serving as unknown as Serving, { take: () => () => undefined });
  const asked = (name: string): Promise<string> =>
    new Promise((resolve) => {
      connection.emit(
        "request",
        () => resolve("accepted"),
        () => resolve("refused"),
        name,
        info,
      );
    });
  expect(await asked(listen)).toBe("accepted");
  expect(await asked(cancel)).toBe("refused");
});
