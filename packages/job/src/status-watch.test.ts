import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { ManualClock } from "@gate/base";
import type { PendingHold } from "./backend.ts";
import type { CommitStatus, StatusResult } from "./commit-status.ts";
import { watchStatus, type StatusWatch } from "./status-watch.ts";

const PAGE = "https://gate.acme.dev/sessions/ses_1";
const HOLD = { target: "orders-db", url: "https://gate.acme.dev/approvals/hold_1" };
const RUNNING = { state: "pending", description: "Commands are judged as they come", url: PAGE };
const WAITING = { state: "pending", description: "A command for orders-db waits for approval", url: HOLD.url };

let clock: ManualClock;
let set: CommitStatus[];
let results: StatusResult[];
let holds: readonly PendingHold[] | Error;
let asked: number;
let busy: boolean;
let watch: StatusWatch | undefined;

beforeEach(() => {
  clock = new ManualClock();
  [set, results, holds, asked, busy, watch] = [[], [], [], 0, true, undefined];
});

afterEach(() => watch?.stop());

function begin(more: { readonly embedded?: boolean } = {}): StatusWatch {
  watch = watchStatus({
    page: PAGE,
    async set(status) {
      set.push(status);
      return results.shift() ?? { kind: "set" };
    },
    ...(more.embedded === true
      ? {}
      : {
          async pendingHolds() {
            asked += 1;
            if (holds instanceof Error) throw holds;
            return holds;
          },
        }),
    busy: () => busy,
    clock,
    log: () => undefined,
  });
  return watch;
}

async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    clock.advance(1_000);
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
}

test("a session is pending with its page, then with the page of what waits, then with its own again", async () => {
  begin();
  await pass(1);
  expect(set).toEqual([RUNNING]);
  holds = [HOLD, { target: "other", url: "https://gate.acme.dev/approvals/hold_2" }];
  await pass(4);
  expect(set).toEqual([RUNNING, WAITING]);
  await pass(10);
  expect(set).toHaveLength(2);
  holds = [];
  await pass(4);
  expect(set).toEqual([RUNNING, WAITING, RUNNING]);
});

test("the gateway is asked only while a command could be on its way, or one is shown", async () => {
  busy = false;
  begin();
  await pass(30);
  expect(asked).toBe(0);
  busy = true;
  await pass(3);
  busy = false;
  holds = [HOLD];
  // Its client has gone: the look after the last busy one still finds it.
  await pass(4);
  expect(set.at(-1)).toEqual(WAITING);
  const before = asked;
  await pass(6);
  expect(asked).toBeGreaterThan(before);
  holds = [];
  await pass(4);
  expect(set.at(-1)).toEqual(RUNNING);
  const after = asked;
  await pass(30);
  expect(asked).toBe(after);
});

test("a gateway that cannot be asked changes nothing, and is asked again", async () => {
  begin();
  await pass(1);
  holds = new Error("unreachable");
  await pass(9);
  expect(set).toEqual([RUNNING]);
  holds = [HOLD];
  await pass(4);
  expect(set.at(-1)).toEqual(WAITING);
});

test("without the permission it is tried once, and never again", async () => {
  results = [{ kind: "forbidden" }];
  begin();
  holds = [HOLD];
  await pass(120);
  expect(set).toEqual([RUNNING]);
  expect(asked).toBe(0);
});

test("what failed is tried again, less and less often, and given up", async () => {
  results = Array.from({ length: 20 }, () => ({ kind: "failed", why: "GitHub answered 502" }));
  begin();
  await pass(1_000);
  expect(set).toHaveLength(8);
  await watch?.stop();
  set = [];
  results = [{ kind: "failed", why: "GitHub answered 502" }];
  begin();
  await pass(10);
  expect(set).toEqual([RUNNING, RUNNING]);
});

test("where nothing is ever held it says once that commands are judged", async () => {
  begin({ embedded: true });
  await pass(60);
  expect(set).toEqual([RUNNING]);
});

test("after its stop nothing is sent, and what was on its way has arrived", async () => {
  let arrive: () => void = () => undefined;
  let arrived = false;
  const own = watchStatus({
    page: PAGE,
    set: () =>
      new Promise((resolve) => {
        arrive = () => {
          arrived = true;
          resolve({ kind: "set" });
        };
      }),
    pendingHolds: async () => [HOLD],
    busy: () => true,
    clock,
    log: () => undefined,
  });
  const stopped = own.stop().then(() => arrived);
  await pass(1);
  arrive();
  expect(await stopped).toBe(true);
  arrived = false;
  await pass(30);
  expect(arrived).toBe(false);
});
