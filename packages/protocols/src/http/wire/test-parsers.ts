/**
 * The same bytes read twice, for tests: by our own readers, and by llhttp behind Node's server and client, which is the
 * parser that everything else goes to. Touches no sockets.
 */
import http from "node:http";
import { Duplex } from "node:stream";
import { serveHttp } from "../../web/http-server.ts";
import { chunkedReader, lengthReader } from "./body-reader.ts";
import { FramingError } from "./framing-error.ts";
import { RequestReader } from "./request-reader.ts";
import { ResponseReader } from "./response-reader.ts";

export interface ReadRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
}

export interface ReadResponse {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
}

/** Cuts bytes at the given places. */
export function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  const pieces: Buffer[] = [];
  let from = 0;
  for (const end of [...ends, bytes.length]) {
    if (end > from) pieces.push(bytes.subarray(from, end));
    from = Math.max(from, end);
  }
  return pieces;
}

/** Whole requests that our reader takes, up to the first that it does not. */
export function ourRequests(pieces: readonly Buffer[]): { requests: ReadRequest[]; end: string } {
  const reader = new RequestReader();
  const requests: ReadRequest[] = [];
  let unread: Buffer = Buffer.alloc(0);
  let body: { read: (bytes: Buffer) => number; done: () => boolean } | undefined;
  for (const piece of pieces) {
    unread = Buffer.concat([unread, piece]);
    for (;;) {
      if (body !== undefined) {
        try {
          unread = unread.subarray(body.read(unread));
        } catch (error) {
          if (error instanceof FramingError) return { requests, end: error.code };
          throw error;
        }
        if (!body.done()) break;
        body = undefined;
      }
      if (unread.length === 0) break;
      const found = reader.read(unread, 0);
      if (found === "other") return { requests, end: "other" };
      if (found === "more") break;
      unread = unread.subarray(found.end);
      const { method, target, fields } = found;
      const add = (text: string, trailers: readonly string[]): void => {
        requests.push({ method, target, headers: fields.raw, body: text, trailers });
      };
      if (fields.length === 0) {
        add("", []);
        continue;
      }
      const own = fields.length === "chunked" ? chunkedReader() : lengthReader(fields.length);
      let text = "";
      body = {
        read: (bytes) => {
          const end = own.read(bytes, 0, (part) => (text += part.toString("latin1")));
          if (own.done) add(text, own.trailers);
          return end;
        },
        done: () => own.done,
      };
    }
  }
  return { requests, end: body !== undefined || unread.length > 0 ? "more" : "" };
}

/** Whole requests that Node's server takes. */
export async function nodeRequests(pieces: readonly Buffer[]): Promise<{ requests: ReadRequest[]; end: string }> {
  const socket = new Wire();
  const requests: ReadRequest[] = [];
  let end = "";
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => undefined);
  const onRequest = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString("latin1")));
    request.on("end", () => {
      const { method = "", url = "", rawHeaders, rawTrailers } = request;
      requests.push({ method, target: url, headers: rawHeaders, body, trailers: rawTrailers });
      response.end();
    });
    request.on("error", () => undefined);
  };
  const stop = (code: string): void => {
    end ||= code;
    // What was read before the odd byte is still on its way to its listeners.
    setImmediate(() => setImmediate(() => socket.destroy()));
  };
  serveHttp(socket, {
    onRequest,
    onUpgrade: () => stop("upgrade"),
    onConnect: () => stop("connect"),
    onMalformed: stop,
  });
  for (const piece of pieces) {
    socket.push(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  // The server answers what it has read, and closes at the end of its input.
  socket.push(null);
  await closed;
  return { requests, end };
}

/** One answer as our reader sees it; `undefined` when it refuses it or wants more. */
export function ourResponse(
  method: string,
  pieces: readonly Buffer[],
): { response: ReadResponse | undefined; surplus: boolean } {
  let head: { status: number; headers: readonly (readonly [string, string])[] } | undefined;
  let body = "";
  let response: ReadResponse | undefined;
  let behind = false;
  const reader = new ResponseReader({
    onHead: (got) => (head = got),
    onData: (part) => (body += part.toString("latin1")),
    onEnd: (trailers, surplus) => {
      behind = surplus;
      const { status, headers } = head ?? { status: 0, headers: [] };
      response = { status, headers: headers.flat(), body, trailers };
    },
  });
  reader.begin(method);
  try {
    for (const piece of pieces) reader.read(piece);
  } catch (error) {
    if (!(error instanceof FramingError)) throw error;
    // What stands behind a whole answer is refused, the answer is not.
    return { response, surplus: true };
  }
  if (response === undefined && !reader.close()) return { response: undefined, surplus: false };
  return { response, surplus: behind };
}

/** One answer as Node's client sees it. */
export function nodeResponse(method: string, pieces: readonly Buffer[]): Promise<ReadResponse | undefined> {
  const socket = new Wire();
  return new Promise((resolve) => {
    const request = http.request({ createConnection: () => socket, method, host: "localhost", path: "/" });
    request.on("error", () => resolve(undefined));
    request.on("upgrade", () => resolve(undefined));
    request.on("response", (message) => {
      let body = "";
      message.on("data", (chunk: Buffer) => (body += chunk.toString("latin1")));
      message.on("error", () => resolve(undefined));
      message.on("close", () => {
        const { statusCode = 0, rawHeaders, rawTrailers, complete } = message;
        const headers = rawHeaders.map((text, at) => (at % 2 === 0 ? text.toLowerCase() : text));
        resolve(complete ? { status: statusCode, headers, body, trailers: rawTrailers } : undefined);
      });
    });
    request.end();
    const feed = async (): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      for (const piece of pieces) {
        socket.push(piece);
        await new Promise((resolve) => setImmediate(resolve));
      }
      socket.push(null);
    };
    void feed();
  });
}

class Wire extends Duplex {
  override _read(): void {
    // Pushed from outside.
  }
  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }
  setTimeout(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
}
