/** Requests and answers through the gate at a real server: what streams, what waits, what is refused, what is recorded. */
import { afterEach, describe, expect, test } from "@jest/globals";
import { createHash, randomBytes } from "node:crypto";
import http from "node:http";
import net from "node:net";
import { verifyBundle } from "@gate/recording";
import { eventually } from "../../packages/testkit/src/conformance.ts";
import type { Harness, HarnessOptions } from "../../packages/testkit/src/harness.ts";
import { ask, basic, gateTo, raw, startTarget, type Answer, type Target } from "./http-fixture.ts";

const POLICY = `rules:
  main:
  - {id: all, effect: allow, match: {method: [GET, HEAD, POST, PUT, OPTIONS], path: /**},
     unless: {path: [/held, /held/**, /refunds]}}
  - {id: ask, effect: hold, approval: someone, match: {path: [/held, /held/**, /refunds]}}
approvals:
  someone: {from: ["person:dana"], count: 1, timeout: 1m}
`;

let target: Target;
let gate: Harness;

async function start(answer?: Answer, more: Partial<HarnessOptions> & { keys?: Record<string, unknown> } = {}) {
  target = await startTarget(answer);
  gate = await gateTo(target.port, POLICY, more);
}

afterEach(async () => {
  await gate.stop();
  await target.close();
});

describe("an answer", () => {
  test("comes with its status, headers, body and trailers", async () => {
    await start((_request, response) => {
      response.writeHead(201, "Made", { "x-a": "1", "set-cookie": ["a=1; Domain=x; Secure", "b=2"], trailer: "x-sum" });
      response.write("one ");
      response.addTrailers({ "x-sum": "42" });
      response.end("two");
    });
    const got = await ask(gate, { path: "/a" });
    expect(got).toMatchObject({ status: 201, text: "one two" });
    expect(got.headers).toMatchObject({ "x-a": "1", "set-cookie": ["a=1", "b=2"] });
    expect(got.trailers).toEqual({ "x-sum": "42" });
  });

  test.each([204, 304])("of %i has no body, and the connection goes on", async (status) => {
    await start((_request, response) => {
      response.writeHead(status, { etag: '"x"' });
      response.end();
    });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let count = 0; count < 3; count += 1) {
      const got = await ask(gate, { path: "/a", agent });
      expect(got).toMatchObject({ status, text: "" });
      expect(got.headers.etag).toBe('"x"');
    }
    agent.destroy();
  });

  test("to HEAD keeps the length of what GET would have", async () => {
    await start((_request, response) => {
      response.writeHead(200, { "content-length": "1234" });
      response.end();
    });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const got = await ask(gate, { method: "HEAD", path: "/a", agent });
    expect(got).toMatchObject({ status: 200, text: "" });
    expect(got.headers["content-length"]).toBe("1234");
    expect((await ask(gate, { method: "HEAD", path: "/b", agent })).status).toBe(200);
    agent.destroy();
  });

  test("that is compressed goes on as it is", async () => {
    const body = randomBytes(100);
    await start((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip", "content-type": "application/json" });
      response.end(body);
    });
    expect((await ask(gate, { path: "/a" })).body).toEqual(body);
  });

  test("that streams is seen while it streams", async () => {
    let send = (_text: string): void => undefined;
    await start((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
      send = (text) => response.write(text);
    });
    const events = await new Promise<string[]>((resolve, reject) => {
      const seen: string[] = [];
      http
        .get({ port: gate.port, auth: `gate:${gate.password}`, path: "/events", agent: false }, (response) => {
          send("data: 1\n\n");
          response.on("data", (chunk: Buffer) => {
            seen.push(chunk.toString());
            if (seen.length < 3) send(`data: ${seen.length + 1}\n\n`);
            else {
              response.destroy();
              resolve(seen);
            }
          });
        })
        .on("error", reject);
    });
    expect(events).toEqual(["data: 1\n\n", "data: 2\n\n", "data: 3\n\n"]);
  });

  test("that breaks off is seen to break off", async () => {
    await start((_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half");
      setTimeout(() => response.destroy(), 20);
    });
    await expect(ask(gate, { path: "/a" })).rejects.toThrow();
    await eventually(async () => (await gate.entries()).some((entry) => entry.type === "result" && !entry.ok));
  });
});

describe("a request", () => {
  test("carries the target's credential and nothing that the client said in its place", async () => {
    await start(undefined, {
      keys: { credential: { headers: { Authorization: "Bearer of-the-target", "X-Team": "shop" } } },
    });
    await ask(gate, {
      path: "/a",
      anonymous: true,
      headers: { "gate-endpoint": gate.password, authorization: "Bearer mine", "x-team": "other" },
    });
    expect(target.requests.at(-1)?.headers).toMatchObject({ authorization: "Bearer of-the-target", "x-team": "shop" });
    expect(target.requests.at(-1)?.headers["gate-endpoint"]).toBeUndefined();
  });

  test("carries the client's own Authorization only where the target says so", async () => {
    const headers = { "gate-endpoint": "", authorization: "Bearer mine" };
    await start();
    headers["gate-endpoint"] = gate.password;
    await ask(gate, { path: "/a", anonymous: true, headers });
    expect(target.requests.at(-1)?.headers.authorization).toBeUndefined();
    await gate.stop();
    gate = await gateTo(target.port, POLICY, { keys: { forward_authorization: true } });
    headers["gate-endpoint"] = gate.password;
    await ask(gate, { path: "/a", anonymous: true, headers });
    expect(target.requests.at(-1)?.headers.authorization).toBe("Bearer mine");
    await ask(gate, { path: "/a" });
    expect(target.requests.at(-1)?.headers.authorization).toBeUndefined();
  });

  test("goes below the target's base path, and links come back without it", async () => {
    target = await startTarget((request, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${target.port}/v2/orders?from=${request.url ?? ""}` });
      response.end();
    });
    const { startHarness } = await import("../../packages/testkit/src/harness.ts");
    const { http: protocol } = await import("@gate/protocols/http");
    gate = await startHarness({ protocol, target: { address: `http://127.0.0.1:${target.port}/v2` }, policy: POLICY });
    const got = await ask(gate, { path: "/a" });
    expect(target.seen()).toEqual(["GET /v2/a"]);
    expect(got.headers.location).toBe("/orders?from=/v2/a");
  });

  test("that waits for 100 is told to go on by the gate, and not when it is refused", async () => {
    await start((_request, response, body) => response.end(`got ${body.length}`));
    const send = (path: string): Promise<{ continued: boolean; text: string }> =>
      new Promise((resolve, reject) => {
        let continued = false;
        const request = http.request({
          port: gate.port,
          auth: `gate:${gate.password}`,
          method: path === "/never" ? "DELETE" : "POST",
          path,
          headers: { expect: "100-continue", "content-length": "5" },
          agent: false,
        });
        request.flushHeaders();
        request.on("continue", () => {
          continued = true;
          request.end("hello");
        });
        request.on("response", (response) => {
          let text = "";
          response.on("data", (chunk: Buffer) => (text += chunk.toString()));
          response.on("end", () => {
            request.destroy();
            resolve({ continued, text });
          });
        });
        request.on("error", reject);
      });
    expect(await send("/a")).toEqual({ continued: true, text: "got 5" });
    const refused = await send("/never");
    expect(refused.continued).toBe(false);
    expect(refused.text).toContain("gate: denied by rule");
  });

  test("with an expectation that nobody knows is told so", async () => {
    await start();
    expect((await ask(gate, { path: "/a", headers: { expect: "tea" } })).status).toBe(417);
  });

  test("of a pipeline is answered in its turn, and runs after the one before it", async () => {
    const running: string[] = [];
    await start((request, response) => {
      running.push(`begin ${request.url ?? ""}`);
      setTimeout(
        () => {
          running.push(`end ${request.url ?? ""}`);
          response.end(request.url);
        },
        request.url === "/1" ? 60 : 1,
      );
    });
    const one = (path: string, more = ""): string =>
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}Authorization: ${basic(gate)}\r\n\r\n`;
    // The last one asks for the connection's end, so that nothing here waits for a time.
    const answer = await raw(gate.port, one("/1") + one("/2") + one("/3", "Connection: close\r\n"));
    expect([...answer.matchAll(/\r\n(\/\d)/g)].map((match) => match[1])).toEqual(["/1", "/2", "/3"]);
    expect(running).toEqual(["begin /1", "end /1", "begin /2", "end /2", "begin /3", "end /3"]);
  });

  test("of HTTP/1.0 is answered like one", async () => {
    await start();
    const answer = await raw(gate.port, `GET /a HTTP/1.0\r\nAuthorization: ${basic(gate)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain("did GET /a");
    expect(answer).not.toContain("chunked");
  });

  test("one after the other, a thousand on one connection", async () => {
    await start();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let count = 0; count < 1_000; count += 1) {
      const got = await ask(gate, { path: `/${count}`, agent });
      if (got.text !== `did GET /${count}`) throw new Error(got.text);
    }
    agent.destroy();
    expect(target.seen()).toHaveLength(1_000);
    expect(gate.events.filter(({ kind }) => kind === "connection-opened")).toHaveLength(1);
  });
});

describe("a refusal", () => {
  test("is a problem that says rule, session, entry and what is allowed", async () => {
    await start();
    const got = await ask(gate, { method: "DELETE", path: "/a" });
    expect(got.status).toBe(403);
    expect(got.headers["content-type"]).toBe("application/problem+json");
    expect(JSON.parse(got.text)).toMatchObject({
      status: 403,
      rule: "default",
      session: gate.session.id,
      entry: expect.any(Number) as unknown,
      hint: expect.stringContaining("GET") as unknown,
    });
  });

  test("of a target that nobody answers for is 502, and is on the record", async () => {
    await start();
    await target.close();
    const got = await ask(gate, { path: "/a" });
    expect(got.status).toBe(502);
    expect(got.text).toContain("gate: target unreachable");
    expect(got.text).not.toContain(String(target.port));
    await eventually(async () =>
      (await gate.entries()).some((entry) => entry.type === "result" && entry.outcome === "UPSTREAM_UNREACHABLE"),
    );
  });

  test("of an answer that takes too long is 504", async () => {
    await start(() => undefined, { grantKeys: "limits: {statement_time: 200ms}" });
    const got = await ask(gate, { path: "/a" });
    expect(got.status).toBe(504);
  });

  test("of an answer that is no HTTP is 502", async () => {
    const server = net.createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end("SSH-2.0-x\r\n"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    await start();
    await gate.stop();
    gate = await gateTo((server.address() as net.AddressInfo).port, POLICY);
    expect((await ask(gate, { path: "/a" })).status).toBe(502);
    server.close();
  });

  test.each([
    ["two lengths", "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"],
    ["length and chunked", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"],
  ])("of an answer framed in two ways (%s) hands nothing on behind it", async (_name, rest) => {
    const server = net.createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", () =>
        socket.write(`HTTP/1.1 200 OK\r\n${rest}HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled`),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    await start();
    await gate.stop();
    gate = await gateTo((server.address() as net.AddressInfo).port, POLICY);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let count = 0; count < 2; count += 1) {
      const got = await ask(gate, { path: "/a", agent }).catch(() => undefined);
      expect(got?.text ?? "").not.toContain("smuggled");
    }
    agent.destroy();
    server.close();
  });

  test("of an answer above the grant's bytes cuts it off", async () => {
    await start((_request, response) => response.end(Buffer.alloc(400_000)), { grantKeys: "limits: {bytes: 100KB}" });
    await expect(ask(gate, { path: "/a" })).rejects.toThrow();
    expect((await ask(gate, { method: "HEAD", path: "/b" })).status).toBe(200);
  });
});

describe("a held request", () => {
  const refund = {
    method: "POST",
    path: "/refunds",
    body: '{"amount":1}',
    headers: { "content-type": "application/json" },
  };

  test("waits, and runs with exactly the body that people saw", async () => {
    await start((_request, response, body) => response.end(body));
    const answer = ask(gate, refund);
    const hold = await gate.pendingHold();
    expect(hold.commandText).toContain("POST /refunds");
    expect(hold.commandText).toContain(createHash("sha256").update(refund.body).digest("hex"));
    // People read what they approve; the record holds no bodies.
    expect(hold.commandText).toContain(`\n\n${refund.body}`);
    expect(JSON.stringify(await gate.entries())).not.toContain(JSON.stringify(refund.body).slice(1, -1));
    await gate.vote("approve");
    expect((await answer).text).toBe(refund.body);
    expect((await verifyBundle(await gate.close(), { vkeys: [gate.signer.vkey] })).status).toBe("valid");
  });

  test("does not wait when the client prefers not to; the same request again uses the approval", async () => {
    await start();
    const async = { ...refund, headers: { ...refund.headers, prefer: "respond-async" } };
    const first = await ask(gate, async);
    expect(first.status).toBe(202);
    const location = first.headers.location ?? "";
    expect(location).toMatch(/^\/\.gate\/holds\/hold_/);
    const state = async (): Promise<unknown> =>
      (JSON.parse((await ask(gate, { path: location })).text) as { state: unknown }).state;
    expect(await state()).toBe("pending");
    // Asking again before anybody answered asks nobody twice.
    expect((await ask(gate, async)).headers.location).toBe(location);
    expect(await gate.store.holds({ state: "pending" })).toHaveLength(1);
    expect(target.seen()).toEqual([]);
    await gate.vote("approve");
    expect(await state()).toBe("approved");
    expect(target.seen()).toEqual([]);
    const other = await ask(gate, { ...async, body: '{"amount":2}' });
    expect(other.status).toBe(202);
    expect(target.seen()).toEqual([]);
    expect(await ask(gate, async)).toMatchObject({ status: 200, text: "did POST /refunds" });
    expect(await state()).toBe("spent");
    expect(target.seen()).toEqual(["POST /refunds"]);
    expect((await ask(gate, async)).status).toBe(202);
    const report = await verifyBundle(await gate.close(), { vkeys: [gate.signer.vkey] });
    expect(report.findings).toEqual([]);
    expect(report.status).toBe("valid");
  });

  test("waits as long as the client says, then is told where to ask", async () => {
    await start();
    const got = await ask(gate, { ...refund, headers: { ...refund.headers, prefer: "wait=0" } });
    expect(got.status).toBe(202);
    const waiting = ask(gate, { ...refund, headers: { ...refund.headers, prefer: "wait=30" } });
    await eventually(async () => (await gate.entries()).filter((entry) => entry.type === "verdict").length === 2);
    await gate.vote("approve");
    expect((await waiting).status).toBe(200);
  });

  test("is told no in the approver's words", async () => {
    await start();
    const answer = ask(gate, refund);
    await gate.vote("deny");
    const got = await answer;
    expect(got.status).toBe(403);
    expect(got.text).toContain("said no");
  });

  test("has a body of bounded size", async () => {
    await start();
    const got = await ask(gate, { ...refund, body: Buffer.alloc(17 * 1024 * 1024) }).catch((error: Error) => error);
    if (!(got instanceof Error)) expect(got.status).toBe(413);
    expect(await gate.store.holds()).toEqual([]);
    expect(target.seen()).toEqual([]);
  });

  test("of another session, or of nobody, is not told about", async () => {
    await start();
    expect((await ask(gate, { path: "/.gate/holds/hold_x" })).status).toBe(404);
    expect((await ask(gate, { path: "/.gate/holds/../holds/" })).status).toBe(404);
    expect((await ask(gate, { path: "/.gate/anything" })).status).toBe(404);
    expect((await ask(gate, { path: "/.gate/holds/x", anonymous: true })).status).toBe(401);
    expect(target.seen()).toEqual([]);
  });
});

describe("the record", () => {
  test("has method, canonical path, status, sizes and digests of bodies, and no body", async () => {
    await start((_request, response, body) => response.end(Buffer.concat([Buffer.from("echo "), body])), {
      keys: { credential: { headers: { Authorization: "Bearer of-the-target" } } },
    });
    await ask(gate, { method: "POST", path: "/a//b?x=%61", body: "private text", headers: { cookie: "sid=private" } });
    const reader = await gate.close();
    const entries = await gate.entries();
    const verdict = entries.find((entry) => entry.type === "verdict");
    const result = entries.find((entry) => entry.type === "result");
    expect(verdict?.command.text).toContain("POST /a/b?x=a");
    expect(verdict?.facts.fields).toMatchObject({
      path: { items: [{ name: "/a/b" }] },
      query: { entries: { x: ["a"] } },
    });
    expect(result).toMatchObject({
      of: verdict?.seq,
      outcome: "200",
      ok: true,
      bytes: 17,
      digests: {
        request: createHash("sha256").update("private text").digest("hex"),
        answer: createHash("sha256").update("echo private text").digest("hex"),
      },
    });
    const whole = JSON.stringify(entries);
    for (const secret of ["private text", "of-the-target", "sid=private", gate.password])
      expect(whole).not.toContain(secret);
    expect((await verifyBundle(reader, { vkeys: [gate.signer.vkey] })).status).toBe("valid");
  });

  test("of a session that ends: what runs is cut, the next is refused", async () => {
    await start((request, response) => {
      if (request.url === "/slow") response.write("begin");
      else response.end("ok");
    });
    const cut = new Promise<string>((resolve, reject) => {
      http
        .get({ port: gate.port, auth: `gate:${gate.password}`, path: "/slow", agent: false }, (response) => {
          response.resume();
          response.once("data", () => void gate.close("revoked"));
          response.once("error", (error) => resolve(error.message));
          response.once("end", () => reject(new Error("the answer ended as if it were whole")));
        })
        .on("error", reject);
    });
    expect(await cut).toContain("aborted");
    await expect(ask(gate, { path: "/a" })).rejects.toThrow();
  });
});
