/** A target behind HTTP that logs what reaches it, and clients that write exactly what they are told. */
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { http as protocol } from "@gate/protocols/http";
import { startHarness, type Harness, type HarnessOptions } from "../../packages/testkit/src/harness.ts";

export interface Target {
  readonly port: number;
  /** What reached it since the last call: `GET /path`. */
  seen(): string[];
  /** The requests themselves, newest last. */
  readonly requests: http.IncomingMessage[];
  close(): Promise<void>;
}

export type Answer = (request: http.IncomingMessage, response: http.ServerResponse, body: Buffer) => void;

/** Answers everything with 200 and `did METHOD path`, unless told otherwise. The body is read before it answers. */
export async function startTarget(
  answer: Answer = (request, response) => response.end(`did ${request.method ?? ""} ${request.url ?? ""}`),
  tls?: { readonly cert: string; readonly key: string; readonly ca?: string },
): Promise<Target> {
  const log: string[] = [];
  const requests: http.IncomingMessage[] = [];
  const listener: http.RequestListener = (request, response) => {
    log.push(`${request.method ?? ""} ${request.url ?? ""}`);
    requests.push(request);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => answer(request, response, Buffer.concat(chunks)));
    request.on("error", () => undefined);
  };
  const server =
    tls === undefined
      ? http.createServer(listener)
      : https.createServer({ ...tls, ...(tls.ca === undefined ? {} : { requestCert: true }) }, listener);
  server.on("upgrade", (request: http.IncomingMessage, socket: net.Socket) => {
    log.push(`UPGRADE ${request.url ?? ""}`);
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    seen: () => log.splice(0),
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** A gate in front of the target with these rules. */
export function gateTo(
  port: number,
  policy: string,
  more: Partial<HarnessOptions> & { readonly keys?: Readonly<Record<string, unknown>>; readonly scheme?: string } = {},
): Promise<Harness> {
  const { keys, scheme, ...options } = more;
  return startHarness({
    protocol,
    target: { address: `${scheme ?? "http"}://127.0.0.1:${port}`, ...keys },
    policy,
    ...options,
  });
}

export interface Got {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  readonly trailers: NodeJS.Dict<string>;
}

export interface Ask {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
  readonly agent?: http.Agent;
  /** Without the endpoint's secret. */
  readonly anonymous?: boolean;
}

/** One request through Node's own client. */
export function ask(gate: Pick<Harness, "port" | "user" | "password">, request: Ask): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = http.request({
      host: "127.0.0.1",
      port: gate.port,
      method: request.method ?? "GET",
      path: request.path,
      ...(request.anonymous === true ? {} : { auth: `${gate.user}:${gate.password}` }),
      headers: request.headers ?? {},
      agent: request.agent ?? false,
    });
    sent.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const body = Buffer.concat(chunks);
        const { statusCode = 0, headers, trailers } = response;
        resolve({ status: statusCode, headers, body, text: body.toString(), trailers });
      });
    });
    sent.on("error", reject);
    sent.end(request.body);
  });
}

/**
 * Writes bytes as they are; resolves with all that came back once the other side has closed, once it has been quiet
 * for a while after its first byte, or when nothing at all has come for `waitMs`.
 */
export function raw(port: number, bytes: string | Buffer, waitMs = 20_000): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = net.connect({ port, host: "127.0.0.1" }, () => {
      socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
    });
    const done = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(Buffer.concat(chunks).toString("latin1"));
    };
    let timer = setTimeout(done, waitMs);
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      clearTimeout(timer);
      timer = setTimeout(done, Math.min(waitMs, QUIET_MS));
    });
    socket.on("error", () => undefined);
    socket.on("close", done);
  });
}

/** After so long without another byte, an answer on a connection that stays open is taken for whole. */
const QUIET_MS = 400;

export function basic(gate: Pick<Harness, "user" | "password">): string {
  return `Basic ${Buffer.from(`${gate.user}:${gate.password}`).toString("base64")}`;
}
