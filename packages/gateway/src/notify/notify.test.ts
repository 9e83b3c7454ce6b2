import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Secret } from "@gate/base";
import type { HoldRow } from "@gate/contract";
import { buttonValue } from "./button.ts";
import { bounded, slackMessage, type Notice } from "./notice.ts";
import { NOTICES_PER_MINUTE_MAX } from "./outbox.ts";
import { memoryRecordings } from "@gate/stores";
import { createWorld, type Tunnel, type World } from "../testing/world.ts";

const HOOK = "webhook-secret-0123456789";
const SIGNING = "slack-signing-secret-01234";
const ALICE = { authorization: "Bearer alice-0123456789abcdef" };

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

let receiver: Server;
let received: Received[];
let status: number;
let world: World;
let tunnel: Tunnel;
let session: string;
let diskFull: boolean;

beforeEach(async () => {
  received = [];
  status = 200;
  diskFull = false;
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      received.push({
        path: request.url ?? "",
        headers: request.headers,
        text,
        body: JSON.parse(text) as Record<string, unknown>,
      });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const memory = memoryRecordings();
  const recordings: typeof memory = {
    ...memory,
    create: (id) => {
      const files = memory.create(id);
      return {
        ...files,
        append: (name, bytes) => {
          if (diskFull) throw new Error("disk full");
          files.append(name, bytes);
        },
      };
    },
  };
  world = await createWorld({
    parts: { recordings },
    env: { HOOK, SIGNING, SLACK: `${base}/slack/T0/secret-part` },
    extraText: `notify:
  slack: {webhook_url: env:SLACK, signing_secret: env:SIGNING, events: [hold-requested], users: {U1: ["github-team:acme/dba", "github-user:dana"]}}
  webhooks:
  - {name: siem, url: "${base}/hook", secret: env:HOOK}
`,
  });
  const opened = await world.open();
  session = opened.session_id;
  tunnel = await world.tunnel(opened.access_token);
});

afterEach(async () => {
  await world.end();
  receiver.closeAllConnections();
  receiver.close();
});

async function came(wanted: (one: Received) => boolean): Promise<Received> {
  for (let tries = 0; tries < 1_000; tries++) {
    const found = received.find(wanted);
    if (found !== undefined) return found;
    await pause();
  }
  throw new Error(`never came: ${JSON.stringify(received)}`);
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
const ofType = (type: string) => (one: Received) => one.path === "/hook" && one.body["type"] === type;

async function held(): Promise<string> {
  tunnel.socket.write("PUT <x> & ``` y\n");
  return (await tunnel.line())?.split(" ")[1] ?? "";
}

describe("a webhook", () => {
  test("hears of a hold and of its answer, as signed CloudEvents", async () => {
    const hold = await held();
    const asked = await came(ofType("dev.gate.hold-requested"));
    expect(asked.headers["content-type"]).toBe("application/cloudevents+json; charset=utf-8");
    expect(asked.body).toMatchObject({
      specversion: "1.0",
      source: world.gateway.publicUrl,
      subject: hold,
      data: { session, hold: { command_text: "PUT <x> & ``` y", rule: "write", state: "pending" } },
    });
    const id = String(asked.headers["webhook-id"]);
    const time = String(asked.headers["webhook-timestamp"]);
    const signature = createHmac("sha256", HOOK).update(`${id}.${time}.${asked.text}`).digest("base64");
    expect(asked.headers["webhook-signature"]).toBe(`v1,${signature}`);
    await world.send("POST", `/v1/approvals/${hold}/votes`, {
      headers: { ...ALICE, "content-type": "application/json" },
      body: JSON.stringify({ vote: "deny", reason: "no" }),
    });
    const answered = await came(ofType("dev.gate.hold-answered"));
    expect(answered.body).toMatchObject({
      data: { hold: { state: "denied", votes: [{ approver: "alice", vote: "deny" }] } },
    });
  });

  test("hears of a denied command and of a second exchange for one job", async () => {
    tunnel.socket.write("DELETE all\n");
    await tunnel.line();
    const denied = await came(ofType("dev.gate.command-denied"));
    expect(denied.body).toMatchObject({
      data: { command: { grant: "lines", rules: ["default"], text: "DELETE all" } },
    });
    await world.exchange();
    expect((await came(ofType("dev.gate.latch-alarm"))).body).toMatchObject({ subject: session });
  });

  test("hears of a record that cannot be written", async () => {
    diskFull = true;
    tunnel.socket.write("GET a\n");
    const failed = await came(ofType("dev.gate.recorder-failed"));
    expect(failed.body).toMatchObject({ subject: session });
    expect(world.reached).toEqual([]);
  });

  test("that fails is tried again, and in the end the notice is on the list of the lost", async () => {
    status = 500;
    tunnel.socket.write("DELETE all\n");
    await tunnel.line();
    const first = await came(ofType("dev.gate.command-denied"));
    status = 200;
    for (let tries = 0; tries < 1_000 && received.filter(ofType("dev.gate.command-denied")).length < 2; tries++) {
      world.clock.advance(5_000);
      await pause();
    }
    const [, second] = received.filter(ofType("dev.gate.command-denied"));
    expect(second?.headers["webhook-id"]).toBe(first.headers["webhook-id"]);
    expect(await world.store.documents("notice")).toEqual([]);
    status = 503;
    tunnel.socket.write("DELETE all\n");
    await tunnel.line();
    for (let tries = 0; tries < 1_000 && (await world.store.documents("dead-notice")).length === 0; tries++) {
      world.clock.advance(600_000);
      await pause();
    }
    // The sign-in of a person outlives no such jump of the clock, a token of gateway.yaml does.
    const list = await world.send("GET", "/v1/notices/dead", { headers: ALICE });
    expect(list.body).toMatchObject({
      dead_letters: [{ to: "siem", kind: "command-denied", tries: 7, last_error: "status 503" }],
    });
  });
});

test("a job that is denied in a loop fills neither store nor channel", async () => {
  status = 500;
  const text = `DELETE ${"x".repeat(900)}`;
  for (let count = 0; count < NOTICES_PER_MINUTE_MAX + 30; count++) {
    tunnel.socket.write(`${text} ${count}\n`);
    await tunnel.line();
  }
  const kept = await world.store.documents("notice");
  expect(kept).toHaveLength(NOTICES_PER_MINUTE_MAX);
  expect(world.logged.join("")).toContain("too many notices");
  // Another kind, and the next minute, are told again.
  const kinds = async (): Promise<readonly unknown[]> =>
    (await world.store.documents("notice")).map(({ body }) => (body as { notice: Notice }).notice.kind);
  await world.exchange();
  expect(await kinds()).toContain("latch-alarm");
  world.clock.advance(60_000);
  const before = (await world.store.documents("notice")).length;
  tunnel.socket.write("DELETE again\n");
  await tunnel.line();
  expect((await world.store.documents("notice")).length).toBe(before + 1);
});

describe("Slack", () => {
  const act = (
    body: string,
    change: { readonly time?: number; readonly secret?: string; readonly sent?: string } = {},
  ) => {
    const time = String(Math.floor(world.clock.now() / 1000) + (change.time ?? 0));
    const signature = createHmac("sha256", change.secret ?? SIGNING)
      .update(`v0:${time}:${body}`)
      .digest("hex");
    return world.send("POST", "/v1/slack/actions", {
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": time,
        "x-slack-signature": `v0=${signature}`,
      },
      body: change.sent ?? body,
    });
  };
  const value = (hold: string): string => buttonValue(new Secret(SIGNING), hold);
  const press = (hold: string, action: string, user: string): string =>
    new URLSearchParams({
      payload: JSON.stringify({ user: { id: user }, actions: [{ action_id: action, value: value(hold) }] }),
    }).toString();

  test("shows the command with its markup off, and buttons that count for linked people", async () => {
    const hold = await held();
    const message = await came((one) => one.path.startsWith("/slack"));
    expect(message.text).toContain("```PUT &lt;x&gt; &amp; ''' y```");
    expect(message.text).toContain(`"value":"${value(hold)}"`);
    expect(received.filter((one) => one.path.startsWith("/slack"))).toHaveLength(1);
    expect((await act(press(hold, "approve", "U9"))).body["text"]).toContain("not linked");
    expect((await world.store.hold(hold))?.state).toBe("pending");
    expect((await act(press(hold, "approve", "U1"))).body["text"]).toContain("You approved it");
    expect(await tunnel.line()).toContain("PUT");
    expect((await world.store.hold(hold))?.votes).toMatchObject([{ approver: "dana", identity: { realm: "slack" } }]);
  });

  test("forged, late, changed and repeated clicks change nothing", async () => {
    const hold = await held();
    const body = press(hold, "approve", "U1");
    expect((await act(body, { secret: "another" })).status).toBe(401);
    expect((await act(body, { time: -301 })).status).toBe(401);
    expect((await act(press(hold, "deny", "U1"), { sent: body })).status).toBe(401);
    expect((await act("payload=%7B")).status).toBe(400);
    expect((await world.store.hold(hold))?.state).toBe("pending");
    const open = press(hold, "open", "U1");
    expect((await act(open)).status).toBe(200);
    expect((await act(open)).status).toBe(409);
  });

  test("a button that the gateway did not make answers no hold, though Slack signs its click", async () => {
    const hold = await held();
    const made = (sealed: string): string =>
      new URLSearchParams({
        payload: JSON.stringify({ user: { id: "U1" }, actions: [{ action_id: "approve", value: sealed }] }),
      }).toString();
    for (const sealed of [
      hold,
      `${hold}.`,
      value(hold).slice(0, -1),
      `${hold}.${value("hold_x").split(".")[1] ?? ""}`,
    ]) {
      expect((await act(made(sealed))).status).toBe(400);
    }
    expect((await world.store.hold(hold))?.votes).toEqual([]);
  });

  test("its address is in no log and no list", async () => {
    status = 500;
    await held();
    await came((one) => one.path.startsWith("/slack"));
    expect(world.logged.join("")).not.toContain("secret-part");
    expect(JSON.stringify(await world.store.documents("notice"))).not.toContain("secret-part");
  });
});

test("a notice keeps no more of a command than it tells", () => {
  const whole = { id: "n", kind: "command-denied", timeMs: 0, session: "s", url: "u" } as const;
  const denied = bounded({ ...whole, command: { grant: "g", rules: [], text: "x".repeat(9_000_000) } });
  expect(denied.command?.text).toHaveLength(16_384);
  const hold = { id: "h", commandText: "a", facts: { fields: {} }, claims: { sub: "x" } } as unknown as HoldRow;
  expect(bounded({ ...whole, hold }).hold).toEqual({ id: "h", commandText: "a" });
});

test("a message in Slack shows what a screen would hide, and cannot approve what it does not show whole", () => {
  const notice = (commandText: string): Notice =>
    ({
      id: "n",
      kind: "hold-requested",
      timeMs: 0,
      session: "s",
      url: "https://gate/approvals/h",
      hold: { id: "h", commandText, target: "db", principal: "p", rule: "r", count: 1, from: [], votes: [] },
    }) as unknown as Notice;
  const short = JSON.stringify(slackMessage(notice("SELECT 1 \u202e"), (id) => id));
  expect(short).toContain("SELECT 1 \\\\u{202e}");
  expect(short).toContain('"approve"');
  const held = notice("SELECT 1");
  const turned = { ...held, hold: { ...(held.hold as HoldRow), principal: "x\u202ey <!channel>" } };
  const told = slackMessage(turned, (id) => id) as { readonly blocks: readonly object[] };
  // Plain text: Slack makes neither mentions nor links of it.
  expect(told.blocks[2]).toMatchObject({
    type: "context",
    elements: [{ type: "plain_text", text: expect.stringContaining("x\\u{202e}y <!channel>") }],
  });
  const long = JSON.stringify(slackMessage(notice(`SELECT 1;${"\n".repeat(2_000)}DROP TABLE a`), (id) => id));
  expect(long).not.toContain('"approve"');
  expect(long).toContain('"deny"');
});
