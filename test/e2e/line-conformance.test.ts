/** The toy line protocol runs the conformance suite against a real TCP server. */
import { afterAll, beforeAll } from "@jest/globals";
import net from "node:net";
import { line } from "@gate/protocols/line";
import { protocolConformance, type ConformanceClient } from "../../packages/testkit/src/conformance.ts";

const done: string[] = [];
let server: net.Server;
let port = 0;

beforeAll(async () => {
  server = net.createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      for (const text of chunk.toString().split("\n").slice(0, -1)) {
        done.push(text);
        socket.write(`did ${text}\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as net.AddressInfo).port;
});

afterAll(() => {
  server.close();
});

protocolConformance("line", () => ({
  protocol: line,
  target: { address: `127.0.0.1:${port}` },
  policy: `rules:
  main:
  - {id: allow, effect: allow, match: {line: [GET]}}
  - {id: ask, effect: hold, approval: someone, match: {line: [PUT]}}
  - {id: never, effect: deny, message: "not on this line", match: {line: [DROP]}}
approvals:
  someone: {from: ["person:dana"], count: 1, timeout: 1m}
`,
  allowed: "GET a",
  denied: "DROP a",
  unmatched: "FROB a",
  held: "PUT a",
  malformed: new Uint8Array([0xff, 0xfe, 0x0a]),
  connect: (gatePort) => connectLine(gatePort),
  effects: async () => done.splice(0),
  effectOf: { allowed: "GET a", held: "PUT a" },
}));

function connectLine(gatePort: number): Promise<ConformanceClient> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port: gatePort, host: "127.0.0.1" });
    const waiting: { resolve: (text: string) => void; reject: (error: Error) => void }[] = [];
    let rest = "";
    socket.on("data", (chunk) => {
      rest += chunk.toString();
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      for (const text of lines) if (!text.startsWith("WAIT ")) waiting.shift()?.resolve(text);
    });
    socket.on("error", reject);
    socket.on("close", () => {
      for (const each of waiting.splice(0)) each.reject(new Error("the connection was closed"));
    });
    socket.on("connect", () =>
      resolve({
        run: (command) =>
          new Promise((answered, failed) => {
            if (socket.destroyed) {
              failed(new Error("the connection was closed"));
              return;
            }
            waiting.push({
              resolve: (text) => answered({ ok: !text.startsWith("ERR") && !text.startsWith("BYE"), text }),
              reject: failed,
            });
            socket.write(`${command}\n`);
          }),
        close: () => socket.destroy(),
      }),
    );
  });
}
