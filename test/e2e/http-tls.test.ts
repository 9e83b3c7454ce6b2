/** The way to the target: TLS in every mode, client certificates, HTTP/2, and tokens of an OAuth 2.0 server. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import http from "node:http";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";
import { authority, type Authority, type Leaf } from "../../packages/testkit/src/certificates.ts";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import { ask, gateTo, startTarget, type Target } from "./http-fixture.ts";

const POLICY = `rules:
  main:
  - {id: all, effect: allow, match: {method: [GET, HEAD, POST], path: /**}}
`;

let ours: Authority;
let theirs: Authority;
let server: Leaf;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  [ours, theirs] = await Promise.all([authority("ours"), authority("theirs")]);
  server = await ours.issue("localhost", { server: true });
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function gate(target: { port: number }, tls: Record<string, unknown>, keys = {}): Promise<Harness> {
  const harness = await gateTo(target.port, POLICY, { scheme: "https", keys: { tls, ...keys } });
  stops.push(() => harness.stop());
  return harness;
}

async function secureTarget(options: { cert: string; key: string; ca?: string } = server): Promise<Target> {
  const target = await startTarget((request, response) => {
    const socket = request.socket as unknown as { getPeerCertificate(): { subject?: { CN?: string } } };
    response.end(`by ${socket.getPeerCertificate().subject?.CN ?? "nobody"}`);
  }, options);
  stops.push(() => target.close());
  return target;
}

describe("TLS to the target", () => {
  test("is verified against the authority that is configured", async () => {
    const target = await secureTarget();
    expect((await ask(await gate(target, { ca: ours.cert }), { path: "/" })).text).toBe("by nobody");
  });

  test.each([
    ["another authority", () => ({ ca: theirs.cert }), /UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_VERIFY|SELF_SIGNED/],
    ["the system's roots", () => ({}), /UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_VERIFY|SELF_SIGNED/],
  ])("is refused with %s, and nothing is sent", async (_name, tls, why) => {
    const target = await secureTarget();
    const got = await ask(await gate(target, tls()), { path: "/" });
    expect(got.status).toBe(502);
    expect(got.text).toMatch(why);
    expect(target.seen()).toEqual([]);
  });

  test("is refused for another name, unless only the authority counts", async () => {
    const other = await ours.issue("other.internal", { server: false });
    const target = await secureTarget(other);
    const refused = await ask(await gate(target, { ca: ours.cert }), { path: "/" });
    expect(refused).toMatchObject({ status: 502 });
    expect(target.seen()).toEqual([]);
  });

  test("needs no authority where only encryption is asked for", async () => {
    const target = await secureTarget();
    expect((await ask(await gate(target, { mode: "require" }), { path: "/" })).status).toBe(200);
  });

  test("is refused when the certificate has expired", async () => {
    const target = await secureTarget(await ours.issue("localhost", { server: true, days: -1 }));
    const got = await ask(await gate(target, { ca: ours.cert }), { path: "/" });
    expect(got).toMatchObject({ status: 502 });
    expect(got.text).toContain("CERT_HAS_EXPIRED");
  });

  test("shows the client certificate that is configured", async () => {
    const target = await secureTarget({ ...server, ca: ours.cert });
    const client = await ours.issue("gate-client", { server: false });
    const with_ = await gate(target, { ca: ours.cert, cert: client.cert, key: client.key });
    expect((await ask(with_, { path: "/" })).text).toBe("by gate-client");
    expect((await ask(await gate(target, { ca: ours.cert }), { path: "/" })).status).toBe(502);
  });

  test("is never replaced by clear text", async () => {
    const target = await startTarget();
    stops.push(() => target.close());
    const got = await ask(await gate(target, { mode: "require" }), { path: "/" });
    expect(got.status).toBe(502);
    expect(target.seen()).toEqual([]);
  });
});

describe("a target that offers HTTP/2", () => {
  test("gets it: bodies, streams and trailers as over HTTP/1.1", async () => {
    const versions: string[] = [];
    const h2 = http2.createSecureServer(
      { cert: server.cert, key: server.key, allowHTTP1: true },
      (request, response) => {
        versions.push(request.httpVersion);
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.on("end", () => {
          const res = response;
          res.writeHead(200, { "x-path": request.url, "set-cookie": ["a=1", "b=2"] });
          res.write(`got ${Buffer.concat(chunks).length} `);
          res.addTrailers({ "x-sum": "7" });
          res.end("bytes");
        });
      },
    );
    await new Promise<void>((resolve) => h2.listen(0, "127.0.0.1", resolve));
    stops.push(() => new Promise((resolve) => h2.close(resolve)));
    const harness = await gate({ port: (h2.address() as AddressInfo).port }, { ca: ours.cert });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (const size of [0, 5, 2_000_000]) {
      const body = size === 0 ? undefined : Buffer.alloc(size, 1);
      const got = await ask(harness, {
        method: size === 0 ? "GET" : "POST",
        path: `/a?s=${size}`,
        agent,
        // Without a type it could be a form, and a form could change the method: too large to read, it would be denied.
        ...(body === undefined ? {} : { body, headers: { "content-type": "application/octet-stream" } }),
      });
      expect(got).toMatchObject({ status: 200, text: `got ${size} bytes`, trailers: { "x-sum": "7" } });
      expect(got.headers).toMatchObject({ "x-path": `/a?s=${size}`, "set-cookie": ["a=1", "b=2"] });
    }
    agent.destroy();
    await harness.close();
    expect(versions).toEqual(["2.0", "2.0", "2.0"]);
  });
});

describe("a token of an OAuth 2.0 server", () => {
  let issuer: string;
  let tokens: http.Server;
  let issued = 0;
  let asked = 0;
  const valid = new Set<string>();

  beforeAll(async () => {
    tokens = http.createServer();
    await new Promise<void>((resolve) => tokens.listen(0, "127.0.0.1", resolve));
    issuer = `http://127.0.0.1:${(tokens.address() as AddressInfo).port}`;
    const silent = console.warn;
    console.warn = () => undefined;
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: "gate",
          client_secret: "client secret:with%signs",
          redirect_uris: [],
          response_types: [],
          grant_types: ["client_credentials"],
          scope: "billing",
        },
      ],
      scopes: ["billing"],
      ttl: { ClientCredentials: 600 },
      cookies: { keys: ["cookie-key-for-tests-only"] },
      features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    });
    console.warn = silent;
    const callback = provider.callback();
    tokens.on("request", (request: http.IncomingMessage, response: http.ServerResponse) => {
      asked += 1;
      void callback(request, response);
    });
    (provider as unknown as NodeJS.EventEmitter).on("client_credentials.saved", (token: { jti: string }) => {
      issued += 1;
      valid.add(token.jti);
    });
  });
  afterAll(() => new Promise((resolve) => tokens.close(resolve)));

  async function protectedTarget(): Promise<Target> {
    const target = await startTarget((request, response) => {
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
      response.statusCode = valid.has(token) ? 200 : 401;
      response.end(request.method);
    });
    stops.push(() => target.close());
    return target;
  }
  const credential = (more = {}) => ({
    credential: {
      oauth2: {
        token_url: `${issuer}/token`,
        client_id: "gate",
        client_secret: "client secret:with%signs",
        scope: "billing",
        ...more,
      },
    },
  });

  test("is fetched once, used by every connection, and replaced when the target refuses it", async () => {
    const target = await protectedTarget();
    const harness = await gateTo(target.port, POLICY, { keys: credential() });
    stops.push(() => harness.stop());
    const before = issued;
    const many = await Promise.all([1, 2, 3, 4].map((at) => ask(harness, { path: `/${at}` })));
    expect(many.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(issued).toBe(before + 1);
    valid.clear();
    expect((await ask(harness, { path: "/again" })).status).toBe(200);
    expect(issued).toBe(before + 2);
    expect(target.seen().filter((line) => line === "GET /again")).toHaveLength(2);
  });

  test("is not tried twice for a request that does something", async () => {
    const target = await protectedTarget();
    const harness = await gateTo(target.port, POLICY, { keys: credential() });
    stops.push(() => harness.stop());
    expect((await ask(harness, { path: "/" })).status).toBe(200);
    valid.clear();
    target.seen();
    expect((await ask(harness, { method: "POST", path: "/pay", body: "x" })).status).toBe(401);
    expect(target.seen()).toEqual(["POST /pay"]);
  });

  test("that cannot be had is 502, and nothing is sent to the target", async () => {
    const target = await protectedTarget();
    const harness = await gateTo(target.port, POLICY, { keys: credential({ client_secret: "wrong" }) });
    stops.push(() => harness.stop());
    const before = asked;
    const got = await ask(harness, { path: "/" });
    expect(got.status).toBe(502);
    expect(got.text).toContain("no access token");
    expect(asked).toBe(before + 1);
    expect(target.seen()).toEqual([]);
  });
});
