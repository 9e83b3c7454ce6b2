/** A gateway on loopback with its issuer, its target and a job's client: what the tests of this package stand on. */
import { base64url, ManualClock, type Clock } from "@gate/base";
import type { Lineage } from "@gate/contract";
import { createDpopKey, createProof, type DpopKey } from "@gate/identity";
import { line } from "@gate/protocols/line";
import { memoryRecordings, memoryStore } from "@gate/stores";
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from "jose";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from "node:http";
import {
  connect,
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from "node:net";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as tlsConnect } from "node:tls";
import { parseConfig } from "../config.ts";
import { createGateway, type Gateway, type GatewayParts } from "../gateway.ts";
import { createLog } from "../log.ts";
import type { ExplainCommand } from "../web/explain.ts";

export const AUDIENCE = "https://gate.acme.dev";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
  readonly raw: Buffer;
}

export interface TokenAnswer {
  readonly access_token: string;
  readonly session_id: string;
  readonly expires_in: number;
  readonly max_expires_at: number;
  readonly authorization_details: readonly Record<string, string>[];
}

export interface World {
  readonly clock: ManualClock;
  readonly gateway: Gateway;
  readonly folder: string;
  readonly store: ReturnType<typeof memoryStore>;
  readonly key: DpopKey;
  /** Every log line so far. */
  readonly logged: readonly string[];
  /** Lines that reached the target. */
  readonly reached: readonly string[];
  subjectToken(change?: Readonly<Record<string, unknown>>): Promise<string>;
  send(method: string, path: string, options?: SendOptions): Promise<Answer>;
  exchange(options?: ExchangeOptions): Promise<Answer>;
  open(): Promise<TokenAnswer>;
  proof(method: string, path: string, options?: { readonly token?: string; readonly key?: DpopKey }): Promise<string>;
  /** A request of the session, with its token and a fresh proof. */
  asSession(token: string, method: string, path: string): Promise<Answer>;
  tunnel(token: string, options?: TunnelOptions): Promise<Tunnel>;
  connect(): Promise<Socket>;
  /** One more gateway of the same configuration, keys and target; the caller closes it. */
  another(options: { readonly clock: Clock; readonly parts: GatewayParts }): Promise<Gateway>;
  end(): Promise<void>;
}

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ExchangeOptions {
  readonly token?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly proof?: string | undefined;
  readonly key?: DpopKey;
}

export interface TunnelOptions {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly grant?: string;
  readonly early?: string;
  readonly path?: string;
}

/** A raw socket behind a tunnel request, with what it answered. */
export interface Tunnel {
  readonly socket: Socket;
  /** The status line's code. */
  readonly status: number;
  readonly problem: Record<string, unknown>;
  /** The next line of the tunnel; undefined when it ended. */
  line(): Promise<string | undefined>;
}

/** Claims as GitHub's issuer makes them, of one job. */
export const CLAIMS = {
  repository: "acme/shop",
  repository_id: "456789",
  run_id: "17",
  run_attempt: "1",
  check_run_id: "99",
  workflow: "deploy",
  actor: "octocat",
  event_name: "push",
  ref: "refs/heads/main",
} as const;

export interface WorldOptions {
  readonly people?: boolean;
  readonly parts?: GatewayParts;
  readonly explainCommand?: ExplainCommand;
  readonly tls?: boolean;
  /** `people` of gateway.yaml, instead of alice and bob. */
  readonly peopleText?: string;
  /** The policy's `dba`, as YAML; default: one person of github-team:acme/dba. */
  readonly approval?: string;
  /** More lines of gateway.yaml; its `file:` references start at `folder` of the world. */
  readonly extraText?: string;
  /** More variables that gateway.yaml may refer to. */
  readonly env?: Readonly<Record<string, string>>;
  /** Which port to listen on, where others must know it first. */
  readonly port?: number;
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  // Certificates and providers go by the real clock.
  const real = options.tls === true || options.peopleText !== undefined || options.extraText !== undefined;
  const clock = real ? new ManualClock(Date.now()) : new ManualClock();
  const folder = mkdtempSync(join(tmpdir(), "gate-test-"));
  const issuer = await startIssuer();
  const target = await startLineServer();
  writeFileSync(join(folder, "policy.yaml"), policyText(issuer.url, options.approval));
  const configText = gatewayText(target.port, options);
  const logged: string[] = [];
  const store = memoryStore();
  const config = parseConfig(configText, join(folder, "gateway.yaml"), {
    env: {
      ALICE_TOKEN: "alice-0123456789abcdef",
      BOB_TOKEN: "bob-0123456789abcdef",
      OIDC_SECRET: "oidc-secret-0123456789",
      ...options.env,
    },
    protocols: new Map([["line", line]]),
  });
  const another: World["another"] = (more) =>
    createGateway({
      config,
      policyText: config.policyText,
      policyFile: config.policyFile,
      clock: more.clock,
      log: createLog({ destination: { write: (text: string) => void logged.push(text) } }),
      ...(options.explainCommand === undefined ? {} : { explainCommand: options.explainCommand }),
      parts: { store, recordings: memoryRecordings(), protocols: new Map([["line", line]]), ...more.parts },
    });
  const gateway = await another({ clock, parts: options.parts ?? {} });
  const stop = async (): Promise<void> => {
    await gateway.close();
    issuer.server.close();
    issuer.server.closeAllConnections();
    target.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await gateway.listen();
  } catch (error) {
    await stop();
    throw error;
  }
  const key = await createDpopKey();
  const port = Number(new URL(gateway.url).port);
  const ca = gateway.certificateFile === undefined ? undefined : readFileSync(gateway.certificateFile, "utf8");
  const sockets = new Set<Socket>();
  const world: World = {
    clock,
    gateway,
    folder,
    store,
    key,
    logged,
    reached: target.reached,
    subjectToken: (change = {}) => issuer.token(clock, change),
    send: (method, path, more = {}) => sendHttp({ port, ca }, method, path, more),
    proof: (method, path, more = {}) =>
      createProof(more.key ?? key, {
        method,
        url: `${gateway.publicUrl}${path}`,
        nowMs: clock.now(),
        jti: randomUUID(),
        ...(more.token === undefined ? {} : { accessToken: more.token }),
      }),
    async exchange(more = {}) {
      const form = {
        grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
        subject_token: more.token ?? (await world.subjectToken(more.claims)),
        subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
        ...more.form,
      };
      const proof =
        "proof" in more
          ? more.proof
          : await world.proof("POST", "/v1/token", more.key === undefined ? {} : { key: more.key });
      return world.send("POST", "/v1/token", {
        headers: {
          "content-type": "application/x-www-form-urlencoded",
          ...(proof === undefined ? {} : { dpop: proof }),
        },
        body: new URLSearchParams(form).toString(),
      });
    },
    async open() {
      const answer = await world.exchange();
      if (answer.status !== 200) throw new Error(`no session: ${answer.raw.toString()}`);
      return answer.body as unknown as TokenAnswer;
    },
    async asSession(token, method, path) {
      const dpop = await world.proof(method, path, { token });
      return world.send(method, path, { headers: { authorization: `DPoP ${token}`, dpop } });
    },
    async tunnel(token, more = {}) {
      const path = more.path ?? "/v1/tunnel";
      const lineage: Lineage = { strength: "endpoint", endpoint: "ep_1" };
      const headers: Record<string, string | undefined> = {
        host: "127.0.0.1",
        connection: "Upgrade",
        upgrade: "gate-tunnel",
        authorization: `DPoP ${token}`,
        dpop: await world.proof("GET", "/v1/tunnel", { token }),
        "gate-grant": more.grant ?? "lines",
        "gate-endpoint": base64url(JSON.stringify({ id: "ep_1", user: "gate" })),
        "gate-lineage": base64url(JSON.stringify(lineage)),
        ...more.headers,
      };
      const socket = await world.connect();
      const lines = Object.entries(headers).filter(([, value]) => value !== undefined);
      socket.write(
        `GET ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${more.early ?? ""}`,
      );
      return readTunnel(socket);
    },
    connect: () =>
      new Promise((resolve, reject) => {
        const socket =
          ca === undefined ? connect({ host: "127.0.0.1", port }) : tlsConnect({ host: "127.0.0.1", port, ca });
        sockets.add(socket);
        socket.on("error", () => socket.destroy());
        socket.once(ca === undefined ? "connect" : "secureConnect", () => resolve(socket)).once("error", reject);
      }),
    another,
    async end() {
      for (const socket of sockets) socket.destroy();
      await stop();
    },
  };
  return world;
}

function gatewayText(port: number, options: WorldOptions): string {
  const tokens = `people:\n  tokens:\n    alice: {token: env:ALICE_TOKEN, subjects: ["github-team:acme/dba"]}\n    bob: {token: env:BOB_TOKEN, subjects: ["github-team:acme/other"]}\n`;
  const people = options.peopleText ?? ((options.people ?? true) ? tokens : "");
  return `version: gate/v1
gateway:
  listen: 127.0.0.1:${options.port ?? 0}
  tls: ${options.tls === true ? "self-signed" : "off"}
  store: "memory:"
policy: file:policy.yaml
targets:
  shop: {protocol: line, address: "127.0.0.1:${port}"}
${people}${options.extraText ?? ""}`;
}

function policyText(issuer: string, approval = '{from: ["github-team:acme/dba"], count: 1, timeout: 5m}'): string {
  return `version: gate/v1
trust:
  deploy:
    issuer: ${issuer}
    audience: ${AUDIENCE}
    claims: {repository_id: "456789", event_name: [push], ref: refs/heads/main}
    session: {ttl: 10m, max_ttl: 15m}
    grants: [lines, other]
grants:
  lines: {target: shop, rules: [words], limits: few}
  other: {target: shop, rules: [words]}
rules:
  words:
  - {id: read, effect: allow, match: {line: [GET]}}
  - {id: write, effect: hold, approval: dba, match: {line: [PUT]}}
approvals:
  dba: ${approval}
limits:
  few: {concurrent: 2}
`;
}

async function startIssuer(): Promise<{
  readonly url: string;
  readonly server: Server;
  token(clock: Clock, change: Readonly<Record<string, unknown>>): Promise<string>;
}> {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256", use: "sig" };
  let url = "";
  const server = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    if (request.url === "/jwks") response.end(JSON.stringify({ keys: [jwk] }));
    else response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/jwks` }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    server,
    async token(clock, change) {
      const nowS = Math.floor(clock.now() / 1000);
      const claims = { iss: url, aud: AUDIENCE, jti: randomUUID(), iat: nowS, exp: nowS + 300, ...CLAIMS, ...change };
      return sign(claims, privateKey);
    },
  };
}

function sign(claims: Readonly<Record<string, unknown>>, key: CryptoKey): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "k1" }).sign(key);
}

/** Answers `OK <line>` to every line. */
async function startLineServer(): Promise<{
  readonly port: number;
  readonly reached: readonly string[];
  close(): void;
}> {
  const reached: string[] = [];
  const sockets = new Set<Socket>();
  const server: TcpServer = createTcpServer((socket) => {
    sockets.add(socket);
    let rest = "";
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const text of lines) {
        reached.push(text);
        socket.write(`OK ${text}\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    reached,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function sendHttp(
  to: { readonly port: number; readonly ca: string | undefined },
  method: string,
  path: string,
  options: SendOptions,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = to.ca === undefined ? httpRequest : httpsRequest;
    const request = send(
      { host: "127.0.0.1", ...to, method, path, headers: { ...options.headers }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const raw = Buffer.concat(chunks);
          const isJson = (response.headers["content-type"] ?? "").includes("json");
          const body = (isJson && raw.length > 0 ? JSON.parse(raw.toString()) : {}) as Record<string, unknown>;
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body, raw });
        });
        response.on("error", reject);
      },
    );
    request.on("error", reject);
    request.end(options.body);
  });
}

async function readTunnel(socket: Socket): Promise<Tunnel> {
  let buffer = "";
  let ended = false;
  let wake: () => void = () => undefined;
  socket.on("data", (chunk: Buffer) => {
    buffer += chunk.toString();
    wake();
  });
  socket.on("close", () => {
    ended = true;
    wake();
  });
  const until = async (found: () => boolean): Promise<void> => {
    while (!found() && !ended) await new Promise<void>((resolve) => (wake = resolve));
  };
  await until(() => buffer.includes("\r\n\r\n"));
  const headEnd = buffer.indexOf("\r\n\r\n") + 4;
  const head = buffer.slice(0, headEnd);
  buffer = buffer.slice(headEnd);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
  let problem: Record<string, unknown> = {};
  if (status !== 101) {
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    await until(() => buffer.length >= length);
    problem = JSON.parse(buffer === "" ? "{}" : buffer) as Record<string, unknown>;
  }
  return {
    socket,
    status,
    problem,
    async line() {
      await until(() => buffer.includes("\n"));
      const end = buffer.indexOf("\n");
      if (end < 0) return undefined;
      const text = buffer.slice(0, end);
      buffer = buffer.slice(end + 1);
      return text;
    },
  };
}
