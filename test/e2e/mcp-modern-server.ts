/** A stateless server of revision 2026-07-28: the official SDK's own, with a log of what reaches it. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { createMcpHandler, fromJsonSchema, McpServer } from "@modelcontextprotocol/server";

export interface ModernServer {
  readonly port: number;
  seen(): string[];
  readonly headers: http.IncomingHttpHeaders[];
  close(): Promise<void>;
}

export async function startModernServer(): Promise<ModernServer> {
  const log: string[] = [];
  const headers: http.IncomingHttpHeaders[] = [];
  const handler = createMcpHandler(() => shop());
  const server = http.createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      headers.push(request.headers);
      const body = Buffer.concat(chunks);
      const { method, params } = (body.length === 0 ? {} : JSON.parse(body.toString())) as {
        method?: string;
        params?: { name?: string };
      };
      log.push([method ?? request.method, params?.name].filter((each) => each !== undefined).join(" "));
      const answer = await handler.fetch(
        new Request(`http://127.0.0.1${request.url ?? "/"}`, {
          method: request.method ?? "GET",
          headers: Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]),
          ...(request.method === "POST" ? { body } : {}),
        }),
      );
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      if (answer.body !== null) {
        for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) response.write(chunk);
      }
      response.end();
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    seen: () => log.splice(0),
    headers,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function shop(): McpServer {
  const server = new McpServer({ name: "shop", version: "1.0.0" }, { capabilities: { tools: {} } });
  server.registerTool(
    "echo",
    {
      description: "Says it again",
      inputSchema: fromJsonSchema<{ text: string; region?: string }>({
        type: "object",
        properties: { text: { type: "string" }, region: REGION },
        required: ["text"],
      }),
    },
    ({ text }) => ({ content: [{ type: "text", text: `echo ${text}` }] }),
  );
  server.registerTool("drop", { description: "Deletes everything" }, () => ({
    content: [{ type: "text", text: "dropped" }],
  }));
  return server;
}

/** Clients repeat it in a header. */
const REGION = { type: "string", "x-mcp-header": "Region" } as const;
