import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "@jest/globals";
import { ManualClock, Secret, type Clock } from "@gate/base";
import { createGitHubClient } from "./client.ts";

const KEY = generateKeyPairSync("rsa", { modulusLength: 2048 })
  .privateKey.export({ type: "pkcs1", format: "pem" })
  .toString();

interface Told {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A clock that tells how many wait for it. */
class CountingClock extends ManualClock {
  pending = 0;

  override after(...[delayMs, run]: Parameters<Clock["after"]>): () => void {
    this.pending += 1;
    return super.after(delayMs, () => {
      this.pending -= 1;
      run();
    });
  }
}

/** A GitHub that gives these answers in turn, and how many times it was asked. */
function github(...answers: readonly (Told | "gone")[]) {
  const clock = new CountingClock();
  let asked = 0;
  const client = createGitHubClient({
    clock,
    config: {
      appId: 1,
      privateKey: new Secret(KEY),
      webhookSecret: new Secret("webhook-secret-0123456789"),
      apiUrl: "https://git.acme.dev/api/v3",
    },
    fetch: (url) => {
      const answer = answers[asked] ?? { status: 200 };
      asked += 1;
      expect(url).toBe("https://git.acme.dev/api/v3/app");
      return answer === "gone"
        ? Promise.reject(new TypeError("fetch failed"))
        : Promise.resolve(new Response("{}", { status: answer.status, headers: answer.headers ?? {} }));
    },
  });
  return { clock, asked: () => asked, ask: () => client.asApp("GET", "/app") };
}

/** Until the request waits for the clock, which it does after so many answers. */
async function waits(of: ReturnType<typeof github>, answers: number): Promise<void> {
  while (of.asked() < answers || of.clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
}

test.each<[string, Told, number]>([
  ["429 with Retry-After", { status: 429, headers: { "retry-after": "3" } }, 3_000],
  ["403 with Retry-After, GitHub's secondary limit", { status: 403, headers: { "retry-after": "7" } }, 7_000],
  ["429 that says nothing", { status: 429 }, 1_000],
  ["an error of GitHub's own", { status: 502 }, 500],
])("%s is waited out, no shorter than it says", async (_what, told, ms) => {
  const of = github(told);
  const answer = of.ask();
  await waits(of, 1);
  of.clock.advance(ms - 1);
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(of.asked()).toBe(1);
  of.clock.advance(1);
  expect((await answer).status).toBe(200);
  expect(of.asked()).toBe(2);
});

test("a limit that is used up is waited for until it is filled again", async () => {
  const reset = String(Math.floor(new ManualClock().now() / 1000) + 20);
  const of = github({ status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset } });
  const answer = of.ask();
  await waits(of, 1);
  of.clock.advance(18_000);
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(of.asked()).toBe(1);
  of.clock.advance(3_000);
  expect((await answer).status).toBe(200);
});

test("longer than a minute nobody waits, and a 403 that is no limit stands", async () => {
  await expect(github({ status: 429, headers: { "retry-after": "61" } }).ask()).rejects.toMatchObject({
    code: "GITHUB_BUSY",
  });
  const refused = github({ status: 403 });
  expect((await refused.ask()).status).toBe(403);
  expect(refused.asked()).toBe(1);
});

test("each try waits longer than the one before, and there are four", async () => {
  const of = github("gone", { status: 500 }, "gone", { status: 503 });
  const answer = of.ask().catch((error: unknown) => error);
  const waited: number[] = [];
  for (let tries = 1; tries <= 4; tries += 1) {
    await waits(of, tries);
    let ms = 0;
    for (; of.clock.pending > 0 && ms < 10_000; ms += 500) of.clock.advance(500);
    waited.push(ms);
  }
  expect(await answer).toMatchObject({ code: "GITHUB_UNREACHABLE" });
  expect(of.asked()).toBe(4);
  expect(waited).toEqual([500, 1_000, 2_000, 4_000]);
});
