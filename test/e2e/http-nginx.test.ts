/** A real nginx behind the gate: ordinary clients, and bytes that no client would send. Asserted in nginx's log. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import fc from "fast-check";
import { spawnSync } from "node:child_process";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import { run } from "../world.ts";
import { basic, gateTo, raw } from "./http-fixture.ts";
import { NGINX, startNginx, type Nginx } from "./nginx.ts";
import { suiteWith, testWith } from "../../packages/testkit/src/parts.ts";

const POLICY = `rules:
  main:
  - {id: read, effect: allow, match: {method: [GET, HEAD], path: /public/**}}
  - {id: write, effect: allow, match: {method: [POST, PUT], path: /public/**}}
`;
const withNginx = suiteWith(NGINX !== undefined, "the package nginx-light");
const has = (program: string): boolean => spawnSync(program, ["--version"]).status === 0;
const withCurl = testWith(has("curl"), "the package curl");
const withPython = testWith(has("python3"), "python3");

withNginx("nginx behind the gate", () => {
  let nginx: Nginx;
  let gate: Harness;

  beforeAll(async () => {
    nginx = await startNginx({
      server: `
    location /public/file { default_type application/octet-stream; return 200 "0123456789"; }
    location /public/moved { return 301 /public/there; }
    location / { default_type text/plain; return 200 "nginx $request_method $request_uri\\n"; }`,
    });
  });
  afterAll(() => nginx.stop());
  beforeEach(async () => {
    gate = await gateTo(nginx.port, POLICY);
    await nginx.seen();
  });
  afterEach(() => gate.stop());

  withCurl("curl works with the endpoint's address alone", async () => {
    const url = `http://gate:${gate.password}@127.0.0.1:${gate.port}`;
    const curl = (...args: string[]) => run("curl", ["-sS", "-m", "10", ...args]);
    expect((await curl(`${url}/public/a?b=1`)).stdout).toBe("nginx GET /public/a?b=1\n");
    expect((await curl("-d", "x=1", `${url}/public/a`)).stdout).toBe("nginx POST /public/a\n");
    expect((await curl("-L", `${url}/public/moved`)).stdout).toBe("nginx GET /public/there\n");
    expect((await curl("-I", `${url}/public/a`)).stdout).toMatch(/^HTTP\/1\.1 200 OK/);
    expect((await curl("--compressed", "-H", "Range: bytes=2-4", `${url}/public/file`)).stdout).toBe("0123456789");
    const refused = await curl("-w", "%{http_code}", "-X", "DELETE", `${url}/public/a`);
    expect(refused.stdout).toContain('gate: denied by rule \\"default\\"');
    expect(refused.stdout).toMatch(/403$/);
    expect((await curl("-T", "/etc/hostname", `${url}/public/upload`)).stdout).toBe("nginx PUT /public/upload\n");
    expect(await nginx.seen()).not.toContainEqual(expect.stringContaining("DELETE"));
  });

  withPython("Python works with the endpoint's address alone", async () => {
    const script = `
import base64, json, sys, urllib.error, urllib.parse, urllib.request
url = urllib.parse.urlsplit(sys.argv[1])
token = base64.b64encode(f"{url.username}:{url.password}".encode()).decode()
def ask(method, path, data=None):
    request = urllib.request.Request(f"http://{url.hostname}:{url.port}{path}", data=data, method=method, headers={"Authorization": f"Basic {token}"})
    try:
        return urllib.request.urlopen(request, timeout=60).read().decode()
    except urllib.error.HTTPError as error:
        return f"{error.code} {json.loads(error.read())['rule']}"
print(ask("GET", "/public/a"), ask("POST", "/public/a", b"x"), ask("DELETE", "/public/a"), sep="|")
`;
    const { stdout, stderr } = await run("python3", [
      "-c",
      script,
      `http://gate:${gate.password}@127.0.0.1:${gate.port}`,
    ]);
    expect(stderr).toBe("");
    expect(stdout).toBe("nginx GET /public/a\n|nginx POST /public/a\n|403 default\n");
  });

  test("fetch works with the secret alone", async () => {
    const origin = `http://127.0.0.1:${gate.port}`;
    const got = await fetch(`${origin}/public/a`, { headers: { "gate-endpoint": gate.password } });
    expect(await got.text()).toBe("nginx GET /public/a\n");
    const bearer = await fetch(`${origin}/public/b`, {
      method: "POST",
      body: "x",
      headers: { authorization: `Bearer ${gate.password}` },
    });
    expect(await bearer.text()).toBe("nginx POST /public/b\n");
    expect((await fetch(`${origin}/public/a`)).status).toBe(401);
  });

  /** What reached nginx may only ever be what the rules name, by this host's name, and never more than was sent. */
  const honest = (lines: readonly string[], sent: number): void => {
    for (const line of lines)
      expect(line).toMatch(new RegExp(`^(?:GET|HEAD|POST|PUT) /public/\\S* 127\\.0\\.0\\.1:${nginx.port}$`));
    expect(lines.length).toBeLessThanOrEqual(sent);
    for (const line of lines) expect(line).not.toMatch(/smuggled|admin|\.\./);
  };

  test("bytes changed anywhere in a request never make a second one, nor another one", async () => {
    const template = (): string =>
      `POST /public/a?x=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${basic(gate)}\r\nContent-Type: text/plain\r\nContent-Length: 52\r\nX-Note: one\r\n\r\nGET /public/smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nx`;
    const noise = fc.constantFrom(
      "\r",
      "\n",
      "\r\n",
      "\0",
      " ",
      "\t",
      ":",
      ";",
      ",",
      "\x0b",
      "\x7f",
      "\xff",
      "%",
      "/",
      "\\",
      "0",
      "chunked",
    );
    const line = fc.constantFrom(
      "\r\nTransfer-Encoding: chunked",
      "\r\nTransfer-Encoding : chunked",
      "\r\ntransfer-encoding:\tchunked",
      "\r\nTransfer-Encoding: xchunked",
      "\r\nContent-Length: 0",
      "\r\nContent-Length: 052",
      "\r\n Content-Length: 0",
      "\nContent-Length: 0",
      "\r\nConnection: Content-Length",
      "\r\nExpect: 100-continue",
      "\r\nUpgrade: h2c\r\nConnection: Upgrade",
      "\r\nX-HTTP-Method-Override: DELETE",
    );
    const change = fc.record({ at: fc.nat(400), drop: fc.nat(2), text: fc.oneof(noise, line, fc.constant("")) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        let bytes = template();
        for (const { at, drop, text } of changes) {
          const place = at % bytes.length;
          bytes = bytes.slice(0, place) + text + bytes.slice(place + drop);
        }
        await raw(gate.port, bytes, 60);
      }),
      { numRuns: 250 },
    );
    honest(await nginx.seen(), 250);
  }, 120_000);

  test("chunked bodies changed anywhere never make a second request", async () => {
    const template = (): string =>
      `POST /public/a HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${basic(gate)}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n2e\r\nGET /public/smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n0\r\n\r\n`;
    const start = template().indexOf("\r\n\r\n");
    const noise = fc.constantFrom(
      "\r",
      "\n",
      ";a=b",
      ";",
      "\0",
      " ",
      "0",
      "f",
      "-",
      "+",
      "0x",
      "\r\n0\r\n\r\n",
      "ffffffffffffffff",
      '"',
    );
    const change = fc.record({ at: fc.nat(200), drop: fc.nat(3), text: noise });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        let bytes = template();
        for (const { at, drop, text } of changes) {
          const place = start + (at % (bytes.length - start));
          bytes = bytes.slice(0, place) + text + bytes.slice(place + drop);
        }
        await raw(gate.port, bytes, 60);
      }),
      { numRuns: 150 },
    );
    honest(await nginx.seen(), 150);
  }, 120_000);

  test("whatever stands for the path, nginx serves what was judged", async () => {
    const piece = fc.constantFrom(
      "/",
      "//",
      "..",
      ".",
      "%2e",
      "%2E%2e",
      "%2f",
      "%5c",
      "\\",
      ";",
      "a",
      "admin",
      "public",
      "%61",
      "%00",
      "%25",
      "?",
      "#",
      "&",
      "=",
      "%",
      "~",
      ":",
      "@",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 10 }), async (pieces) => {
        const target = `/public/${pieces.join("")}`;
        await raw(
          gate.port,
          `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: ${basic(gate)}\r\n\r\n`,
        );
      }),
      { numRuns: 200 },
    );
    const lines = await nginx.seen();
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const [, target = ""] = line.split(" ");
      const [path = ""] = target.split("?");
      expect(path).toMatch(/^\/public\//);
      expect(path).not.toMatch(/\/\/|\/\.{1,2}(?:\/|$)|[\\;#]|%2f|%5c|%00|%2e|%61/i);
    }
    const judged = (await gate.entries()).flatMap((entry) => (entry.type === "verdict" ? [entry] : []));
    const allowed = judged.filter(({ verdict }) => verdict === "allow").map(({ command }) => command.text);
    expect(lines.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual(allowed);
  }, 120_000);
});
