/** The HTTP side of a gateway, as far as a job sees it: exchange, tunnel (an echo), status, close, recording. */
import { createServer, type Server } from "node:https";
import type { Server as PlainServer, Socket } from "node:net";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Leaf } from "@gate/testkit";

export interface FakeGateway {
  readonly url: string;
  readonly port: number;
  /** What was asked, in order: `POST /v1/token` … */
  readonly requests: string[];
  readonly exchanges: URLSearchParams[];
  /** Header sets of tunnels that were opened. */
  readonly tunnels: Record<string, string | string[] | undefined>[];
  /** TLS connections accepted so far. */
  connections: number;
  /** Answers to give instead, by path; taken off the front. */
  readonly answers: Map<string, { status: number; body: unknown }[]>;
  state: "open" | "revoked" | "closed";
  checks: "app" | "none";
  ttlSeconds: number;
  maxSeconds: number;
  /** What a tunnel does with its stream; an echo unless a test says otherwise. */
  onTunnel: (stream: Duplex) => void;
  /** Ends every connection and stops listening; `listen` starts again on the same port. */
  down(): Promise<void>;
  up(): Promise<void>;
}

export async function fakeGateway(tls: Leaf): Promise<FakeGateway> {
  let server: Server;
  const sockets = new Set<Socket>();
  const gateway: FakeGateway = {
    url: "",
    port: 0,
    requests: [],
    exchanges: [],
    tunnels: [],
    connections: 0,
    answers: new Map(),
    state: "open",
    checks: "none",
    ttlSeconds: 600,
    maxSeconds: 7200,
    onTunnel: (stream) => void stream.pipe(stream),
    async down() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
    async up() {
      server = make();
      await listen(server, gateway.port);
    },
  };

  const make = (): Server => {
    const made = createServer({ key: tls.key, cert: tls.cert }, (request, response) => {
      const path = request.url ?? "";
      gateway.requests.push(`${request.method} ${path}`);
      let body = "";
      request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      request.on("end", () => {
        const say = (status: number, value: unknown): void => {
          response.writeHead(status, {
            "content-type": status < 400 ? "application/json" : "application/problem+json",
          });
          response.end(JSON.stringify(value));
        };
        const other = gateway.answers.get(path)?.shift();
        if (other !== undefined) return say(other.status, other.body);
        if (path === "/.well-known/gate") {
          return say(200, {
            issuer: gateway.url,
            audience: gateway.url,
            token_endpoint: `${gateway.url}/v1/token`,
            tunnel: `${gateway.url}/v1/tunnel`,
            vkey: "gate+00000000+AAAA",
            checks: gateway.checks,
            version: "0",
          });
        }
        if (path === "/v1/token") {
          const form = new URLSearchParams(body);
          gateway.exchanges.push(form);
          if (request.headers.dpop === undefined) return say(400, { code: "invalid_dpop" });
          return say(200, {
            access_token: `token-${gateway.exchanges.length}`,
            issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
            token_type: "DPoP",
            expires_in: gateway.ttlSeconds,
            max_expires_at: Math.floor(1_700_000_000 + gateway.maxSeconds),
            session_id: "ses_1",
            trust_rule: "deploy",
            authorization_details: [
              { type: "gate_grant", grant: "orders-db", target: "orders-db", protocol: "postgres", database: "orders" },
            ],
          });
        }
        if (path === "/v1/sessions/ses_1") {
          return say(200, { id: "ses_1", state: gateway.state, verdicts: { allow: 1, hold: 0, deny: 2 } });
        }
        if (path === "/v1/sessions/ses_1/close") {
          gateway.state = "closed";
          return say(200, { session_id: "ses_1", entries: 3, root: "cm9vdA==", checkpoint: "note" });
        }
        if (path === "/v1/sessions/ses_1/recording") {
          response.writeHead(200, { "content-type": "application/x-tar" });
          return response.end(Buffer.alloc(1024));
        }
        say(404, { code: "not_found", title: "no such thing" });
      });
    });
    made.on("upgrade", (request, stream: Duplex, head: Buffer) => {
      gateway.requests.push(`UPGRADE ${request.url}`);
      const other = gateway.answers.get("/v1/tunnel")?.shift();
      if (other !== undefined) {
        const body = JSON.stringify(other.body);
        stream.end(
          `HTTP/1.1 ${other.status} No\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
        );
        return;
      }
      gateway.tunnels.push(request.headers);
      stream.write("HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: gate-tunnel\r\n\r\n");
      if (head.length > 0) stream.unshift(head);
      stream.on("error", () => stream.destroy());
      gateway.onTunnel(stream);
    });
    made.on("secureConnection", () => (gateway.connections += 1));
    made.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
    made.on("tlsClientError", () => undefined);
    return made;
  };

  server = make();
  await listen(server, 0);
  const port = (server.address() as AddressInfo).port;
  return Object.assign(gateway, { port, url: `https://localhost:${port}` });
}

function listen(server: PlainServer | Server, port: number): Promise<void> {
  return new Promise((resolve) => void server.listen(port, "127.0.0.1", () => resolve()));
}
