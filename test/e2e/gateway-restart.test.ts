/**
 * A gateway that is killed while a command waits: its session goes on at the next one, the hold can still be answered,
 * and the record says what happened and verifies. Needs psql and dist/.
 */
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { ROOT, sleep, startWorld, type World } from "../world.ts";
import { recordsOf, scratch } from "./action-job.ts";

const TEST_MS = 180_000;
const directory = scratch("restart");
const MASS = "UPDATE orders SET status = 'open'";
let world: World;
let jobs = 0;

beforeAll(async () => {
  world = await startWorld({ directory: join(directory.path, "gateway") });
  writeFileSync(join(directory.path, "ca.pem"), world.ca ?? "");
}, TEST_MS);

afterAll(async () => {
  await world?.stop();
  directory.remove();
}, TEST_MS);

beforeEach(() => world.postgres.query("UPDATE orders SET status = 'shipped'", "shop"));

interface Job {
  readonly folder: string;
  readonly done: Promise<{ readonly code: number | null; readonly output: string }>;
  /** Lets the job's script go on behind its next `step`. */
  go(step: string): void;
}

/** A job that runs a shell script through one session; `step NAME` in it waits for the test. */
function job(script: string): Job {
  jobs += 1;
  const token = join(directory.path, `token-${jobs}`);
  const folder = join(directory.path, `steps-${jobs}-`);
  writeFileSync(token, world.github.openJob({ environment: "production", eventName: "push" }).subjectToken(world.url));
  const connect = ["connect", "--gateway", world.url, "--ca", join(directory.path, "ca.pem"), "--grants", "orders-db"];
  const shell = `step() { echo "at $1"; while [ ! -f "${folder}$1" ]; do sleep 0.05; done; }; ${script}`;
  const args = [join(ROOT, "dist/cli/main.js"), ...connect, "--token-file", token, "--", "bash", "-c", shell];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const done = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.once("close", (code) => resolve({ code, output })),
  );
  return { folder, done, go: (step) => writeFileSync(folder + step, "") };
}

interface Hold {
  readonly id: string;
  readonly state: string;
  readonly session_id: string;
}

async function holds(state: string): Promise<readonly Hold[]> {
  const { stdout } = await world.gate("approvals", "list", "--state", state, "--json", ...world.asApprover("alice"));
  return stdout === "" ? [] : (JSON.parse(stdout) as Hold[]);
}

async function held(): Promise<Hold> {
  for (let tries = 0; tries < 200; tries++) {
    const [hold] = await holds("pending");
    if (hold !== undefined) return hold;
    await sleep(100);
  }
  throw new Error(`nothing was held:\n${world.gatewayLog()}`);
}

const open = async (): Promise<unknown> =>
  (await world.postgres.query("SELECT count(*)::int AS n FROM orders WHERE status = 'open'", "shop"))[0]?.["n"];

async function verify(session: string): Promise<unknown> {
  const folder = join(world.directory, "recordings", session);
  const { code, stdout, stderr } = await world.gate("verify", folder, "--key", world.vkey);
  return { code, said: code === 0 ? "" : stdout + stderr };
}

test(
  "the session goes on, and a late approval runs the same command once when it comes again",
  async () => {
    const running = job(
      `psql -X -c "SELECT count(*) FROM orders" && psql -X -c "${MASS}"; step again; psql -X -c "${MASS}"`,
    );
    const hold = await held();
    const shown = await world.gate("approvals", "show", hold.id, ...world.asApprover("alice"));
    expect(shown.stdout).toMatch(/^from +acme\/shop, refs\/heads\/main, [0-9a-f]{40}$/mu);
    expect(shown.stdout).toMatch(/^does +statement: UPDATE$/mu);
    expect(shown.stdout).toContain(`\n  ${MASS}`);
    await world.stopGateway("SIGKILL");
    await world.restartGateway();
    expect(await holds("withdrawn")).toMatchObject([{ id: hold.id, state: "withdrawn" }]);
    expect(await open()).toBe(0);
    const answer = await world.gate("approvals", "approve", hold.id, "--reason", "late", ...world.asApprover("bob"));
    expect(answer).toMatchObject({ code: 0, stdout: expect.stringContaining("approved") });
    // By itself it never executes.
    await sleep(500);
    expect(await open()).toBe(0);
    running.go("again");
    const { code, output } = await running.done;
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining("UPDATE 20") });
    expect(await open()).toBe(20);
    const entries = recordsOf(world, hold.session_id);
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index));
    expect(entries.filter(({ type }) => type === "note")).toContainEqual(
      expect.objectContaining({ event: "gateway-restarted" }),
    );
    expect(entries.filter(({ type }) => type === "hold-resolved")).toMatchObject([
      { hold: hold.id, state: "withdrawn" },
      { state: "approved", claims: hold.id, approvers: ["bob"] },
    ]);
    expect(entries.filter(({ type }) => type === "vote")).toMatchObject([
      { hold: hold.id, approver: "bob", reason: "late" },
    ]);
    expect(await verify(hold.session_id)).toEqual({ code: 0, said: "" });
  },
  TEST_MS,
);

test(
  "a torn last line is cut off; a record that was changed ends its session instead",
  async () => {
    const torn = job(`psql -X -c "${MASS}"; step again; psql -X -c "SELECT 1 AS one"`);
    const first = await held();
    await world.stopGateway("SIGKILL");
    const records = join(world.directory, "recordings", first.session_id, "records.ndjson");
    appendFileSync(records, '{"seq":99,"time":"2026-');
    await world.restartGateway();
    torn.go("again");
    expect(await torn.done).toMatchObject({ code: 0, output: expect.stringContaining("one") });
    expect(await verify(first.session_id)).toEqual({ code: 0, said: "" });

    const changed = job(`psql -X -c "SELECT 1"; psql -X -c "${MASS}"; step again; psql -X -c "SELECT 1 AS one"`);
    const second = await held();
    // A checkpoint is signed within five seconds of an entry.
    const notes = join(world.directory, "recordings", second.session_id, "checkpoints.note");
    for (let tries = 0; tries < 400 && !existsSync(notes); tries++) await sleep(100);
    await world.stopGateway("SIGKILL");
    const changedRecords = join(world.directory, "recordings", second.session_id, "records.ndjson");
    writeFileSync(changedRecords, readFileSync(changedRecords, "utf8").replace("SELECT 1", "SELECT 2"));
    await world.restartGateway();
    expect(world.gatewayLog()).toContain("its entries are not the ones signed");
    changed.go("again");
    expect((await changed.done).code).not.toBe(0);
    expect(await open()).toBe(0);
  },
  TEST_MS,
);
