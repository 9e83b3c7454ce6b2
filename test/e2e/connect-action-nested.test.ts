/**
 * What steps and the agents in them try against their own session: a second exchange, replayed tokens, the daemon, its
 * control socket, the post step's environment and state, other endpoints. Needs psql and dist/.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startWorld, type World } from "../world.ts";
import {
  connectJob,
  logOf,
  outcomes,
  POLICY,
  recordsOf,
  scratch,
  sessionOf,
  told,
  unpackNewest,
  type Step,
} from "./action-job.ts";

const JOB_MS = 180_000;
const directory = scratch("nested");
const workspace = scratch("nested-work");
let world: World;

beforeAll(async () => {
  world = await startWorld({ directory: directory.path, policy: POLICY });
  writeFileSync(join(workspace.path, "exchange.mjs"), EXCHANGE);
  writeFileSync(join(workspace.path, "control.mjs"), CONTROL);
  writeFileSync(join(workspace.path, "ca.pem"), world.ca ?? "");
}, JOB_MS);

afterAll(async () => {
  await world.stop();
  directory.remove();
  workspace.remove();
}, JOB_MS);

const env = () => ({ GATEWAY: world.url, NODE_EXTRA_CA_CERTS: join(workspace.path, "ca.pem") });
const read: Step = { name: "read", run: 'psql -X -At -c "SELECT count(*) FROM orders"' };

test(
  "a step that mints its own token gets no second session; the first one's record and the job's page say so",
  async () => {
    const job = await connectJob(world, workspace.path, [
      { name: "exchange", run: "node exchange.mjs fresh", env: env() },
      { name: "again", run: "node exchange.mjs twice", env: env() },
      {
        name: "connect again",
        uses: "org/gate/connect@v1",
        "continue-on-error": true,
        with: { gateway: world.url, "gateway-ca": world.ca ?? "" },
      },
      read,
    ]);
    const session = sessionOf(job);
    expect(logOf(job, "exchange")).toContain(`409 latch_taken this job already has session ${session}`);
    // The refusal used the token up as well: whoever saw it on the way cannot try it elsewhere.
    expect(logOf(job, "again")).toMatch(/409 latch_taken .*\n.*(?:400 replayed|409 latch_taken)/u);
    expect(logOf(job, "connect again")).toContain("ANOTHER SESSION OF THIS JOB EXISTS ALREADY");
    expect(logOf(job, "read")).toContain("20");
    expect(job.conclusion).toBe("success");
    const refused = recordsOf(world, session).filter(({ type }) => type === "latch-refused");
    expect(refused.length).toBeGreaterThanOrEqual(3);
    expect(String(refused[0]?.["principal"])).toContain("acme/shop run");
    expect(told(job, "error").join("\n")).toContain("gate: identity used twice");
  },
  JOB_MS,
);

test(
  "without a connect before it, a step's own exchange takes the job's session, and connect says that it was late",
  async () => {
    const before = [{ name: "exchange", run: "node exchange.mjs twice", env: env() }];
    const job = await connectJob(world, workspace.path, [{ name: "never", run: "true" }], { before });
    expect(logOf(job, "exchange")).toMatch(/200 ses_[^\n]*\n.*(?:400 replayed|409 latch_taken)/u);
    expect(outcomes(job).slice(1)).toEqual(["connect: failure", "never: skipped", "Post connect: success"]);
    expect(told(job, "error").join("\n")).toContain("Treat the second as an intrusion");
  },
  JOB_MS,
);

test.each(["SIGKILL", "SIGSTOP"])(
  "a step that sends %s to the daemon fails the job: post does not hang, and says where the record is",
  async (signal) => {
    const started = performance.now();
    const job = await connectJob(world, workspace.path, [
      { name: "kill", run: `node control.mjs ${signal}` },
      { name: "after", run: 'PGCONNECT_TIMEOUT=3 psql -X -c "SELECT 1" && exit 9; exit 0' },
    ]);
    expect(outcomes(job)).toEqual(["connect: success", "kill: success", "after: success", "Post connect: failure"]);
    expect(performance.now() - started).toBeLessThan(60_000);
    const errors = told(job, "error").join("\n");
    expect(errors).toContain("there is no recording of this job's session");
    expect(errors).toContain("the gateway keeps its record");
    expect(job.summary).toContain("There is no recording to verify");
  },
  JOB_MS,
);

test(
  "a step that sends the daemon away politely ends the session: nothing runs any more, and the page says so",
  async () => {
    const job = await connectJob(world, workspace.path, [
      { name: "read", run: 'psql -X -At -c "SELECT count(*) FROM orders"; node control.mjs SIGTERM; sleep 2' },
      { name: "after", run: 'psql -X -c "SELECT 1" && exit 9; exit 0' },
    ]);
    expect(outcomes(job)).toEqual(["connect: success", "read: success", "after: success", "Post connect: success"]);
    expect(job.summary).toContain("the session had ended before the job did");
    expect(job.summary).toContain("The recording verifies");
  },
  JOB_MS,
);

test(
  "text in a command steers neither the log nor the page",
  async () => {
    const name =
      "x\n::error::injected\n::add-mask::Destructive\n##[error]injected\n| a | <script>alert(1)</script> ``` \u001b[31m";
    writeFileSync(join(workspace.path, "evil.sql"), `DROP TABLE "${name}"`);
    const job = await connectJob(world, workspace.path, [{ name: "evil", run: "psql -X -f evil.sql || true" }]);
    const post = job.steps.at(-1);
    expect(post?.annotations.map(({ level }) => level)).toEqual(["warning"]);
    expect(post?.annotations[0]?.message).toMatch(/^orders-db, entry \d+: Destructive or opaque SQL[^\n]*$/u);
    expect(post?.log).not.toMatch(/^(?:::|##\[error)/mu);
    expect(post?.summary).not.toContain("<script");
    expect(post?.summary).toMatch(/\| denied \| never \| Destructive[^\n]*script[^\n]*\|\n/u);
  },
  JOB_MS,
);

test(
  "the control socket tells a nested step no secret, and closes for nobody without the token",
  async () => {
    const job = await connectJob(world, workspace.path, [
      {
        name: "status",
        run: 'node control.mjs \'{"op":"status"}\' > status.json; grep -c "$PGPASSWORD" status.json || true',
      },
      {
        name: "close",
        run: 'node control.mjs \'{"op":"close"}\'; node control.mjs \'{"op":"close","token":"guess"}\'',
      },
      {
        name: "garbage",
        run: "node control.mjs '[[[' ; node control.mjs flood; node control.mjs '{\"op\":\"__proto__\"}'",
      },
      read,
    ]);
    expect(logOf(job, "status").split("\n")).toContain("0");
    expect(logOf(job, "close")).toContain('"ok":false');
    expect(logOf(job, "close")).toContain("close needs the token that connect kept in its state");
    expect(logOf(job, "close")).not.toContain('"ok":true');
    expect(logOf(job, "garbage")).not.toContain('"ok":true');
    expect(logOf(job, "read")).toContain("20");
    expect(job.conclusion).toBe("success");
  },
  JOB_MS,
);

test(
  "what a step writes to GITHUB_ENV weakens neither the post step's trust nor its state",
  async () => {
    const poison = [
      "NODE_TLS_REJECT_UNAUTHORIZED=0",
      "NODE_EXTRA_CA_CERTS=/dev/null",
      "NODE_USE_ENV_PROXY=1",
      "HTTPS_PROXY=http://127.0.0.1:1",
      "https_proxy=http://127.0.0.1:1",
      "ALL_PROXY=http://127.0.0.1:1",
      "NO_PROXY=*",
      "SSL_CERT_FILE=/dev/null",
      "SSLKEYLOGFILE=/tmp/never-written",
      'STATE_session={\\"directory\\":\\"/tmp\\",\\"sessionId\\":\\"other\\",\\"vkey\\":\\"\\",\\"finish\\":{\\"failOn\\":\\"never\\"}}',
      "INPUT_FAIL-ON=never",
      "INPUT_UPLOAD=false",
      "GITHUB_SERVER_URL=https://ghes.example",
      "RUNNER_TEMP=/nowhere",
      "GATE_SESSION_ID=other",
      "GATE_CONTROL=/tmp/other",
    ];
    const lines = poison.map((line) => `echo "${line}" >> "$GITHUB_ENV"`);
    const before = world.github.artifacts.length;
    const job = await connectJob(
      world,
      workspace.path,
      [
        {
          name: "poison",
          run: `${lines.join("\n")}\necho "NODE_OPTIONS=--require /nowhere.js" >> "$GITHUB_ENV" || true`,
          "continue-on-error": true,
        },
        { name: "deny", run: 'psql -X -c "DROP TABLE orders" || true' },
      ],
      { with: { "fail-on": "denied" } },
    );
    expect(outcomes(job).at(-1)).toBe("Post connect: failure");
    expect(told(job, "error").join("\n")).toContain("1 commands were denied (fail-on: denied)");
    expect(job.summary).toContain("The recording verifies");
    const warned = told(job, "warning").find((line) => line.includes("a step changed")) ?? "";
    for (const name of ["NODE_TLS_REJECT_UNAUTHORIZED", "NODE_EXTRA_CA_CERTS", "HTTPS_PROXY", "NODE_USE_ENV_PROXY"]) {
      expect(warned).toContain(name);
    }
    expect(world.github.artifacts).toHaveLength(before + 1);
    const bundle = await unpackNewest(world, directory.path);
    expect(await world.gate("verify", bundle, "--key", world.vkey)).toMatchObject({ code: 0 });
  },
  JOB_MS,
);

test(
  "a wrong endpoint password reaches no target, is answered as PostgreSQL does, and leaves the session usable",
  async () => {
    const job = await connectJob(world, workspace.path, [
      {
        name: "wrong",
        run: 'PGPASSWORD=guess psql -X -c "SELECT 1" && exit 9; PGPASSWORD="" psql -X -w -c "SELECT 1" && exit 9; exit 0',
      },
      { name: "other user", run: 'PGUSER=postgres psql -X -c "SELECT 1" && exit 9; exit 0' },
      {
        name: "raw",
        run: "printf 'GET / HTTP/1.1\\r\\n\\r\\n' | timeout 5 bash -c 'exec 3<>/dev/tcp/127.0.0.1/'$PGPORT'; cat >&3; head -c 200 <&3' || true",
      },
      read,
    ]);
    expect(logOf(job, "wrong")).toContain("password authentication failed");
    expect(logOf(job, "read")).toContain("20");
    expect(job.conclusion).toBe("success");
    const records = recordsOf(world, sessionOf(job));
    expect(records.filter(({ type }) => type === "verdict")).toHaveLength(1);
  },
  JOB_MS,
);

/** What a hostile step does with the runner's token service: the exchange, under a key of its own. */
const EXCHANGE = `
import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
const gateway = process.env.GATEWAY;
const b64 = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const { kty, crv, x, y } = publicKey.export({ format: "jwk" });
const proof = () => {
  const text = b64({ typ: "dpop+jwt", alg: "ES256", jwk: { kty, crv, x, y } }) + "." +
    b64({ htm: "POST", htu: gateway + "/v1/token", jti: randomUUID(), iat: Math.floor(Date.now() / 1000) });
  return text + "." + sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url");
};
const url = process.env.ACTIONS_ID_TOKEN_REQUEST_URL + "&audience=" + encodeURIComponent(gateway);
const minted = await fetch(url, { headers: { authorization: "bearer " + process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN } });
const { value } = await minted.json();
for (let i = 0; i < (process.argv[2] === "twice" ? 2 : 1); i += 1) {
  const body = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token: value,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
  });
  const answer = await fetch(gateway + "/v1/token", { method: "POST", headers: { dpop: proof() }, body });
  const found = await answer.json();
  console.log(answer.status, found.code ?? found.session_id, found.detail ?? "");
}
`;

/** Talks to the daemon's control socket, or kills the daemon. */
const CONTROL = `
import { createConnection } from "node:net";
const ask = (line) => new Promise((resolve) => {
  const socket = createConnection(process.env.GATE_CONTROL);
  let text = "";
  socket.on("data", (chunk) => (text += chunk));
  socket.on("error", () => undefined);
  socket.on("close", () => resolve(text));
  socket.write(line + "\\n");
});
const what = process.argv[2];
if (what.startsWith("SIG")) process.kill(JSON.parse(await ask('{"op":"status"}')).result.pid, what);
else console.log(await ask(what === "flood" ? "x".repeat(1_000_000) : what));
`;
