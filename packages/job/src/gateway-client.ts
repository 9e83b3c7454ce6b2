/**
 * Talks to a gateway over HTTP/1.1: JSON requests on kept-alive connections, downloads into a file, tunnels by
 * Upgrade. Redirects are never followed. Touches the network and, for downloads, the file system.
 */
import { createWriteStream } from "node:fs";
import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from "node:https";
import { connect as netConnect, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { connect as tlsConnect, type ConnectionOptions } from "node:tls";
import { connectionError, JobError, type Problem } from "./errors.ts";

/** The members of `/.well-known/gate` that the job needs. */
export interface WellKnown {
  readonly issuer: string;
  readonly audience: string;
  readonly tokenEndpoint: string;
  readonly tunnel: string;
  readonly vkey: string;
  /** Whether the gateway tells GitHub of sessions itself; one that does not say so is left to it. */
  readonly checks: "app" | "none";
  /** How people sign in (`oidc`, `saml`); undefined where the gateway does not say. */
  readonly signIn?: readonly string[];
}

export interface Answer {
  readonly status: number;
  /** Parsed JSON; `undefined` when the body is no JSON. */
  readonly body: unknown;
}

export interface GatewayClient {
  readonly url: URL;
  /** `host:port` for messages. */
  readonly host: string;
  /** @throws {JobError} JOB_GATEWAY_UNREACHABLE, JOB_GATEWAY_CERTIFICATE, JOB_GATEWAY_ANSWER */
  wellKnown(): Promise<WellKnown>;
  send(
    method: "GET" | "POST",
    url: string,
    options?: {
      readonly headers?: Readonly<Record<string, string>>;
      /** A form or a JSON body, not both. */
      readonly form?: URLSearchParams;
      readonly json?: unknown;
    },
  ): Promise<Answer>;
  /** Streams a body into a new file; more than RECORDING_BYTES_MAX is refused. Resolves with its size. */
  download(url: string, headers: Readonly<Record<string, string>>, file: string): Promise<number>;
  /** A connected socket (after the TLS handshake) with nothing sent on it. */
  dial(): Promise<Socket>;
  /** Sends the Upgrade request on `socket`; resolves with the raw stream, or with the gateway's refusal. */
  upgrade(
    socket: Socket,
    url: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<{ readonly stream: Duplex } | { readonly problem: Problem }>;
  close(): void;
}

/** @param options.ca PEM of the only authority to trust; the runtime's own roots without it. */
export function createGatewayClient(options: { readonly url: URL; readonly ca?: string }): GatewayClient {
  const { url, ca } = options;
  const secure = url.protocol === "https:";
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  const host = `${url.hostname}:${port}`;
  const tls: ConnectionOptions = {
    minVersion: "TLSv1.2",
    ALPNProtocols: ["http/1.1"],
    // Said outright: NODE_TLS_REJECT_UNAUTHORIZED must not be able to turn it off.
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
  };
  const agent = secure
    ? new HttpsAgent({ ...tls, keepAlive: true, maxSockets: SOCKETS_MAX, timeout: REQUEST_MS_MAX })
    : new HttpAgent({ keepAlive: true, maxSockets: SOCKETS_MAX, timeout: REQUEST_MS_MAX });
  let tlsSession: Buffer | undefined;

  const open = (
    target: string,
    method: string,
    headers: Readonly<Record<string, string>>,
    extra: RequestOptions,
  ): ClientRequest => {
    const at = sameOrigin(target, url);
    const request = { method, host: hostname, port, path: at.pathname + at.search, headers, agent, ...extra };
    return secure && extra.createConnection === undefined ? httpsRequest({ ...tls, ...request }) : httpRequest(request);
  };

  const client: GatewayClient = {
    url,
    host,

    async wellKnown() {
      const { status, body } = await client.send("GET", new URL("/.well-known/gate", url).href);
      const found = record(body);
      const [issuer, audience, tokenEndpoint, tunnel, vkey] = [
        "issuer",
        "audience",
        "token_endpoint",
        "tunnel",
        "vkey",
      ].map((key) => text(found, key));
      if (status !== 200 || !issuer || audience === undefined || !tokenEndpoint || !tunnel || !vkey) {
        throw new JobError(
          "operator",
          "JOB_GATEWAY_ANSWER",
          `${host} answers, but not as a gate gateway (status ${status} for /.well-known/gate). Check the \`gateway\` input`,
        );
      }
      sameOrigin(tokenEndpoint, url);
      const checks = text(found, "checks") === "none" ? "none" : "app";
      const signIn = found["sign_in"];
      return {
        ...{ issuer, audience, tokenEndpoint, tunnel: sameOrigin(tunnel, url).href, vkey, checks },
        ...(Array.isArray(signIn) ? { signIn: signIn.filter((way) => typeof way === "string") } : {}),
      };
    },

    async send(method, target, { headers = {}, form, json } = {}) {
      const body = json === undefined ? form?.toString() : JSON.stringify(json);
      const type = json === undefined ? "application/x-www-form-urlencoded" : "application/json";
      const all = {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": type, "content-length": String(Buffer.byteLength(body)) }),
        ...headers,
      };
      const signal = AbortSignal.timeout(REQUEST_MS_MAX);
      try {
        const request = open(target, method, all, { signal });
        const response = await respond(request, body);
        return { status: response.statusCode ?? 0, body: await readJson(response) };
      } catch (error) {
        throw connectionError(error, host);
      }
    },

    async download(target, headers, file) {
      const signal = AbortSignal.timeout(DOWNLOAD_MS_MAX);
      try {
        const response = await respond(open(target, "GET", headers, { signal }));
        if (response.statusCode !== 200) {
          const { code, detail } = toProblem(response.statusCode ?? 0, await readJson(response));
          throw new JobError(
            "peer-wrong",
            "JOB_RECORDING",
            `the gateway did not give the recording (${code === "" ? response.statusCode : code}): ${detail}`,
          );
        }
        let bytes = 0;
        const bounded = new Transform({
          transform(chunk: Buffer, _encoding, done) {
            bytes += chunk.length;
            if (bytes > RECORDING_BYTES_MAX) {
              done(
                new JobError(
                  "peer-wrong",
                  "JOB_RECORDING",
                  `the recording is larger than ${RECORDING_BYTES_MAX} bytes`,
                ),
              );
            } else done(null, chunk);
          },
        });
        await pipeline(response, bounded, createWriteStream(file, { flags: "wx", mode: 0o600 }));
        return bytes;
      } catch (error) {
        throw connectionError(error, host);
      }
    },

    dial() {
      return new Promise((resolve, reject) => {
        const base = { host: hostname, port, allowHalfOpen: true };
        const socket = secure
          ? tlsConnect({ ...tls, ...base, ...(tlsSession === undefined ? {} : { session: tlsSession }) })
          : netConnect(base);
        socket.setNoDelay(true);
        const timer = setTimeout(() => socket.destroy(timeout(host)), DIAL_MS_MAX);
        const fail = (error: Error): void => {
          clearTimeout(timer);
          reject(connectionError(error, host));
        };
        socket.once("error", fail);
        // A session ticket lets the next handshake resume.
        socket.on("session", (session: Buffer) => (tlsSession = session));
        socket.once(secure ? "secureConnect" : "connect", () => {
          clearTimeout(timer);
          socket.off("error", fail);
          resolve(socket);
        });
      });
    },

    upgrade(socket, target, headers) {
      return new Promise((resolve, reject) => {
        const request = open(
          target,
          "GET",
          { ...headers, connection: "Upgrade", upgrade: "gate-tunnel", host: url.host },
          { agent: undefined, createConnection: () => socket },
        );
        const timer = setTimeout(() => request.destroy(timeout(host)), REQUEST_MS_MAX);
        request.once("error", (error) => {
          clearTimeout(timer);
          socket.destroy();
          reject(connectionError(error, host));
        });
        request.once("upgrade", (_response, stream, head) => {
          clearTimeout(timer);
          if (head.length > 0) stream.unshift(head);
          resolve({ stream });
        });
        request.once("response", (response) => {
          readJson(response)
            .then((body) => resolve({ problem: toProblem(response.statusCode ?? 0, body) }))
            .catch((error: unknown) => reject(connectionError(error, host)))
            .finally(() => {
              clearTimeout(timer);
              socket.destroy();
            });
        });
        request.end();
      });
    },

    close: () => agent.destroy(),
  };
  return client;
}

/** RFC 9457 members, or the OAuth ones where a token endpoint gave only these. */
export function toProblem(status: number, body: unknown): Problem {
  const found = record(body);
  const refusal = text(found, "refusal");
  return {
    ...(refusal === undefined || refusal.length > REFUSAL_CHARS_MAX
      ? {}
      : { refusal: Buffer.from(refusal, "base64url") }),
    status,
    code: text(found, "code") ?? text(found, "error") ?? "",
    detail: printable(text(found, "detail") ?? text(found, "error_description") ?? text(found, "title") ?? ""),
  };
}

/** `value` as an object with only own members; empty for anything else. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

export function text(from: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = Object.hasOwn(from, key) ? from[key] : undefined;
  return typeof value === "string" ? value : undefined;
}

export function number(from: Readonly<Record<string, unknown>>, key: string): number | undefined {
  const value = Object.hasOwn(from, key) ? from[key] : undefined;
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** Text of a peer in our messages: one line, bounded, without control characters. */
function printable(value: string): string {
  return value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").slice(0, DETAIL_CHARS_MAX);
}

/** A URL that the gateway published must be its own: tokens never go to another origin. */
function sameOrigin(target: string, url: URL): URL {
  const at = URL.canParse(target, url.href) ? new URL(target, url) : undefined;
  if (at !== undefined && at.origin === url.origin) return at;
  throw new JobError(
    "operator",
    "JOB_GATEWAY_ANSWER",
    `the gateway at ${url.origin} publishes an address of another origin. ` +
      "Use its public_url (gateway.yaml) in the `gateway` input",
  );
}

function respond(request: ClientRequest, body?: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("error", reject);
    request.once("response", resolve);
    request.end(body);
  });
}

async function readJson(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) {
      response.destroy();
      throw new JobError(
        "peer-wrong",
        "JOB_GATEWAY_ANSWER",
        `the gateway's answer is larger than ${ANSWER_BYTES_MAX} bytes`,
      );
    }
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}

function timeout(host: string): JobError {
  return connectionError(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" }), host);
}

/** JSON answer of the gateway, in bytes. */
const ANSWER_BYTES_MAX = 1_048_576;
/** A recording that post downloads, in bytes. */
const RECORDING_BYTES_MAX = 2_147_483_648;
/** From the first byte of a request to the last of its answer. */
const REQUEST_MS_MAX = 15_000;
/** A whole download. */
const DOWNLOAD_MS_MAX = 90_000;
/** TCP and TLS handshakes of a tunnel connection. */
const DIAL_MS_MAX = 10_000;
/** Kept-alive connections for requests (tunnels not counted). */
const SOCKETS_MAX = 4;
/** Characters of a refusal for a waiting client, in base64url. */
const REFUSAL_CHARS_MAX = 4_096;
/** Characters of the gateway's own text in our messages. */
const DETAIL_CHARS_MAX = 600;
