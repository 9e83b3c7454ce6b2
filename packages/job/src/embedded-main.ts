/** Entry of the embedded gate's bundle: engine, parsers and stores in the job, when no gateway is configured. */
import { systemClock } from "@gate/base";
import { createIssuer, type HttpGet } from "@gate/identity";
import { formatProblems, parsePolicy, PolicyError } from "@gate/policy";
import { protocols } from "@gate/protocols";
import { admitJob } from "./admission.ts";
import { runDaemonProcess } from "./daemon-process.ts";
import { embeddedBackend } from "./embedded.ts";
import { parseTargets } from "./embedded-targets.ts";
import { JobError } from "./errors.ts";
import { fetchSubjectToken } from "./oidc.ts";

const ISSUERS = { github: "https://token.actions.githubusercontent.com" };

/** Redirects are refused: they would let somebody else choose where the keys come from. */
const get: HttpGet = async (url, { timeoutMs, bytesMax }) => {
  const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(timeoutMs) });
  if (response.status !== 200 || response.body === null) throw new Error(`status ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new Error(`over ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

await runDaemonProcess("embedded", async (config, log) => {
  const { subjectToken } = config;
  const targets = parseTargets(config.targets, { env: config.env, folder: config.workspace, protocols });
  const policy = readPolicy(
    config.policy,
    Object.fromEntries([...targets].map(([name, { protocol }]) => [name, { protocol }])),
  );
  const urls = new Set([...Object.values(ISSUERS), ...policy.trust.map((rule) => rule.issuer)]);
  const issuers = new Map([...urls].map((url) => [url, createIssuer(url, { get, clock: systemClock })]));
  return embeddedBackend({
    directory: config.directory,
    policy,
    targets,
    protocols,
    grants: config.grants,
    admit: () =>
      admitJob({
        trust: policy.trust,
        issuers,
        subjectToken:
          subjectToken === undefined ? undefined : (audience) => fetchSubjectToken(subjectToken, audience, systemClock),
        audience: config.audience,
        claims: config.claims,
        clock: systemClock,
      }),
    clock: systemClock,
    log,
  });
});

function readPolicy(
  policy: { readonly file: string; readonly text: string },
  targets: Record<string, { protocol: string }>,
) {
  try {
    return parsePolicy(policy.text, { file: policy.file, issuers: ISSUERS, targets });
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new JobError("operator", "JOB_INPUT", `the policy:\n${formatProblems(error.problems)}`, { cause: error });
  }
}
