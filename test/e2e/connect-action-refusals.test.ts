/**
 * Connect fails closed, and each message tells the cause and what to do: identity, gateway, certificate, inputs.
 * Needs dist/; no database.
 */
import { createServer } from "node:https";
import { createServer as createPlainServer, type AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { authority, type JobResult } from "@gate/testkit";
import { ROOT, run, startWorld, type World } from "../world.ts";
import {
  connectJob,
  NO_DATABASE,
  outcomes,
  POLICY,
  recordsOf,
  scratch,
  sessionOf,
  startConnectJob,
  told,
  type JobChoice,
} from "./action-job.ts";

const JOB_MS = 180_000;
const directory = scratch("refusals");
const workspace = scratch("refusals-work");
let world: World;

beforeAll(async () => {
  world = await startWorld({ directory: directory.path, policy: POLICY, existing: NO_DATABASE });
}, JOB_MS);

afterAll(async () => {
  await world.stop();
  directory.remove();
  workspace.remove();
}, JOB_MS);

const steps = [{ name: "never", run: "env | grep PGHOST && exit 9; exit 0" }];

/** The one error of a job whose connect failed; nothing else of it may have run or stayed. */
async function refusal(more: JobChoice): Promise<string> {
  const job = await connectJob(world, workspace.path, steps, more);
  expect(outcomes(job)).toEqual(["connect: failure", "never: skipped", "Post connect: success"]);
  expect(job.steps.at(-1)?.log).toContain("no session was opened");
  expect(job.orphansKilled).toEqual([]);
  const errors = job.steps[0]?.annotations.filter(({ level }) => level === "error") ?? [];
  expect(errors).toHaveLength(1);
  return errors[0]?.message ?? "";
}

describe("identity", () => {
  test(
    "a job without `id-token: write`, and a fork's, are told the lines to add",
    async () => {
      for (const more of [{ permissions: { contents: "read" } as const }, { fork: true }]) {
        const message = await refusal(more);
        expect(message).toContain("the runner offers no OIDC token");
        expect(message).toContain("permissions:\n  id-token: write");
        expect(message).toContain("forks never get one");
      }
    },
    JOB_MS,
  );

  test(
    "an audience that the policy does not name is quoted with the input that sets it",
    async () => {
      const message = await refusal({ with: { audience: "https://elsewhere.example" } });
      expect(message).toContain('does not take tokens for the audience "https://elsewhere.example"');
      expect(message).toContain("Set the `audience` input");
    },
    JOB_MS,
  );

  test(
    "a job that no trust rule admits learns the claim, its value and what was needed",
    async () => {
      const message = await refusal({ environment: "staging" });
      expect(message).toContain("no trust rule of the gateway");
      expect(message).toMatch(/environment.*staging/u);
      expect(message).toMatch(/production|short|renewed/u);
      expect(message).toContain("Change the workflow (branch, event, environment), or the rule");
      const event = await refusal({ identity: { eventName: "pull_request_target" } });
      expect(event).toMatch(/event_name.*pull_request_target/u);
    },
    JOB_MS,
  );

  test(
    "a grant that the trust rule does not give is named with those that it gives",
    async () => {
      const message = await refusal({ with: { grants: "orders-db, billing" } });
      expect(message).toMatch(/billing/u);
      expect(message).toMatch(/orders-db/u);
      expect(message).toContain("leave `grants` out");
    },
    JOB_MS,
  );

  test(
    "a token service that fails is named, and is not asked for ever",
    async () => {
      world.github.fail("/oidc/token", 503);
      try {
        expect(await refusal({})).toMatch(/token service at 127\.0\.0\.1:\d+ gave no OIDC token: status 503/u);
      } finally {
        world.github.fail("/oidc/token", undefined);
      }
    },
    JOB_MS,
  );
});

describe("the way to the gateway", () => {
  test(
    "a gateway that is not there",
    async () => {
      const message = await refusal({ with: { gateway: "https://127.0.0.1:1" } });
      expect(message).toContain("cannot reach the gateway at 127.0.0.1:1: nothing listens there (connection refused)");
      expect(message).toContain("Check the `gateway` input");
    },
    JOB_MS,
  );

  test(
    "something that answers, but is no gateway",
    async () => {
      const message = await refusal({ with: { gateway: world.github.url, "gateway-ca": "" } });
      expect(message).toContain("not as a gate gateway");
      expect(message).toContain("Check the `gateway` input");
    },
    JOB_MS,
  );

  test(
    "a certificate of an authority that the runner does not know",
    async () => {
      const message = await refusal({ with: { "gateway-ca": "" } });
      expect(message).toContain("is not signed by an authority that this runner knows");
      expect(message).toContain("`gateway-ca`");
    },
    JOB_MS,
  );

  test(
    "an expired certificate, and one of another name",
    async () => {
      const ca = await authority("gate test");
      const gateways = await Promise.all([
        listen(await ca.issue("localhost", { server: true, days: -1 })),
        listen(await ca.issue("elsewhere", { server: true })),
      ]);
      try {
        const at = (index: number, host: string) => `https://${host}:${gateways[index]?.port}`;
        const expired = await refusal({ with: { gateway: at(0, "localhost"), "gateway-ca": ca.cert } });
        expect(expired).toContain("has expired. Renew it at the gateway");
        const other = await refusal({ with: { gateway: at(1, "127.0.0.2"), "gateway-ca": ca.cert } });
        expect(other).toContain("is for another host name");
      } finally {
        for (const gateway of gateways) gateway.close();
      }
    },
    JOB_MS,
  );

  test(
    "NODE_TLS_REJECT_UNAUTHORIZED and NODE_EXTRA_CA_CERTS of an earlier step do not make an unknown certificate known",
    async () => {
      writeFileSync(join(workspace.path, "ca.pem"), world.ca ?? "");
      const before = [
        {
          name: "poison",
          run: 'echo "NODE_TLS_REJECT_UNAUTHORIZED=0" >> $GITHUB_ENV; echo "NODE_EXTRA_CA_CERTS=$PWD/ca.pem" >> $GITHUB_ENV',
        },
      ];
      const job = await connectJob(world, workspace.path, steps, { before, with: { "gateway-ca": "" } });
      expect(outcomes(job)[1]).toBe("connect: failure");
      expect(told(job, "error").join("\n")).toContain("is not signed by an authority");
    },
    JOB_MS,
  );
});

test(
  "a job that is cancelled while connect waits for a gateway that does not answer ends before the runner uses force",
  async () => {
    let asked = (): void => undefined;
    const waits = new Promise<void>((resolve) => (asked = resolve));
    const silent = createPlainServer(() => asked());
    await new Promise<void>((listening) => silent.listen(0, "127.0.0.1", listening));
    const gateway = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const running = startConnectJob(world, workspace.path, steps, { with: { gateway, "gateway-ca": "" } });
    await waits;
    running.cancel();
    const job = await running.result;
    silent.close();
    expect(outcomes(job)).toEqual(["connect: cancelled", "never: skipped", "Post connect: success"]);
    expect(job.steps[0]?.process?.signals).toEqual(["SIGINT"]);
    expect(job.orphansKilled).toEqual([]);
  },
  JOB_MS,
);

test(
  "on a GitHub Enterprise Server without artifacts the job succeeds and the gateway keeps the recording",
  async () => {
    const before = world.github.artifacts.length;
    const job: JobResult = await connectJob(world, workspace.path, [{ name: "work", run: "true" }], {
      identity: { serverUrl: "https://github.acme.dev" },
    });
    expect(job.conclusion).toBe("success");
    expect(told(job, "warning").join("\n")).toContain(
      "no artifacts (v4) to upload to; the gateway keeps the recording",
    );
    expect(world.github.artifacts).toHaveLength(before);
    expect(recordsOf(world, sessionOf(job)).at(-1)).toMatchObject({ type: "session-closed" });
  },
  JOB_MS,
);

describe("inputs", () => {
  const connect = async (inputs: Record<string, string>, env: Record<string, string> = {}): Promise<string> => {
    const given = Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
    const result = await run(process.execPath, [join(ROOT, "dist/connect/main.js")], {
      env: {
        ...world.github.jobEnvironment({ environment: "production" }),
        RUNNER_TEMP: workspace.path,
        GITHUB_WORKSPACE: workspace.path,
        ...(Object.fromEntries(given) as Record<string, string>),
        ...env,
      },
    });
    expect(result.code).toBe(1);
    const said = result.stdout.split("\n").filter((line) => line.startsWith("::error"));
    expect(said).toHaveLength(1);
    return (said[0] ?? "").replaceAll("%0A", "\n");
  };

  test(
    "each mistake is told with the input's name and what to write",
    async () => {
      const gateway = "https://gate.acme.dev";
      expect(await connect({})).toContain("give `gateway` (the gateway's URL), or both `policy` and `targets`");
      expect(await connect({ gateway: "gate.acme.dev" })).toContain("`gateway` is not a URL");
      expect(await connect({ gateway: "http://gate.acme.dev" })).toContain("`gateway` must be https:");
      expect(await connect({ gateway: `${gateway}/v1` })).toContain("more than an origin");
      expect(await connect({ gateway, policy: "p.yaml" })).toContain(
        "`policy` and `targets` are for the embedded gate",
      );
      expect(await connect({ gateway, "gateway-ca": "/etc/ca.pem" })).toContain("`gateway-ca` is not PEM text");
      expect(await connect({ gateway, grants: "orders db" })).toContain(
        "`grants` holds something that is no grant name",
      );
      expect(await connect({ gateway, "fail-on": "always" })).toContain("`fail-on` must be never, denied or held");
      expect(await connect({ gateway, upload: "yes" })).toContain("`upload` must be true or false");
      expect(await connect({ gateway, "retention-days": "0" })).toContain("`retention-days` must be a number of days");
    },
    JOB_MS,
  );

  test(
    "a `default` that the session does not have ends the session that was opened",
    async () => {
      const message = await connect({ gateway: world.url, "gateway-ca": world.ca ?? "", default: "billing" });
      expect(message).toContain('`default` names the grant "billing"');
      expect(world.gatewayLog()).toContain("session closed by its job");
    },
    JOB_MS,
  );

  test(
    "a container job is refused before anything else",
    async () => {
      const message = await connect({ gateway: world.url }, { GITHUB_WORKSPACE: "/__w/shop/shop" });
      expect(message).toContain("this job runs in a container");
      expect(message).toContain("Take `container:` off the job");
    },
    JOB_MS,
  );

  test(
    "mistakes in the embedded gate's policy and targets are told one a line, with file, line and column",
    async () => {
      writeFileSync(
        join(workspace.path, "wrong.yaml"),
        POLICY.replace("effect: deny", "effct: deny").replace("limits: db }", "limits: dbb }"),
      );
      const targets =
        "orders-db: {protocol: postgres, address: 127.0.0.1:1, database: shop, tls: {mode: disable}, credential: {username: u, password: env:PW}}";
      const policy = join(workspace.path, "wrong.yaml");
      const message = await connect({ policy, targets }, { PW: "target-secret" });
      expect(message).toMatch(/wrong\.yaml:\d+:\d+: .*effct.*effect/u);
      expect(message).toMatch(/wrong\.yaml:\d+:\d+: .*dbb/u);
      expect(message).not.toContain("target-secret");
      const wrong = await connect({
        policy,
        targets: targets.replace("address:", "adress:").replace("env:PW", "env:NOPE"),
      });
      expect(wrong).toMatch(/targets:1:\d+: .*NOPE is not set/u);
      expect(await connect({ policy: "nowhere.yaml", targets })).toContain("cannot read nowhere.yaml");
    },
    JOB_MS,
  );
});

async function listen(pair: { cert: string; key: string }): Promise<{ port: number; close: () => void }> {
  const server = createServer(pair, (_request, response) => response.end("{}"));
  await new Promise<void>((listening) => server.listen(0, "0.0.0.0", listening));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
