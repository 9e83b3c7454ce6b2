import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { authority, type Authority } from "@gate/testkit";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fakeGateway, type FakeGateway } from "../test/fake-gateway.ts";
import { start, stop, type Started } from "./connect.ts";
import { askControl } from "./control.ts";

const ENTRY = fileURLToPath(new URL("index.ts", import.meta.url));
const TOKEN = "header.subjectsecret.signature";
const GITHUB_TOKEN = "ghs_token-of-the-job";
let ca: Authority;
let gateway: FakeGateway;
let temp: string;
const running: Started[] = [];

beforeAll(async () => {
  ca = await authority("job test CA");
  gateway = await fakeGateway(await ca.issue("localhost", { server: true }));
});

afterAll(() => gateway.down());

beforeEach(() => {
  temp = mkdtempSync(join(tmpdir(), "gate-test-"));
  writeFileSync(join(temp, "token"), TOKEN);
  gateway.state = "open";
  // The daemon lives on real time.
  gateway.maxSeconds = Date.now() / 1000 - 1_700_000_000 + 7200;
});

afterEach(async () => {
  for (const started of running.splice(0)) await stop(started);
  rmSync(temp, { recursive: true, force: true });
});

async function begin(options: { grants?: string[]; leasePid?: number } = {}): Promise<Started> {
  const started = await start({
    to: { mode: "gateway", gateway: gateway.url, ca: ca.cert },
    grants: options.grants ?? [],
    commitStatus: {
      apiUrl: "http://127.0.0.1:1",
      repository: "acme/shop",
      sha: "a".repeat(40),
      runUrl: "https://github.com/acme/shop/actions/runs/1",
      token: GITHUB_TOKEN,
    },
    subjectToken: { kind: "file", path: join(temp, "token") },
    tempDirectory: temp,
    entry: ENTRY,
    env: { ...process.env, PLANTED_SECRET: "planted", NODE_OPTIONS: "", RUNNER_TRACKING_ID: "github_1" },
    ...(options.leasePid === undefined ? {} : { leasePid: options.leasePid }),
  });
  running.push(started);
  return started;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie has no command line.
    return readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "";
  } catch {
    return false;
  }
}

describe("a job's session", () => {
  test("has a working endpoint as soon as start returns", async () => {
    const { endpoints } = await begin();
    const [endpoint] = endpoints;
    expect(endpoint).toMatchObject({ grant: "orders-db", host: "127.0.0.1", user: "gate", database: "orders" });
    const socket = connect({ host: "127.0.0.1", port: endpoint?.port ?? 0, allowHalfOpen: true });
    socket.end("hello");
    let back = "";
    for await (const chunk of socket) back += String(chunk);
    expect(back).toBe("hello");
  });

  test("keeps every secret out of the daemon's arguments, environment and log", async () => {
    const { control, closeToken, endpoints, directory } = await begin();
    const { pid } = await askControl(control, { op: "status" }, 30_000);
    const seen = ["cmdline", "environ"].map((name) => readFileSync(`/proc/${pid}/${name}`, "latin1")).join("\n");
    for (const secret of [closeToken, endpoints[0]?.password ?? "", TOKEN, GITHUB_TOKEN, "planted", ca.cert]) {
      expect(seen).not.toContain(secret);
      expect(readFileSync(join(directory, "daemon.log"), "utf8")).not.toContain(secret);
    }
    expect(seen).toContain("RUNNER_TRACKING_ID=github_1");
  });

  test("stays small", async () => {
    const { control } = await begin();
    const { pid } = await askControl(control, { op: "status" }, 30_000);
    const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
    expect(kilobytes).toBeLessThan(120_000);
  });

  test("has a directory and a socket that only its user can open", async () => {
    const { directory, control } = await begin();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(control.startsWith(directory)).toBe(true);
  });

  test("says what it is to everyone of the user, without secrets", async () => {
    const { control, endpoints, closeToken } = await begin();
    const status = await askControl(control, { op: "status" }, 30_000);
    expect(status).toMatchObject({
      sessionId: "ses_1",
      mode: "gateway",
      trustRule: "deploy",
      state: "open",
      verdicts: { allow: 1, hold: 0, deny: 2 },
    });
    const text = JSON.stringify(status);
    expect(text).not.toContain(endpoints[0]?.password);
    expect(text).not.toContain(closeToken);
  });

  test("cannot be ended by a step that does not have the token from the action's state", async () => {
    const { control } = await begin();
    const request = { op: "close", token: "guess", reason: "x" } as const;
    await expect(askControl(control, request, 30_000)).rejects.toMatchObject({ code: "JOB_CONTROL" });
    await expect(askControl(control, { op: "status" }, 30_000)).resolves.toMatchObject({ state: "open" });
  });

  test("ends with the seal and the recording, and the daemon with it", async () => {
    const started = await begin();
    const { pid } = await askControl(started.control, { op: "status" }, 30_000);
    const stopped = await stop(started);
    expect(stopped.report).toMatchObject({ sessionId: "ses_1", entries: 3 });
    expect(stopped.problems).toEqual([]);
    expect(stopped.recording?.kind).toBe("tar");
    expect(existsSync(stopped.recording?.path ?? "")).toBe(true);
    await until(() => !alive(pid));
  });

  test("that the daemon was killed under is reported, not forgotten", async () => {
    const started = await begin();
    const { pid } = await askControl(started.control, { op: "status" }, 30_000);
    process.kill(pid, "SIGKILL");
    await until(() => !alive(pid));
    const stopped = await stop(started);
    expect(stopped.report).toBeUndefined();
    expect(stopped.problems).toEqual([expect.stringContaining("does not answer")]);
  });

  test("that the proxy is asked to leave is closed, and its recording waits for the post step", async () => {
    const started = await begin();
    const { pid } = await askControl(started.control, { op: "status" }, 30_000);
    process.kill(pid, "SIGTERM");
    await until(() => !alive(pid));
    expect(gateway.state).toBe("closed");
    const stopped = await stop(started);
    expect(stopped.endedBefore).toContain("SIGTERM");
    expect(existsSync(stopped.recording?.path ?? "")).toBe(true);
  });

  test("ends with the process that holds its lease", async () => {
    const started = await begin({ leasePid: 999_999_999 });
    const { pid } = await askControl(started.control, { op: "status" }, 30_000);
    await until(() => !alive(pid));
    expect((await stop(started)).endedBefore).toBe("the job is over");
  });
});

test("a refused session leaves nothing behind and tells the gateway's reason", async () => {
  gateway.answers.set("/v1/token", [
    { status: 403, body: { code: "trust_rule_not_matched", detail: 'needs claim "ref"' } },
  ]);
  await expect(begin()).rejects.toMatchObject({
    code: "JOB_TRUST_RULE",
    message: expect.stringContaining('claim "ref"'),
  });
  expect(readdirSync(temp)).toEqual(["token"]);
});
