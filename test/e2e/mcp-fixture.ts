/** Gates before an MCP server, and the official SDK's client configured as a job's agent is. */
import http from "node:http";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { ClientCapabilities } from "@modelcontextprotocol/sdk/types.js";
import { mcp as protocol } from "@gate/protocols/mcp";
import { startHarness, type Harness, type HarnessOptions } from "../../packages/testkit/src/harness.ts";

export function gateTo(
  port: number,
  policy: string,
  more: Partial<HarnessOptions> & { readonly keys?: Readonly<Record<string, unknown>> } = {},
): Promise<Harness> {
  const { keys, ...options } = more;
  return startHarness({
    protocol,
    target: { address: `http://127.0.0.1:${port}/mcp`, ...keys },
    policy,
    ...options,
  });
}

export type Endpoint = Pick<Harness, "port" | "password">;

export interface Connected {
  readonly client: Client;
  readonly transport: StreamableHTTPClientTransport;
  readonly close: () => Promise<void>;
}

/** The SDK's client, as it reads an `.mcp.json`. */
export async function connect(
  gate: Endpoint,
  options: {
    readonly capabilities?: ClientCapabilities;
    readonly prepare?: (client: Client) => void;
    readonly session?: string;
  } = {},
): Promise<Connected> {
  const client = new Client({ name: "agent", version: "1.0.0" }, { capabilities: options.capabilities ?? {} });
  options.prepare?.(client);
  const transport = new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${gate.port}/mcp`), {
    requestInit: { headers: { Authorization: `Bearer ${gate.password}` } },
    ...(options.session === undefined ? {} : { sessionId: options.session }),
  });
  await client.connect(transport);
  return {
    client,
    transport,
    close: async () => {
      await transport.close().catch(() => undefined);
      await client.close().catch(() => undefined);
    },
  };
}

export interface Posted {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  /** The JSON body, or the data of each event. */
  readonly messages: readonly Message[];
}

export interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data?: Readonly<Record<string, unknown>>;
  };
}

/** One request written by hand. */
export function post(
  gate: Endpoint,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  method = "POST",
  path = "/mcp",
): Promise<Posted> {
  return new Promise((resolve, reject) => {
    const sent = http.request({
      host: "127.0.0.1",
      port: gate.port,
      method,
      path,
      agent: false,
      headers: {
        authorization: `Bearer ${gate.password}`,
        accept: "application/json, text/event-stream",
        ...(method === "POST" ? { "content-type": "application/json" } : {}),
        ...headers,
      },
    });
    sent.on("error", reject);
    sent.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, messages: messagesIn(text) });
      });
    });
    sent.end(method === "POST" ? (typeof body === "string" ? body : JSON.stringify(body)) : undefined);
  });
}

/** The head of a stream that does not end by itself. */
export function postUntil(
  gate: Endpoint,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number }> {
  return new Promise((resolve, reject) => {
    const sent = http.request({
      host: "127.0.0.1",
      port: gate.port,
      path: "/mcp",
      agent: false,
      headers: { authorization: `Bearer ${gate.password}`, ...headers },
    });
    sent.on("error", reject);
    sent.on("response", (response) => {
      response.on("error", () => undefined);
      resolve({ status: response.statusCode ?? 0 });
      response.destroy();
    });
    sent.end();
  });
}

/** Opens an MCP session by hand; resolves with the header that its requests carry. */
export async function open(gate: Endpoint, version = "2025-06-18"): Promise<Readonly<Record<string, string>>> {
  const opened = await post(gate, {
    jsonrpc: "2.0",
    id: 0,
    method: "initialize",
    params: { protocolVersion: version, capabilities: {}, clientInfo: { name: "agent", version: "1.0.0" } },
  });
  const session = opened.headers["mcp-session-id"];
  if (typeof session !== "string") throw new Error(`no MCP session: ${opened.status} ${opened.text}`);
  const headers = {
    "mcp-session-id": session,
    ...(version === "2025-03-26" ? {} : { "mcp-protocol-version": version }),
  };
  await post(gate, { jsonrpc: "2.0", method: "notifications/initialized" }, headers);
  return headers;
}

export function call(id: number | string, name: string, given: Readonly<Record<string, unknown>> = {}): object {
  return { jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: given } };
}

function messagesIn(text: string): readonly Message[] {
  if (text === "") return [];
  if (/^[[{]/.test(text)) {
    const value = JSON.parse(text) as Message | Message[];
    return Array.isArray(value) ? value : [value];
  }
  return text.split("\n\n").flatMap((event) => {
    const data = event
      .split("\n")
      .filter((each) => each.startsWith("data: ") && each.length > 6)
      .map((each) => each.slice(6))
      .join("\n");
    return data === "" ? [] : [JSON.parse(data) as Message];
  });
}
