/** What goes wrong around one message, with the HTTP status and the JSON-RPC code that the client is told. Pure. */
import { GateError, type ErrorKind } from "@gate/base";

export type McpErrorCode =
  | "MCP_MALFORMED" // the bytes are no message
  | "MCP_AMBIGUOUS" // two readers could understand the message differently
  | "MCP_TOO_LARGE" // a message is larger than one of the bounds
  | "MCP_HEADER_MISMATCH" // a header does not say what the body says
  | "MCP_VERSION" // no revision that is spoken here, or something that the revision does not have
  | "MCP_SESSION" // the MCP session was not opened through this session
  | "MCP_ORIGIN" // a web page of another origin asks
  | "MCP_NOT_FOUND" // another path than the endpoint's
  | "MCP_METHOD" // an HTTP method that the endpoint does not have
  | "MCP_UPSTREAM"; // the target's answer is not what the protocol allows

/** `message` is fit for the client: it never holds an address, a secret or bytes of a peer. */
export class McpError extends GateError {
  readonly code: McpErrorCode;
  readonly status: number;
  readonly rpcCode: number;
  readonly data: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: McpErrorCode,
    message: string,
    options: { readonly data?: Readonly<Record<string, unknown>>; readonly cause?: unknown } = {},
  ) {
    const [kind, status, rpcCode] = SHAPES[code];
    super(kind, message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = status;
    this.rpcCode = rpcCode;
    this.data = options.data;
  }
}

const SHAPES: Readonly<Record<McpErrorCode, readonly [kind: ErrorKind, status: number, rpcCode: number]>> = {
  MCP_MALFORMED: ["peer-wrong", 400, -32700],
  MCP_AMBIGUOUS: ["peer-wrong", 400, -32600],
  MCP_TOO_LARGE: ["peer-wrong", 413, -32600],
  MCP_HEADER_MISMATCH: ["peer-wrong", 400, -32020],
  MCP_VERSION: ["peer-unsupported", 400, -32022],
  MCP_SESSION: ["peer-wrong", 404, -32000],
  MCP_ORIGIN: ["peer-wrong", 403, -32600],
  MCP_NOT_FOUND: ["peer-wrong", 404, -32000],
  MCP_METHOD: ["peer-unsupported", 405, -32000],
  MCP_UPSTREAM: ["peer-wrong", 502, -32000],
};
