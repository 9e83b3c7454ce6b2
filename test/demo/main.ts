/**
 * `npm run demo`: the main job end to end on a real PostgreSQL. Prints the verdict table and where the recording lies;
 * exits 0 only if everything that it claims has happened. `--interactive` waits for your click on the approvals page
 * instead of approving by itself, and leaves the gateway up until Ctrl-C. Composition root.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runJob, startOidcProvider } from "@gate/testkit";
import { DEMO_POLICY, freePort, ROOT, startWorld, TARGET_PASSWORD, unpack, type World } from "../world.ts";

const interactive = process.argv.includes("--interactive");
const directory = join(ROOT, ".gate/demo");
/** What a shell says of a process that SIGINT ended: 128 + 2. */
const INTERRUPTED_EXIT = 130;

process.exitCode = await demo();

async function demo(): Promise<number> {
  rmSync(directory, { recursive: true, force: true });
  const workspace = join(directory, "workspace");
  mkdirSync(workspace, { recursive: true });
  copyFileSync(join(ROOT, "test/demo/agent.sh"), join(workspace, "agent.sh"));
  say("Starting PostgreSQL, a GitHub double and a gateway");
  const provider = interactive ? await signInProvider() : undefined;
  const world = await startWorld({ directory: join(directory, "gateway"), ...provider?.options });
  // Ctrl-C in the middle ends the gateway and the database as well; the job's own processes end with their session.
  const interrupted = (): void => void world.stop().finally(() => process.exit(INTERRUPTED_EXIT));
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  try {
    say(`Gateway at ${world.url}; running the workflow test/demo/workflow.yml`);
    const answered = answer(world);
    const job = await runJob({
      workflow: join(ROOT, "test/demo/workflow.yml"),
      workspace,
      github: world.github,
      identity: { eventName: "push", environment: "production" },
      vars: { GATE_URL: world.url, GATE_CA: world.ca ?? "", GATE_VKEY: world.vkey },
      actionPaths: { "org/gate@v1": ROOT },
      onLine: (line, step) => process.stdout.write(`  [${step}] ${line}\n`),
    });
    const approved = await answered;
    writeFileSync(join(directory, "summary.md"), job.summary);
    const artifact = world.github.artifacts.at(-1);
    const bundle = join(directory, "recording");
    if (artifact !== undefined) await unpack(artifact, bundle);
    const verification = await world.gate("verify", bundle, "--key", world.vkey);
    say("Verdicts");
    process.stdout.write(verdictTable(bundle));
    say(`gate verify: ${verification.stdout.split("\n")[0] ?? ""}${verification.stderr}`);

    const [orders] = await world.postgres.query(
      "SELECT count(*)::int AS all, (count(*) FILTER (WHERE status = 'archived'))::int AS archived, (count(*) FILTER (WHERE status = 'closed'))::int AS closed FROM orders",
      "shop",
    );
    const log = job.log;
    const code = report(
      [
        ["the job succeeded", job.conclusion === "success"],
        [
          "names came through and e-mail addresses did not",
          log.includes("Ada Bell") && !log.includes("ada@example.com"),
        ],
        ["card numbers keep their last four digits only", log.includes("1111") && !log.includes("4111111111111111")],
        ["DROP TABLE was denied by its rule", log.includes('gate: denied by rule "never"')],
        ["the table is still there", orders?.["all"] === 20],
        [
          "the mass update waited for a person",
          approved.includes("archived") && log.includes("gate: held for approval"),
        ],
        ["and ran once it was approved", orders?.["archived"] === 10],
        ["the keyed update ran at once", orders?.["closed"] === 1],
        ["the target's credential never reached the job", !log.includes(TARGET_PASSWORD)],
        ["the recording was uploaded as an artifact", artifact !== undefined],
        ["and verifies with the gateway's key", verification.code === 0],
        ["no process of the job is left", job.orphansKilled.length === 0],
      ],
      bundle,
    );
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
    if (interactive) await untilInterrupted(world);
    return code;
  } finally {
    await world.stop();
    await provider?.close();
  }
}

/** A sign-in provider on this machine that knows one person, so that the pages can be opened with a click. */
async function signInProvider() {
  const port = await freePort();
  const provider = await startOidcProvider({ redirectUris: [`http://127.0.0.1:${port}/login/oidc/callback`] });
  provider.signInAs({ sub: "dana", claims: { preferred_username: "dana", groups: ["dba"] } });
  const { issuer, clientId, clientSecret } = provider;
  const options = {
    port,
    // A certificate that no browser knows would be in the way.
    tls: "off" as const,
    env: { OIDC_SECRET: clientSecret },
    policy: DEMO_POLICY.replace('"github-team:acme/dba"', '"github-team:acme/dba", "oidc-group:dba"'),
    people: `people:\n  oidc: {issuer: "${issuer}", client_id: ${clientId}, client_secret: env:OIDC_SECRET}\n`,
  };
  return { options, close: () => provider.close() };
}

async function untilInterrupted(world: World): Promise<void> {
  say(`The gateway stays up until Ctrl-C: the session is at ${world.url}/sessions, the policy at ${world.url}/policy`);
  // A pending promise alone would not keep the process.
  const awake = setInterval(() => undefined, 60_000);
  await new Promise<void>((resolve) => void process.once("SIGINT", resolve).once("SIGTERM", resolve));
  clearInterval(awake);
}

async function answer(world: World): Promise<string> {
  if (!interactive) return world.answerHold("approve", "alice", "planned in ticket 17");
  say(`When the update is held, answer it here (you are signed in as dana, of the group dba):
  ${world.url}/approvals`);
  return "archived";
}

function verdictTable(bundle: string): string {
  const file = join(bundle, "verdicts.ndjson");
  if (!existsSync(file)) return "  (no recording)\n";
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const verdict = JSON.parse(line) as { verdict: string; rules: string[]; effects?: string[]; approval?: unknown };
      const effects = (verdict.effects ?? []).join(", ");
      return `  ${verdict.verdict.padEnd(6)} ${verdict.rules.join(",").padEnd(14)} ${effects}\n`;
    })
    .join("");
}

function report(claims: readonly (readonly [string, boolean])[], bundle: string): number {
  say("What happened");
  for (const [claim, held] of claims) process.stdout.write(`  ${held ? "ok  " : "FAIL"} ${claim}\n`);
  say(
    `The recording lies in ${bundle.slice(ROOT.length + 1)}; the step summary, as the run's page shows it, in .gate/demo/summary.md`,
  );
  return claims.every(([, held]) => held) ? 0 : 1;
}

function say(text: string): void {
  process.stdout.write(`\n${text}\n`);
}
