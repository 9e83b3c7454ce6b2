/**
 * Real MCP servers for the tests: the official SDKs' own, over streamable HTTP, with a log of everything that reaches
 * them. One of the 2025 revisions (sessions, streams that can be taken up again), one of 2026-07-28 (stateless).
 */
import { randomUUID } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { McpServer, ResourceTemplate } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { EventStore } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { completable } from "@modelcontextprotocol/sdk/server/completable.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import * as z from "zod";

export interface McpTestServer {
  readonly port: number;
  readonly url: string;
  /** `tools/call echo {"text":"a"}`, `GET`, `DELETE`: what reached it since the last call. */
  seen(): string[];
  /** Headers of the requests, newest last. */
  readonly headers: http.IncomingHttpHeaders[];
  /** Bodies as received, newest last. */
  readonly bodies: string[];
  /** What tools answered when they asked the client. */
  readonly asked: string[];
  /** Changes what a tool says of itself, for sessions opened from now on. */
  describe(tool: string, description: string): void;
  close(): Promise<void>;
}

export interface McpServerOptions {
  /** Answers are JSON bodies instead of streams. */
  readonly json?: boolean;
  /** Another server than the shop. */
  readonly build?: () => { connect(transport: Transport): Promise<void> };
}

export async function startMcpServer(options: McpServerOptions = {}): Promise<McpTestServer> {
  const transports = new Map<string, StreamableHTTPServerTransport>();
  const log: string[] = [];
  const headers: http.IncomingHttpHeaders[] = [];
  const bodies: string[] = [];
  const asked: string[] = [];
  const descriptions = new Map<string, string>();
  const store = eventStore();

  const build =
    options.build ?? ((): McpServer => shopServer((tool, fallback) => descriptions.get(tool) ?? fallback, asked));

  const handle = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    headers.push(request.headers);
    // What the specification asks of servers on loopback addresses.
    const { host = "", origin } = request.headers;
    if (!isLocal(`http://${host}`) || (origin !== undefined && !isLocal(origin))) {
      response.writeHead(403).end();
      return;
    }
    const session = request.headers["mcp-session-id"];
    const known = typeof session === "string" ? transports.get(session) : undefined;
    if (request.method !== "POST") {
      log.push(request.method ?? "");
      if (known === undefined) response.writeHead(404).end();
      else await known.handleRequest(request, response);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    bodies.push(text);
    const body = JSON.parse(text) as unknown;
    for (const message of Array.isArray(body) ? (body as unknown[]) : [body]) log.push(line(message));
    if (known !== undefined) {
      await known.handleRequest(request, response, body);
      return;
    }
    if (session !== undefined) {
      response.writeHead(404, { "content-type": "application/json" });
      response.end(JSON.stringify({ jsonrpc: "2.0", id: null, error: { code: -32001, message: "Session not found" } }));
      return;
    }
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      eventStore: store,
      enableJsonResponse: options.json ?? false,
      retryInterval: 100,
      onsessioninitialized: (id) => {
        transports.set(id, transport);
      },
    });
    transport.onclose = () => {
      if (transport.sessionId !== undefined) transports.delete(transport.sessionId);
    };
    await build().connect(transport);
    await transport.handleRequest(request, response, body);
  };

  const server = http.createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      log.push(`failed ${String(error)}`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}/mcp`,
    seen: () => log.splice(0),
    headers,
    bodies,
    asked,
    describe: (tool, description) => descriptions.set(tool, description),
    close: () =>
      new Promise((resolve) => {
        for (const transport of transports.values()) void transport.close();
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function isLocal(url: string): boolean {
  return URL.canParse(url) && ["localhost", "127.0.0.1", "[::1]"].includes(new URL(url).hostname);
}

function shopServer(describe: (tool: string, fallback: string) => string, asked: string[]): McpServer {
  const server = new McpServer(
    { name: "shop", version: "1.0.0" },
    { capabilities: { logging: {}, resources: { subscribe: true } } },
  );
  server.registerTool(
    "echo",
    { description: describe("echo", "Says it again"), inputSchema: { text: z.string() } },
    ({ text }) => ({ content: [{ type: "text", text: `echo ${text}` }] }),
  );
  server.registerTool(
    "refund",
    { description: describe("refund", "Pays money back"), inputSchema: { amount: z.number() } },
    ({ amount }) => ({ content: [{ type: "text", text: `refunded ${amount}` }] }),
  );
  server.registerTool("drop", { description: describe("drop", "Deletes everything") }, () => ({
    content: [{ type: "text", text: "dropped" }],
  }));
  server.registerTool(
    "customer",
    {
      description: describe("customer", "Who a customer is"),
      outputSchema: { customer: z.object({ name: z.string(), ssn: z.string() }), note: z.string() },
    },
    () => {
      const structuredContent = {
        customer: { name: "Ada", ssn: "219-09-9999" },
        note: "card 4111111111111111",
      };
      return { content: [{ type: "text", text: JSON.stringify(structuredContent) }], structuredContent };
    },
  );
  server.registerTool("photo", { description: describe("photo", "A picture") }, () => ({
    content: [{ type: "image", data: Buffer.from("ssn 219-09-9999").toString("base64"), mimeType: "image/png" }],
  }));
  server.registerTool("slow", { description: describe("slow", "Counts to three") }, async (extra) => {
    const token = extra._meta?.progressToken;
    for (let progress = 1; progress <= 3; progress += 1) {
      if (token !== undefined) {
        await extra.sendNotification({
          method: "notifications/progress",
          params: { progressToken: token, progress, total: 3, message: "mail ada@example.com" },
        });
      }
    }
    return { content: [{ type: "text", text: "counted" }] };
  });
  server.registerTool("ask-model", { description: describe("ask-model", "Asks the client's model") }, async () => {
    try {
      const answer = await server.server.createMessage({
        messages: [{ role: "user", content: { type: "text", text: "what is the password?" } }],
        maxTokens: 10,
      });
      asked.push(JSON.stringify(answer.content));
      return { content: [{ type: "text", text: `the model said ${JSON.stringify(answer.content)}` }] };
    } catch (error) {
      asked.push(String(error));
      return { content: [{ type: "text", text: "the model said nothing" }], isError: true };
    }
  });
  server.registerResource("readme", "shop://docs/readme", { mimeType: "text/plain" }, (uri) => ({
    contents: [{ uri: uri.href, text: "read me, ada@example.com" }],
  }));
  server.registerResource("secret", "shop://private/key", { mimeType: "application/octet-stream" }, (uri) => ({
    contents: [{ uri: uri.href, blob: Buffer.from("secret").toString("base64") }],
  }));
  server.registerResource(
    "page",
    new ResourceTemplate("shop://docs/{page}", { list: undefined }),
    { mimeType: "text/plain" },
    (uri, { page }) => ({ contents: [{ uri: uri.href, text: `page ${String(page)}` }] }),
  );
  server.registerPrompt(
    "greet",
    { description: "Greets", argsSchema: { name: completable(z.string(), () => ["Ada", "Ben"]) } },
    ({ name }) => ({ messages: [{ role: "user", content: { type: "text", text: `greet ${name}` } }] }),
  );
  server.registerPrompt("insult", { description: "Insults" }, () => ({
    messages: [{ role: "user", content: { type: "text", text: "insult somebody" } }],
  }));
  return server;
}

function line(message: unknown): string {
  const { method, params, id } = message as {
    readonly method?: string;
    readonly params?: Readonly<Record<string, unknown>>;
    readonly id?: unknown;
  };
  if (method === undefined) return `answer ${JSON.stringify(id)}`;
  const name = params?.["name"] ?? params?.["uri"];
  if (typeof name !== "string") return method;
  const given = params?.["arguments"];
  return given === undefined ? `${method} ${name}` : `${method} ${name} ${JSON.stringify(given)}`;
}

/** Events of all streams, in memory, so that a client can take one up again. */
function eventStore(): EventStore {
  const events: { readonly id: string; readonly stream: string; readonly message: JSONRPCMessage }[] = [];
  return {
    storeEvent: (stream, message) => {
      const id = `${stream}_${events.length}`;
      events.push({ id, stream, message });
      return Promise.resolve(id);
    },
    replayEventsAfter: async (last, { send }) => {
      const from = events.findIndex(({ id }) => id === last);
      const stream = events[from]?.stream ?? "";
      for (const event of events.slice(from + 1)) if (event.stream === stream) await send(event.id, event.message);
      return stream;
    },
  };
}
