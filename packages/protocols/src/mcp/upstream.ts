/**
 * One HTTP exchange with the target. The gate's own credential, no header of the client's that is not the protocol's.
 * Touches the target through undici.
 */
import type { Gate } from "@gate/contract";
import type { Client, Dispatcher } from "undici";
import { WebError } from "../web/errors.ts";
import { readMediaType } from "../web/media-type.ts";
import { tokenSourceOf } from "../web/oauth2.ts";
import { upstreamError } from "../web/upstream.ts";
import { McpError } from "./errors.ts";
import type { McpTarget } from "./target.ts";

export interface Sending {
  readonly client: Client;
  readonly target: McpTarget;
  readonly gate: Gate;
  readonly method: "POST" | "GET" | "DELETE";
  readonly headers: readonly (readonly [string, string])[];
  /** Called directly before the library takes the bytes: this is where admissions are spent. */
  readonly spend: () => Uint8Array;
  readonly signal: AbortSignal;
}

export interface TargetAnswer {
  readonly status: number;
  readonly type: string;
  header(name: string): string | undefined;
  /** The whole body. @throws {McpError} MCP_UPSTREAM when it is too large. */
  text(): Promise<string>;
  readonly body: AsyncIterable<Buffer>;
  /** Reads and forgets the body. */
  discard(): void;
}

/** @throws {WebError} UPSTREAM_…; {McpError} MCP_UPSTREAM for answers that no client may see. */
export async function send(sending: Sending): Promise<TargetAnswer> {
  const { client, target, gate, signal } = sending;
  const headers: [string, string][] = sending.headers.map(([name, value]) => [name, value]);
  for (const [name, value] of target.credential.headers) headers.push([name, value.reveal()]);
  const { oauth2 } = target.credential;
  const token = oauth2 === undefined ? undefined : await tokenSourceOf(oauth2, gate.clock).get();
  if (token !== undefined) headers.push(["authorization", `Bearer ${token}`]);
  let answer: Dispatcher.ResponseData;
  try {
    signal.throwIfAborted();
    const bytes = sending.spend();
    answer = await client.request({
      method: sending.method,
      path: target.base === "" ? "/" : target.base,
      headers: headers.flat(),
      body: sending.method === "POST" ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : null,
      signal,
      idempotent: false,
    });
  } catch (error) {
    throw upstreamError(error);
  }
  const { statusCode: status, body } = answer;
  // Without a listener an abort while nobody reads would end the process.
  body.on("error", () => undefined);
  const header = (name: string): string | undefined => {
    const value = answer.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const discard = (): void => {
    body.dump({ limit: DISCARDED_BYTES_MAX }).catch(() => undefined);
  };
  if (status === 401 || status === 403 || (status >= 300 && status < 400)) {
    discard();
    if (token !== undefined && oauth2 !== undefined && status === 401) tokenSourceOf(oauth2, gate.clock).refused(token);
    // Its challenge or location would lead the client to sign in, or to go, where the gate is not.
    const what = status < 400 ? "sends its clients elsewhere" : "refused the gate's credential";
    throw new McpError("MCP_UPSTREAM", `gate: the target ${what} (status ${status})`);
  }
  const coding = header("content-encoding");
  if (coding !== undefined && coding.toLowerCase() !== "identity") {
    discard();
    throw new McpError("MCP_UPSTREAM", "gate: the target's answer has a coding that was not asked for");
  }
  return {
    status,
    type: readMediaType(header("content-type")).type,
    header,
    text: () => whole(body),
    body: body as AsyncIterable<Buffer>,
    discard,
  };
}

async function whole(body: Dispatcher.ResponseData["body"]): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > ANSWER_BYTES_MAX) {
        throw new McpError("MCP_UPSTREAM", `gate: the target's answer has more than ${ANSWER_BYTES_MAX} bytes`);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof McpError || error instanceof WebError ? error : upstreamError(error);
  }
  try {
    return UTF8.decode(Buffer.concat(chunks));
  } catch (error) {
    throw new McpError("MCP_UPSTREAM", "gate: the target's answer is not UTF-8", { cause: error });
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Bytes of an answer that is one JSON body. */
const ANSWER_BYTES_MAX = 8_388_608;
/** Bytes of an answer that nobody wants, before its connection is closed instead. */
const DISCARDED_BYTES_MAX = 65_536;
