/** The connect action's inputs (CONTRACT §4), from strings to one choice. Pure. */
import { parseVkey } from "@gate/recording";
import type { EmbeddedChoice, GatewayChoice } from "./connect.ts";
import { JobError } from "./errors.ts";
import { parseGatewayUrl } from "./gateway-url.ts";
import { runnerClaims } from "./runner.ts";

export interface ConnectInputs {
  readonly to: GatewayChoice | (Omit<EmbeddedChoice, "policy"> & { readonly policyPath: string });
  readonly grants: readonly string[];
  readonly defaults: readonly string[];
  /** vkey that the recording must be signed with; without it the one that the gateway says at connect is pinned. */
  readonly gatewayKey?: string;
  readonly finish: FinishInputs;
}

/** What post needs; kept in the action's state, because the runner evaluates inputs anew at post. */
export interface FinishInputs {
  readonly failOn: "never" | "denied" | "held";
  readonly upload: boolean;
  readonly artifactName?: string;
  readonly retentionDays?: number;
}

/** @throws {JobError} JOB_INPUT naming the input and what to write. */
export function readConnectInputs(
  get: (name: string) => string,
  env: Readonly<Record<string, string | undefined>>,
): ConnectInputs {
  const read = (name: string): string => get(name).trim();
  const gatewayKey = readKey(read("gateway-key"));
  return {
    to: readChoice(read, env),
    grants: names(read("grants"), "grants"),
    defaults: names(read("default"), "default"),
    ...(gatewayKey === undefined ? {} : { gatewayKey }),
    finish: readFinish(read),
  };
}

function readChoice(
  read: (name: string) => string,
  env: Readonly<Record<string, string | undefined>>,
): ConnectInputs["to"] {
  const [gateway, audience, ca] = [read("gateway"), read("audience"), read("gateway-ca")];
  const [policyPath, targets] = [read("policy"), read("targets")];
  const maybeAudience = audience === "" ? {} : { audience };
  if (gateway !== "") {
    if (policyPath !== "" || targets !== "") {
      throw input("`policy` and `targets` are for the embedded gate: give them, or `gateway`, not both");
    }
    parseGatewayUrl(gateway);
    if (ca !== "" && !ca.includes("-----BEGIN CERTIFICATE-----"))
      throw input("`gateway-ca` is not PEM text: give the certificate itself");
    return { mode: "gateway", gateway, ...maybeAudience, ...(ca === "" ? {} : { ca }) };
  }
  if (policyPath === "" || targets === "") {
    throw input("give `gateway` (the gateway's URL), or both `policy` and `targets` for the embedded gate");
  }
  return {
    mode: "embedded",
    policyPath,
    targets,
    workspace: env["GITHUB_WORKSPACE"] ?? ".",
    env: targetVariables(targets, env),
    claims: runnerClaims(env),
    ...maybeAudience,
  };
}

/** Only the variables that the targets refer to reach the daemon. */
export function targetVariables(
  targets: string,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name = ""] of targets.matchAll(/\benv:([A-Za-z_][A-Za-z0-9_]*)/g)) {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** Refused now: in the post step the job's work would be done, and its recording could not be checked. */
function readKey(text: string): string | undefined {
  if (text === "") return undefined;
  try {
    parseVkey(text);
    return text;
  } catch {
    throw input(
      "`gateway-key` is not a verification key: write the one that `gate serve` prints, <name>+<8 hex digits>+<base64>",
    );
  }
}

function readFinish(read: (name: string) => string): FinishInputs {
  const failOn = read("fail-on") || "never";
  if (failOn !== "never" && failOn !== "denied" && failOn !== "held")
    throw input("`fail-on` must be never, denied or held");
  const upload = read("upload") || "true";
  if (upload !== "true" && upload !== "false") throw input("`upload` must be true or false");
  const artifactName = read("artifact-name");
  const days = read("retention-days");
  if (days !== "" && !/^[1-9]\d{0,2}$/.test(days))
    throw input("`retention-days` must be a number of days from 1 to 999");
  return {
    failOn,
    upload: upload === "true",
    ...(artifactName === "" ? {} : { artifactName }),
    ...(days === "" ? {} : { retentionDays: Number(days) }),
  };
}

/** A comma or newline list of grant names. */
function names(text: string, inputName: string): string[] {
  const found = text.split(/[,\n]/).map((name) => name.trim());
  const kept = [...new Set(found.filter((name) => name !== ""))];
  for (const name of kept) {
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name)) {
      throw input(`\`${inputName}\` holds something that is no grant name: write names separated by commas or lines`);
    }
  }
  return kept;
}

function input(message: string): JobError {
  return new JobError("operator", "JOB_INPUT", message);
}
