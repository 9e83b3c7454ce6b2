/**
 * The job's OIDC token. https://docs.github.com/en/actions/reference/security/oidc
 * Touches the network (the runner's token service) or a file.
 */
import { readFile } from "node:fs/promises";
import type { Clock } from "@gate/base";
import { JobError, noIdToken } from "./errors.ts";

/** Where subject tokens come from. Every call gives one that was not used yet: a gateway takes each `jti` once. */
export type SubjectTokenSource =
  | { readonly kind: "actions"; readonly requestUrl: string; readonly requestToken: string }
  /** Read anew at every call: whoever runs `gate connect` outside Actions keeps it fresh. */
  | { readonly kind: "file"; readonly path: string };

/** @throws {JobError} JOB_NO_ID_TOKEN when the runner offers none. */
export function actionsTokenSource(env: Readonly<Record<string, string | undefined>>): SubjectTokenSource {
  const requestUrl = env["ACTIONS_ID_TOKEN_REQUEST_URL"];
  const requestToken = env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
  if (!requestUrl || !requestToken || !URL.canParse(requestUrl)) throw noIdToken();
  return { kind: "actions", requestUrl, requestToken };
}

/** For the embedded gate, which can do without. */
export function tokenSourceIfOffered(
  env: Readonly<Record<string, string | undefined>>,
): SubjectTokenSource | undefined {
  return env["ACTIONS_ID_TOKEN_REQUEST_URL"] ? actionsTokenSource(env) : undefined;
}

/**
 * Mints a token for `audience`; a failed request is repeated with a fresh one, ATTEMPTS_MAX times in all.
 * @throws {JobError} JOB_ID_TOKEN_FAILED
 */
export async function fetchSubjectToken(source: SubjectTokenSource, audience: string, clock: Clock): Promise<string> {
  if (source.kind === "file") return readTokenFile(source.path);
  const url = new URL(source.requestUrl);
  url.searchParams.set("audience", audience);
  let reason = "";
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (attempt > 0) await new Promise<void>((resolve) => clock.after(RETRY_MS * 2 ** attempt, resolve));
    try {
      const response = await fetch(url, {
        headers: { authorization: `bearer ${source.requestToken}`, accept: "application/json" },
        redirect: "error",
        signal: AbortSignal.timeout(REQUEST_MS_MAX),
      });
      if (response.ok) {
        const body = (await response.json()) as { value?: unknown } | null;
        if (typeof body?.value === "string" && isCompactJws(body.value)) return body.value;
        reason = "the answer holds no token";
      } else {
        reason = `status ${response.status}`;
        await response.body?.cancel();
        if (response.status < 500 && response.status !== 429 && response.status !== 408) break;
      }
    } catch (error) {
      reason = error instanceof Error && error.name === "TimeoutError" ? "no answer in time" : "the connection failed";
    }
  }
  throw new JobError(
    "operator",
    "JOB_ID_TOKEN_FAILED",
    `the runner's token service at ${url.host} gave no OIDC token: ${reason}. ` +
      "Run the job again; if it stays so, check that the job has `permissions: id-token: write`",
  );
}

async function readTokenFile(path: string): Promise<string> {
  let token: string;
  try {
    token = (await readFile(path, "utf8")).trim();
  } catch (error) {
    throw new JobError("operator", "JOB_ID_TOKEN_FAILED", "the token file cannot be read; check --token-file", {
      cause: error,
    });
  }
  if (isCompactJws(token)) return token;
  throw new JobError("operator", "JOB_ID_TOKEN_FAILED", "the token file does not hold one JWT (three base64url parts)");
}

function isCompactJws(value: string): boolean {
  return value.length <= TOKEN_CHARS_MAX && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(value);
}

/** Tries to get one token. */
const ATTEMPTS_MAX = 4;
/** One request to the token service. */
const REQUEST_MS_MAX = 10_000;
/** A subject token, in characters. */
const TOKEN_CHARS_MAX = 16_384;
const RETRY_MS = 100;
