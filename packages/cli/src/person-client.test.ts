import { afterEach, expect, test } from "@jest/globals";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { follow } from "./person-client.ts";

const folder = mkdtempSync(join(tmpdir(), "gate-client-"));
let server: Server;

afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

test("an event is read whole, whatever characters stand in a command's text", async () => {
  const entries = ["a\u2028event: end", "b\u2029data: {}", "c\r\n\nevent: end\n\n"].map((text, seq) => ({ seq, text }));
  server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const entry of entries) response.write(`id: ${entry.seq}\nevent: entry\ndata: ${JSON.stringify(entry)}\n\n`);
    response.end(": still here\n\nevent: end\ndata: {}\n\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, "t".repeat(32));
  const seen: [string, unknown][] = [];
  const gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await follow({ gateway, tokenFile }, "/events", (name, data) => seen.push([name, JSON.parse(data)]));
  expect(seen).toEqual([...entries.map((entry) => ["entry", entry]), ["end", {}]]);
});
