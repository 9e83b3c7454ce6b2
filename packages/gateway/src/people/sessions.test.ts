import { expect, test } from "@jest/globals";
import { ManualClock } from "@gate/base";
import { memoryStore } from "@gate/stores";
import { LOGIN_IDLE_MS_MAX, LOGIN_MS_MAX, LoginSessions } from "./sessions.ts";

const ALICE = {
  person: { name: "alice", subjects: [], identity: { id: "oidc:1", realm: "oidc", aliases: [] } },
  method: "oidc",
};

function parts() {
  const clock = new ManualClock();
  const store = memoryStore();
  return { clock, store, logins: new LoginSessions(store, clock) };
}

test("a request that runs while somebody signs out does not bring the sign-in back", async () => {
  const { clock, store, logins } = parts();
  const secret = await logins.open(ALICE);
  // Old enough for its use to be written down again.
  clock.advance(LOGIN_IDLE_MS_MAX / 2);
  const read = store.document.bind(store);
  let goOn = (): void => undefined;
  const paused = new Promise<void>((resolve) => (goOn = resolve));
  store.document = async (kind, id) => {
    const found = await read(kind, id);
    await paused;
    return found;
  };
  const running = logins.find(secret);
  await logins.end(secret);
  goOn();
  await running;
  expect(await logins.find(secret)).toBeUndefined();
});

test("a look keeps no sign-in alive, use does", async () => {
  const { clock, logins } = parts();
  const [looked, used] = [await logins.open(ALICE), await logins.open(ALICE)];
  clock.advance(LOGIN_IDLE_MS_MAX - 1);
  expect(await logins.find(looked, "look")).toMatchObject({ method: "oidc" });
  expect(await logins.find(used)).toMatchObject({ method: "oidc" });
  clock.advance(1);
  expect(await logins.find(looked)).toBeUndefined();
  expect(await logins.find(used)).toMatchObject({ method: "oidc" });
});

test("nothing outlives the end that it was given", async () => {
  const { clock, logins } = parts();
  const untilMs = clock.now() + 60_000;
  const secret = await logins.open({ ...ALICE, untilMs });
  const { token, expiresAtMs } = await logins.issueToken({ ...ALICE, untilMs });
  expect(expiresAtMs).toBe(untilMs);
  expect(await logins.find(secret)).toMatchObject({ expiresAtMs: untilMs });
  clock.advance(60_000);
  expect(await logins.find(secret)).toBeUndefined();
  expect(await logins.findToken(token)).toBeUndefined();
  const late = await logins.issueToken({ ...ALICE, untilMs: clock.now() + 2 * LOGIN_MS_MAX });
  expect(late.expiresAtMs).toBe(clock.now() + LOGIN_MS_MAX);
});
