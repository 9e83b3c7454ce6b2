/** The server that the protocol's own conformance suite wants to meet: every tool, resource and prompt that it names. */
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  CreateMessageResultSchema,
  ElicitResultSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  SetLevelRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
  type CallToolResult,
  type ServerNotification,
  type ServerRequest,
} from "@modelcontextprotocol/sdk/types.js";

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;
type Given = Readonly<Record<string, unknown>>;

export function everythingServer(): Server {
  const server = new Server(
    { name: "everything", version: "1.0.0" },
    { capabilities: { tools: {}, resources: { subscribe: true }, prompts: {}, logging: {}, completions: {} } },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: [
      ...[...TOOLS.keys()].map((name) => ({
        name,
        description: `The tool ${name}`,
        inputSchema: SCHEMAS[name] ?? { type: "object" as const, properties: {} },
      })),
    ],
  }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }, extra) => {
    const tool = TOOLS.get(params.name);
    if (tool === undefined) throw new Error("there is no such tool");
    return tool(params.arguments ?? {}, extra);
  });
  server.setRequestHandler(ListResourcesRequestSchema, () => ({
    resources: ["static-text", "static-binary", "watched-resource"].map((name) => ({
      uri: `test://${name}`,
      name,
      description: `The resource ${name}`,
    })),
  }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: [{ uriTemplate: "test://template/{id}/data", name: "data", description: "Data by id" }],
  }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => {
    const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
    if (id !== undefined) {
      const text = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` });
      return { contents: [{ uri, mimeType: "application/json", text }] };
    }
    if (uri === "test://static-binary") return { contents: [{ uri, mimeType: "image/png", blob: PNG }] };
    return { contents: [{ uri, mimeType: "text/plain", text: "This is the content of the static text resource." }] };
  });
  server.setRequestHandler(SubscribeRequestSchema, () => ({}));
  server.setRequestHandler(UnsubscribeRequestSchema, () => ({}));
  server.setRequestHandler(SetLevelRequestSchema, () => ({}));
  server.setRequestHandler(CompleteRequestSchema, () => ({
    completion: { values: ["paris", "park", "party"], total: 3, hasMore: false },
  }));
  server.setRequestHandler(ListPromptsRequestSchema, () => ({
    prompts: [
      { name: "test_simple_prompt", description: "A simple prompt" },
      {
        name: "test_prompt_with_arguments",
        description: "A prompt with arguments",
        arguments: [
          { name: "arg1", description: "First", required: true },
          { name: "arg2", description: "Second", required: true },
        ],
      },
      {
        name: "test_prompt_with_embedded_resource",
        description: "A prompt with a resource",
        arguments: [{ name: "resourceUri", description: "Which", required: true }],
      },
      { name: "test_prompt_with_image", description: "A prompt with an image" },
    ],
  }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params: { name, arguments: given = {} } }) => {
    const user = (content: object) => ({ role: "user", content });
    switch (name) {
      case "test_simple_prompt":
        return { messages: [user({ type: "text", text: "This is a simple prompt for testing." })] };
      case "test_prompt_with_arguments": {
        const text = `Prompt with arguments: arg1='${given["arg1"] ?? ""}', arg2='${given["arg2"] ?? ""}'`;
        return { messages: [user({ type: "text", text })] };
      }
      case "test_prompt_with_embedded_resource": {
        const resource = {
          uri: given["resourceUri"],
          mimeType: "text/plain",
          text: "Embedded resource content for testing.",
        };
        return {
          messages: [
            user({ type: "resource", resource }),
            user({ type: "text", text: "Please process the embedded resource above." }),
          ],
        };
      }
      default:
        return {
          messages: [
            user({ type: "image", data: PNG, mimeType: "image/png" }),
            user({ type: "text", text: "Please analyze the image above." }),
          ],
        };
    }
  });
  return server;
}

const text = (value: string): CallToolResult => ({ content: [{ type: "text", text: value }] });

async function elicit(extra: Extra, message: string, properties: object, required: readonly string[], say: string) {
  const params = { mode: "form", message, requestedSchema: { type: "object", properties, required } };
  const { action, content } = await extra.sendRequest(
    { method: "elicitation/create", params } as ServerRequest,
    ElicitResultSchema,
  );
  return text(`${say}: action=${action}, content=${JSON.stringify(content ?? {})}`);
}

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
const WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=";
const image = { type: "image" as const, data: PNG, mimeType: "image/png" };

const TOOLS: ReadonlyMap<string, (given: Given, extra: Extra) => CallToolResult | Promise<CallToolResult>> = new Map<
  string,
  (given: Given, extra: Extra) => CallToolResult | Promise<CallToolResult>
>([
  ["test_simple_text", () => text("This is a simple text response for testing.")],
  ["test_image_content", () => ({ content: [image] })],
  ["test_audio_content", () => ({ content: [{ type: "audio", data: WAV, mimeType: "audio/wav" }] })],
  [
    "test_embedded_resource",
    () => ({
      content: [
        {
          type: "resource",
          resource: {
            uri: "test://embedded-resource",
            mimeType: "text/plain",
            text: "This is an embedded resource content.",
          },
        },
      ],
    }),
  ],
  [
    "test_multiple_content_types",
    () => ({
      content: [
        { type: "text", text: "Multiple content types test:" },
        image,
        {
          type: "resource",
          resource: {
            uri: "test://mixed-content-resource",
            mimeType: "application/json",
            text: '{"test":"data","value":123}',
          },
        },
      ],
    }),
  ],
  [
    "test_tool_with_logging",
    async (_given, extra) => {
      for (const data of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
        await extra.sendNotification({ method: "notifications/message", params: { level: "info", data } });
        await pause(50);
      }
      return text("logged");
    },
  ],
  ["test_error_handling", () => ({ ...text("This tool intentionally returns an error for testing"), isError: true })],
  [
    "test_tool_with_progress",
    async (_given, extra) => {
      const progressToken = extra._meta?.progressToken;
      for (const progress of [0, 50, 100]) {
        if (progressToken !== undefined) {
          const params = { progressToken, progress, total: 100 };
          await extra.sendNotification({ method: "notifications/progress", params });
        }
        await pause(50);
      }
      return text("done");
    },
  ],
  [
    "test_sampling",
    async ({ prompt }, extra) => {
      const messages = [{ role: "user" as const, content: { type: "text" as const, text: String(prompt) } }];
      const answer = await extra.sendRequest(
        { method: "sampling/createMessage", params: { messages, maxTokens: 100 } },
        CreateMessageResultSchema,
      );
      return text(`LLM response: ${JSON.stringify(answer.content)}`);
    },
  ],
  [
    "test_elicitation",
    ({ message }, extra) =>
      elicit(
        extra,
        String(message),
        {
          username: { type: "string", description: "User's response" },
          email: { type: "string", description: "User's email address" },
        },
        ["username", "email"],
        "User response",
      ),
  ],
  [
    "test_elicitation_sep1034_defaults",
    (_given, extra) =>
      elicit(
        extra,
        "Defaults",
        {
          name: { type: "string", default: "John Doe" },
          age: { type: "integer", default: 30 },
          score: { type: "number", default: 95.5 },
          status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
          verified: { type: "boolean", default: true },
        },
        [],
        "Elicitation completed",
      ),
  ],
  [
    "test_elicitation_sep1330_enums",
    (_given, extra) => {
      const titled = (names: readonly string[]) => names.map((title, index) => ({ const: `value${index + 1}`, title }));
      return elicit(
        extra,
        "Enums",
        {
          untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
          titledSingle: { type: "string", oneOf: titled(["First Option", "Second Option", "Third Option"]) },
          legacyEnum: {
            type: "string",
            enum: ["opt1", "opt2", "opt3"],
            enumNames: ["Option One", "Option Two", "Option Three"],
          },
          untitledMulti: { type: "array", items: { type: "string", enum: ["option1", "option2", "option3"] } },
          titledMulti: { type: "array", items: { anyOf: titled(["First Choice", "Second Choice", "Third Choice"]) } },
        },
        [],
        "Elicitation completed",
      );
    },
  ],
  [
    "test_reconnection",
    async (_given, extra) => {
      await pause(50);
      extra.closeSSEStream?.();
      await pause(100);
      return text("Reconnection test completed");
    },
  ],
  ["json_schema_2020_12_tool", () => text("ok")],
]);

const SCHEMAS: Readonly<Record<string, { type: "object"; [key: string]: unknown }>> = {
  test_sampling: { type: "object", properties: { prompt: { type: "string" } }, required: ["prompt"] },
  test_elicitation: { type: "object", properties: { message: { type: "string" } }, required: ["message"] },
  json_schema_2020_12_tool: {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    $defs: {
      address: { type: "object", properties: { street: { type: "string" }, city: { type: "string" } } },
    },
    properties: { name: { type: "string" }, address: { $ref: "#/$defs/address" } },
    additionalProperties: false,
  },
};

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
