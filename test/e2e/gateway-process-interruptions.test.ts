/**
 * What a job sees when something ends under it: its cancellation, its session's time, a revocation, a gateway that
 * drains, a gateway that dies. Needs psql and dist/.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { sleep, startWorld, type World } from "../world.ts";
import {
  appears,
  connectJob,
  logOf,
  outcomes,
  POLICY,
  recordsOf,
  scratch,
  sessionOf,
  startConnectJob,
  told,
} from "./action-job.ts";

const JOB_MS = 180_000;
const directory = scratch("interruptions");
let world: World;

beforeAll(async () => {
  world = await startWorld({
    directory: directory.path,
    policy: POLICY.replace("max_ttl: 60s", "max_ttl: 25s"),
  });
}, JOB_MS);

afterAll(async () => {
  await world.stop();
  directory.remove();
}, JOB_MS);

/** A workspace for one job, where its steps touch files that the test waits for. */
function place(name: string): string {
  const path = join(directory.path, name);
  mkdirSync(path, { recursive: true });
  return path;
}

const archive = `psql -X -c "UPDATE orders SET status = 'archived' WHERE status = 'shipped'"`;
const archived = async () => {
  const [row] = await world.postgres.query("SELECT count(*)::int AS n FROM orders WHERE status = 'archived'", "shop");
  return row?.["n"];
};

/** Polls for at most a minute. */
async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (condition()) return;
    await sleep(100);
  }
  throw new Error(`not so within 60 s: ${condition.toString()}`);
}

/** Until the gateway shows a pending hold; its id. */
async function pendingHold(): Promise<string> {
  for (let tries = 0; tries < 200; tries += 1) {
    const { stdout } = await world.gate("approvals", "list", "--json", ...world.asApprover("alice"));
    const [hold] = (stdout === "" ? [] : JSON.parse(stdout)) as { id: string }[];
    if (hold !== undefined) return hold.id;
    await sleep(100);
  }
  throw new Error("no command was held");
}

const sealed = (session: string) =>
  world.gate("verify", join(world.directory, "recordings", session), "--key", world.vkey);

test(
  "a job cancelled while a command is held takes the command back, and still seals and uploads its record",
  async () => {
    const running = startConnectJob(world, place("cancel"), [{ name: "hold", run: archive }], {
      timeScale: 0.05,
      heldOpenMs: 500,
    });
    const hold = await pendingHold();
    running.cancel();
    const job = await running.result;
    expect(job.conclusion).toBe("cancelled");
    expect(outcomes(job)).toEqual(["connect: success", "hold: cancelled", "Post connect: success"]);
    const late = await world.gate("approvals", "approve", hold, ...world.asApprover("alice"));
    expect(late.code).toBe(1);
    expect(await archived()).toBe(0);
    const resolved = recordsOf(world, sessionOf(job)).find(({ type }) => type === "hold-resolved");
    expect(["withdrawn", "void"]).toContain(resolved?.["state"]);
    expect(await sealed(sessionOf(job))).toMatchObject({ code: 0 });
    expect(world.github.artifacts.at(-1)?.name).toContain(sessionOf(job));
  },
  JOB_MS,
);

describe("the end of a session's time", () => {
  const slow = (wait: string) => `(echo "SELECT 'one';"; ${wait}; echo "SELECT 'two';") | psql -X -At`;
  const forOver = "for i in $(seq 600); do [ -e over ] && break; sleep 0.1; done";

  test(
    "expiry cuts live connections; renewal carries a session on, up to the rule's maximum; a revocation ends it at once",
    async () => {
      const [expired, renewed, revoked] = await Promise.all([
        connectJob(
          world,
          place("short"),
          [
            { name: "slow", run: slow("sleep 14"), "continue-on-error": true },
            { name: "after", run: 'psql -X -c "SELECT 1" && exit 9; exit 0' },
          ],
          { environment: "short" },
        ),
        connectJob(
          world,
          place("renewed"),
          [
            { name: "slow", run: slow("sleep 15") },
            { name: "beyond", run: "sleep 14; psql -X -c 'SELECT 1' && exit 9; exit 0" },
          ],
          { environment: "renewed" },
        ),
        revokedJob(),
      ]);

      expect(logOf(expired, "slow")).toContain("one");
      expect(logOf(expired, "slow")).not.toContain("two");
      expect(outcomes(expired)).toEqual([
        "connect: success",
        "slow: failure",
        "after: success",
        "Post connect: success",
      ]);
      expect(expired.summary).toMatch(/the session had ended before the job did.{1,5} expired/u);
      expect(expired.summary).toContain("The recording verifies");
      expect(recordsOf(world, sessionOf(expired)).at(-1)).toMatchObject({ type: "session-closed", reason: "expired" });

      expect(logOf(renewed, "slow")).toContain("two");
      expect(outcomes(renewed).at(-1)).toBe("Post connect: success");
      const types = recordsOf(world, sessionOf(renewed)).map(({ type }) => type);
      expect(types.filter((type) => type === "session-renewed").length).toBeGreaterThanOrEqual(2);
      expect(logOf(renewed, "beyond")).not.toContain("1 row");

      expect(outcomes(revoked)).toEqual([
        "connect: success",
        "slow: failure",
        "after: success",
        "Post connect: success",
      ]);
      expect(logOf(revoked, "slow")).toContain("one");
      expect(logOf(revoked, "slow")).not.toContain("two");
      expect(revoked.summary).toContain("The recording verifies");
      expect(recordsOf(world, sessionOf(revoked)).at(-1)).toMatchObject({
        type: "session-closed",
        reason: "revoked by bob",
      });
    },
    JOB_MS,
  );

  async function revokedJob() {
    const workspace = place("revoked");
    const running = connectJob(world, workspace, [
      { name: "slow", run: `echo "$GATE_SESSION_ID" > id; mv id ready; ${slow(forOver)}`, "continue-on-error": true },
      { name: "after", run: 'psql -X -c "SELECT 1" && exit 9; exit 0' },
    ]);
    await appears(join(workspace, "ready"));
    const session = readFileSync(join(workspace, "ready"), "utf8").trim();
    // The first statement has been answered; the second waits for the file.
    await until(() => recordsOf(world, session).some(({ type }) => type === "result"));
    const { stdout } = await world.gate("sessions", "list", "--json", ...world.asApprover("bob"));
    const open = (JSON.parse(stdout) as { id: string; trust_rule: string }[]).filter(
      ({ trust_rule }) => trust_rule === "deploy-prod",
    );
    expect(open.map(({ id }) => id)).toEqual([session]);
    expect(await world.gate("sessions", "revoke", session, ...world.asApprover("bob"))).toMatchObject({
      code: 0,
    });
    writeFileSync(join(workspace, "over"), "");
    return running;
  }
});

test(
  "a gateway that gets SIGTERM answers its holds, seals, and leaves in time; after a restart post fetches the sealed record",
  async () => {
    const workspace = place("drain");
    const running = connectJob(world, workspace, [
      { name: "hold", run: archive, "continue-on-error": true },
      { name: "wait", run: "touch held; for i in $(seq 300); do [ -e back ] && exit 0; sleep 0.1; done; exit 1" },
      { name: "after", run: 'psql -X -c "SELECT 1" && exit 9; exit 0' },
    ]);
    await pendingHold();
    const started = performance.now();
    expect(await world.stopGateway("SIGTERM")).toBe(0);
    // The gateway gives its parts 25 s in all (DRAIN_MS_MAX).
    expect(performance.now() - started).toBeLessThan(30_000);
    await appears(join(workspace, "held"));
    await world.restartGateway();
    await appears(join(workspace, "held"));
    writeFileSync(join(workspace, "back"), "");
    const job = await running;
    expect(logOf(job, "hold")).toMatch(/gate: the session (has )?ended/u);
    expect(await archived()).toBe(0);
    const records = recordsOf(world, sessionOf(job));
    expect(records.find(({ type }) => type === "hold-resolved")).toMatchObject({ state: "void" });
    expect(records.at(-1)).toMatchObject({ type: "session-closed", reason: "SIGTERM" });
    expect(await sealed(sessionOf(job))).toMatchObject({ code: 0 });
    expect(outcomes(job)).toEqual([
      "connect: success",
      "hold: failure",
      "wait: success",
      "after: success",
      "Post connect: success",
    ]);
    expect(job.summary).toContain("The recording verifies");
  },
  JOB_MS,
);

test(
  "a gateway that is killed leaves an incomplete record that says so, and the job fails with the reason",
  async () => {
    const workspace = place("killed");
    const running = connectJob(world, workspace, [
      {
        name: "read",
        run: 'psql -X -At -c "SELECT count(*) FROM orders"; touch ready; for i in $(seq 300); do [ -e dead ] && exit 0; sleep 0.1; done; exit 1',
      },
      { name: "after", run: 'timeout 60 psql -X -c "SELECT 1" && exit 9; exit 0' },
    ]);
    await appears(join(workspace, "ready"));
    await world.stopGateway("SIGKILL");
    writeFileSync(join(workspace, "dead"), "");
    const job = await running;
    expect(outcomes(job)).toEqual(["connect: success", "read: success", "after: success", "Post connect: failure"]);
    expect(told(job, "error").join("\n")).toMatch(/cannot reach the gateway/u);
    expect(told(job, "error").join("\n")).toContain("there is no recording of this job's session");
    const verdict = await sealed(sessionOf(job));
    expect(verdict.code).toBe(3);
    expect(verdict.stdout).toMatch(/^incomplete: /u);
    await world.restartGateway();
    // The next gateway takes the session up; its job is gone, so a person ends it, and the record is whole again.
    const { stdout } = await world.gate("sessions", "list", "--json", ...world.asApprover("alice"));
    const open = (JSON.parse(stdout) as { id: string; state: string }[]).filter(({ state }) => state === "open");
    expect(open.map(({ id }) => id)).toEqual([sessionOf(job)]);
    const revoked = await world.gate("sessions", "revoke", sessionOf(job), ...world.asApprover("alice"));
    expect(revoked.code).toBe(0);
    expect(await sealed(sessionOf(job))).toMatchObject({ code: 0 });
    const next = await connectJob(world, place("next"), [
      { name: "read", run: 'psql -X -At -c "SELECT count(*) FROM orders"' },
    ]);
    expect(next.conclusion).toBe("success");
  },
  JOB_MS,
);
