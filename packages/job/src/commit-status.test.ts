import { beforeEach, describe, expect, test } from "@jest/globals";
import { ManualClock } from "@gate/base";
import { readStatusPlace, setStatus, type StatusPlace, type StatusResult } from "./commit-status.ts";

const SHA = "a".repeat(40);
const HEAD = "b".repeat(40);
const TOKEN = "ghs_secret-of-the-job";
const ENV = {
  GITHUB_API_URL: "https://api.github.com",
  GITHUB_REPOSITORY: "acme/shop",
  GITHUB_SHA: SHA,
  GITHUB_EVENT_NAME: "push",
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_RUN_ID: "17",
};
const PLACE: StatusPlace = {
  apiUrl: "https://api.github.com",
  repository: "acme/shop",
  sha: SHA,
  runUrl: "https://github.com/acme/shop/actions/runs/17",
};

describe("the commit", () => {
  test("of a push is the job's own", () => {
    expect(readStatusPlace(ENV, {})).toEqual(PLACE);
  });

  test.each(["pull_request", "pull_request_target", "pull_request_review"])(
    "of %s is the pull request's head, where required checks look",
    (name) => {
      const event = { pull_request: { head: { sha: HEAD } } };
      expect(readStatusPlace({ ...ENV, GITHUB_EVENT_NAME: name }, event)).toMatchObject({ sha: HEAD });
    },
  );

  test.each([
    ["nothing", undefined],
    ["no head", { pull_request: {} }],
    ["no commit", { pull_request: { head: { sha: "main" } } }],
    ["an inherited head", Object.create({ pull_request: { head: { sha: HEAD } } }) as unknown],
  ])("of a pull request whose event holds %s is not guessed", (_what, event) => {
    expect(readStatusPlace({ ...ENV, GITHUB_EVENT_NAME: "pull_request" }, event)).toHaveProperty("problem");
  });

  test.each([
    ["https://api.acme.ghe.com", "https://api.acme.ghe.com"],
    ["https://github.acme.dev/api/v3/", "https://github.acme.dev/api/v3"],
    ["http://127.0.0.1:4000/api", "http://127.0.0.1:4000/api"],
  ])("is told to the API at %s", (url, apiUrl) => {
    expect(readStatusPlace({ ...ENV, GITHUB_API_URL: url }, {})).toMatchObject({ apiUrl });
  });

  test.each([
    { GITHUB_API_URL: "http://api.github.com" },
    { GITHUB_API_URL: "ftp://127.0.0.1" },
    { GITHUB_API_URL: "" },
    { GITHUB_REPOSITORY: "acme/../shop" },
    { GITHUB_SHA: "" },
    { GITHUB_SHA: `${SHA}/../x` },
  ])("goes nowhere with %j", (change) => {
    expect(readStatusPlace({ ...ENV, ...change }, {})).toHaveProperty("problem");
  });
});

describe("setting a status", () => {
  let asked: { url: string; init: RequestInit }[];
  let answers: (Response | Error)[];
  let clock: ManualClock;

  beforeEach(() => {
    asked = [];
    answers = [];
    clock = new ManualClock();
  });

  const ask: typeof fetch = async (url, init) => {
    asked.push({ url: url as string, init: init ?? {} });
    const answer = answers.shift() ?? new Response("{}", { status: 201 });
    if (answer instanceof Error) throw answer;
    return answer;
  };

  async function set(description = "Commands are judged as they come", triesMax?: number): Promise<StatusResult> {
    const status = { state: "pending", description, url: "https://gate.acme.dev/sessions/ses_1" } as const;
    const how = { fetch: ask, clock, ...(triesMax === undefined ? {} : { triesMax }) };
    const result = setStatus(PLACE, TOKEN, status, how);
    let over = false;
    void result.finally(() => (over = true));
    for (let turns = 0; turns < 1_000 && !over; turns += 1) {
      clock.advance(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return result;
  }

  test("posts it once, with its link, to no other address", async () => {
    expect(await set()).toEqual({ kind: "set" });
    expect(asked.map(({ url }) => url)).toEqual([`https://api.github.com/repos/acme/shop/statuses/${SHA}`]);
    expect(asked[0]?.init).toMatchObject({ method: "POST", redirect: "error" });
    expect(JSON.parse(asked[0]?.init.body as string)).toEqual({
      state: "pending",
      context: "gate/session",
      description: "Commands are judged as they come",
      target_url: "https://gate.acme.dev/sessions/ses_1",
    });
  });

  test("keeps the description to one line of 140 characters", async () => {
    await set(`a\nb\u202e${"x".repeat(500)}`);
    const { description } = JSON.parse(asked[0]?.init.body as string) as { description: string };
    expect(description).toMatch(/^a b x+$/);
    expect(description).toHaveLength(140);
  });

  test.each([403, 404])("takes %i as a missing permission, and does not ask again", async (status) => {
    answers = [new Response(`{"message":"${TOKEN}"}`, { status })];
    expect(await set()).toEqual({ kind: "forbidden" });
    expect(asked).toHaveLength(1);
  });

  test("tries again after errors of GitHub's, a lost connection, and a rate limit", async () => {
    answers = [new Response("", { status: 502 }), new TypeError("fetch failed")];
    expect(await set()).toEqual({ kind: "set" });
    answers = [new Response("", { status: 403, headers: { "retry-after": "2" } })];
    expect(await set()).toEqual({ kind: "set" });
    expect(asked).toHaveLength(5);
  });

  test("gives up after its tries, and at once for a long rate limit or a refusal, without GitHub's words", async () => {
    answers = [1, 2, 3].map(() => new Response("secret words", { status: 500 }));
    expect(await set()).toEqual({ kind: "failed", why: "GitHub answered 500" });
    answers = [new Response("", { status: 429, headers: { "retry-after": "3600" } })];
    expect(await set()).toMatchObject({ kind: "failed" });
    answers = [new Response(`{"message":"${TOKEN}"}`, { status: 422 })];
    expect(await set()).toEqual({ kind: "failed", why: "GitHub answered 422" });
    answers = [new Response("", { status: 500 })];
    expect(await set("once", 1)).toMatchObject({ kind: "failed" });
    expect(asked).toHaveLength(6);
  });
});
