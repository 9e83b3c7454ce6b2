/**
 * The daemon's control socket: one line of JSON in, one line of JSON out, then it closes.
 * `status` is open to every process of the user and holds no secret; `close` needs the token that connect kept in the
 * action's state, so that a nested step cannot end the session in silence. Touches a Unix socket (a named pipe on
 * Windows).
 */
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { constantTimeEqual, messageOf } from "@gate/base";
import type { BackendStatus, CloseReport, FetchedRecording, SessionInfo } from "./backend.ts";
import type { EndpointInfo } from "./endpoints.ts";
import { JobError } from "./errors.ts";

export type ControlRequest =
  | { readonly op: "status" }
  /** Is anybody there? Answered at once: a proxy that was stopped must not keep its job waiting for the rest. */
  | { readonly op: "ping" }
  /** Ends the session; with `directory` its recording is put there. */
  | { readonly op: "close"; readonly token: string; readonly reason: string; readonly directory?: string };

/** Everything about the session that is not a secret. */
export interface ControlStatus extends BackendStatus {
  readonly sessionId: string;
  readonly mode: SessionInfo["mode"];
  readonly trustRule: string;
  readonly pid: number;
  readonly endpoints: readonly (Omit<EndpointInfo, "password" | "user"> & { readonly connections: number })[];
  /** Why the last connection could not be served. */
  readonly lastError?: string;
}

export interface Closed {
  readonly report?: CloseReport;
  readonly recording?: FetchedRecording;
  /** What went wrong on the way; the session may still be open at the gateway when `report` is missing. */
  readonly problems: readonly string[];
}

export interface ControlHandlers {
  status(): Promise<ControlStatus>;
  close(reason: string, directory: string | undefined): Promise<Closed>;
}

/** @throws {JobError} JOB_DAEMON_FAILED when the socket cannot be made. */
export function serveControl(path: string, token: string, handlers: ControlHandlers): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    readLine(socket, REQUEST_BYTES_MAX, REQUEST_MS_MAX)
      .then(async (line) => {
        const request = parseRequest(line);
        if (request.op === "status") return handlers.status();
        if (request.op === "ping") return {};
        if (!constantTimeEqual(request.token, token)) {
          throw new JobError("peer-wrong", "JOB_CONTROL", "close needs the token that connect kept in its state");
        }
        return handlers.close(request.reason, request.directory);
      })
      .then(
        (result) => answer(socket, { ok: true, result }),
        (error: unknown) => answer(socket, { ok: false, error: messageOf(error) }),
      );
  });
  server.maxConnections = CLIENTS_MAX;
  return new Promise((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new JobError("operator", "JOB_DAEMON_FAILED", `cannot make the control socket: ${messageOf(error)}`, {
          cause: error,
        }),
      ),
    );
    server.listen(path, () => resolve(server));
  });
}

/** A client that keeps its side open holds no place of the few there are. */
function answer(socket: Socket, reply: unknown): void {
  socket.end(`${JSON.stringify(reply)}\n`, () => socket.destroy());
}

/** @throws {JobError} JOB_DAEMON_GONE when nobody answers, JOB_CONTROL with the daemon's own words. */
export async function askControl(
  path: string,
  request: { readonly op: "status" },
  msMax: number,
): Promise<ControlStatus>;
export async function askControl(path: string, request: { readonly op: "ping" }, msMax: number): Promise<unknown>;
export async function askControl(
  path: string,
  request: Extract<ControlRequest, { op: "close" }>,
  msMax: number,
): Promise<Closed>;
export async function askControl(path: string, request: ControlRequest, msMax: number): Promise<unknown> {
  const socket = createConnection(path);
  let line: string;
  try {
    socket.write(`${JSON.stringify(request)}\n`);
    line = await readLine(socket, REPLY_BYTES_MAX, msMax);
  } catch (error) {
    throw new JobError(
      "peer-wrong",
      "JOB_DAEMON_GONE",
      `the job's gate proxy does not answer: ${error instanceof JobError ? error.message : "it is not running any more"}`,
      { cause: error },
    );
  } finally {
    socket.destroy();
  }
  const reply = JSON.parse(line) as { ok?: unknown; result?: unknown; error?: unknown };
  if (reply.ok === true) return reply.result;
  throw new JobError("peer-wrong", "JOB_CONTROL", String(reply.error));
}

function parseRequest(line: string): ControlRequest {
  const bad = new JobError("peer-wrong", "JOB_CONTROL", 'write {"op":"status"} or {"op":"close","token":"…"}');
  let found: Record<string, unknown>;
  try {
    found = JSON.parse(line) as Record<string, unknown>;
  } catch {
    throw bad;
  }
  if (typeof found !== "object" || found === null) throw bad;
  if (found["op"] === "status" || found["op"] === "ping") return { op: found["op"] };
  const { op, token, reason = "closed", directory } = found;
  if (op !== "close" || typeof token !== "string" || typeof reason !== "string") throw bad;
  if (directory !== undefined && typeof directory !== "string") throw bad;
  return { op, token, reason, ...(directory === undefined ? {} : { directory }) };
}

/** Reads up to the first newline. */
function readLine(socket: Socket, bytesMax: number, msMax: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const fail = (message: string): void => {
      clearTimeout(timer);
      // What still comes is read and forgotten.
      socket.removeAllListeners("data").resume();
      reject(new JobError("peer-wrong", "JOB_CONTROL", message));
    };
    const timer = setTimeout(() => fail("no line in time"), msMax);
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      const at = chunk.indexOf(10);
      if (bytes > bytesMax) fail("the line is too long");
      else if (at !== -1) {
        clearTimeout(timer);
        socket.removeAllListeners("data");
        resolve(Buffer.concat(chunks).toString("utf8", 0, bytes - chunk.length + at));
      }
    });
    socket.once("error", () => fail("it is not running any more"));
    socket.once("close", () => fail("it closed without an answer"));
  });
}

/** A request line on the control socket. */
const REQUEST_BYTES_MAX = 65_536;
/** A reply line. */
const REPLY_BYTES_MAX = 1_048_576;
/** A client may take this long to send its line. */
const REQUEST_MS_MAX = 5_000;
/** Clients of the control socket at a time. */
const CLIENTS_MAX = 16;
