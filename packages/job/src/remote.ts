/**
 * The session at a gateway: exchange, tunnels, renewal, close. The DPoP key stays in this process.
 * RFC 8693 (exchange), RFC 9396 (grants), RFC 9449 (DPoP). Touches the network through the client.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { base64url, messageOf, type Clock } from "@gate/base";
import type { Endpoint, Lineage } from "@gate/contract";
import type { GrantInfo, PendingHold, SessionBackend, SessionInfo } from "./backend.ts";
import { exchangeError, JobError, type Problem } from "./errors.ts";
import { number, record, text, toProblem, type Answer, type GatewayClient, type WellKnown } from "./gateway-client.ts";
import { joinStreams } from "./pipe.ts";
import { createTunnelPool } from "./tunnel-pool.ts";

/** Makes DPoP proofs under the daemon's key, each with a `jti` of its own. */
export type Prover = (proof: {
  readonly htm: string;
  readonly htu: string;
  readonly accessToken?: string;
}) => Promise<string>;

export interface RemoteOptions {
  readonly client: GatewayClient;
  readonly audience: string;
  /** Empty: all that the trust rule gives. */
  readonly grants: readonly string[];
  /** A subject token that was not used before. */
  readonly subjectToken: () => Promise<string>;
  readonly prove: Prover;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

interface Held {
  readonly id: string;
  readonly token: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  readonly maxExpiresAtMs: number;
  readonly trustRule: string;
  readonly grants: readonly GrantInfo[];
}

export function remoteBackend(options: RemoteOptions): SessionBackend {
  const { client, audience, clock, log, prove } = options;
  const pool = createTunnelPool({ dial: () => client.dial(), clock });
  const live = new Set<Duplex>();
  const endListeners: ((reason: string) => void)[] = [];
  const timers = new Map<string, () => void>();
  let known: WellKnown | undefined;
  let held: Held | undefined;
  let state: "new" | "open" | "closing" | "ended" = "new";
  let checking: Promise<void> | undefined;

  const later = (name: string, ms: number, run: () => void): void => {
    timers.get(name)?.();
    timers.set(name, clock.after(Math.max(ms, 0), run));
  };

  const end = (reason: string): void => {
    if (state !== "open") return;
    state = "ended";
    log(`session ended: ${reason}`);
    stop();
    for (const listener of endListeners) listener(reason);
  };

  const stop = (): void => {
    for (const cancel of timers.values()) cancel();
    timers.clear();
    pool.close();
    for (const stream of live) stream.destroy();
  };

  const session = (): Held => {
    if (held === undefined) throw new JobError("bug", "JOB_SESSION_ENDED", "the session is not open yet");
    return held;
  };

  const authorised = async (method: "GET" | "POST", url: string): Promise<Record<string, string>> => {
    const { token } = session();
    return { authorization: `DPoP ${token}`, dpop: await prove({ htm: method, htu: url, accessToken: token }) };
  };

  const exchange = async (endpoint: string, renewOf?: string): Promise<Answer> => {
    const form = new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: await options.subjectToken(),
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    });
    if (renewOf !== undefined) form.set("session", renewOf);
    else if (options.grants.length > 0) {
      const details = options.grants.map((grant) => ({ type: "gate_grant", grant }));
      form.set("authorization_details", JSON.stringify(details));
    }
    const dpop = await prove({ htm: "POST", htu: endpoint });
    return client.send("POST", endpoint, { headers: { dpop }, form });
  };

  /** Repeats an exchange that failed for a reason that may pass; every attempt brings a fresh subject token. */
  const exchangeWithRetry = async (endpoint: string): Promise<Held> => {
    for (let attempt = 1; ; attempt += 1) {
      let failure: JobError;
      try {
        const answer = await exchange(endpoint);
        if (answer.status === 200) return readToken(answer.body, clock.now(), client.host);
        failure = exchangeError(toProblem(answer.status, answer.body), client.host, audience);
        if (!passing(answer.status)) throw failure;
      } catch (error) {
        if (!(error instanceof JobError) || error.code !== "JOB_GATEWAY_UNREACHABLE") throw error;
        failure = error;
      }
      if (attempt >= EXCHANGE_ATTEMPTS_MAX) throw failure;
      await pause(clock, RETRY_MS * 4 ** attempt);
    }
  };

  /** Repeats what could not be asked, or was answered "not now". */
  const patiently = async <T extends Answer | undefined>(ask: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await ask();
        if (answer === undefined || !passing(answer.status) || attempt >= CLOSE_ATTEMPTS_MAX) return answer;
      } catch (error) {
        if (!unreachable(error) || attempt >= CLOSE_ATTEMPTS_MAX) throw error;
      }
      await pause(clock, RETRY_MS * 4 ** attempt);
    }
  };

  const arm = (): void => {
    const { issuedAtMs, expiresAtMs, maxExpiresAtMs } = session();
    const now = clock.now();
    // The gateway ends the session; this comes after it, so that the record says "expired".
    later("expiry", expiresAtMs - now + EXPIRY_SLACK_MS, () => end("expired"));
    if (expiresAtMs < maxExpiresAtMs) {
      later("renew", issuedAtMs + ((expiresAtMs - issuedAtMs) * 2) / 3 - now, () => void renew());
    }
  };

  const renew = async (): Promise<void> => {
    const { id } = session();
    try {
      const answer = await exchange(known!.tokenEndpoint, id);
      if (state !== "open") return;
      if (answer.status === 200) {
        held = readToken(answer.body, clock.now(), client.host);
        log("session renewed");
        arm();
        return;
      }
      const { code } = toProblem(answer.status, answer.body);
      log(`renewal refused: ${answer.status} ${code}`);
      if (!passing(answer.status)) return check();
    } catch (error) {
      log(`renewal failed: ${messageOf(error)}`);
    }
    // It may pass; what remains of the session's time bounds the repetition (the expiry timer ends it).
    later("renew", RENEW_RETRY_MS, () => void renew());
  };

  /** Asks the gateway whether the session still lives; only its own word ends it. One question at a time. */
  const check = (): Promise<void> => {
    checking ??= (async () => {
      try {
        const url = sessionUrl(known!, session().id);
        const answer = await client.send("GET", url, { headers: await authorised("GET", url) });
        const found = text(record(answer.body), "state");
        if (answer.status === 200 && found !== undefined && found !== "open") end(found);
        else if (answer.status === 401 || answer.status === 404 || answer.status === 410) {
          end(toProblem(answer.status, answer.body).code || "gone");
        }
      } catch (error) {
        log(`the session's state is not known: ${messageOf(error)}`);
      } finally {
        checking = undefined;
      }
    })();
    return checking;
  };

  const heartbeat = (): void =>
    later("heartbeat", HEARTBEAT_MS, () => {
      void check().then(() => {
        if (state === "open") heartbeat();
      });
    });

  const tunnel = async (grant: string, endpoint: Endpoint): Promise<Duplex> => {
    const url = known!.tunnel;
    const lineage: Lineage = { strength: "endpoint", endpoint: endpoint.id };
    let failure = new JobError("peer-wrong", "JOB_SESSION_ENDED", "the session is over");
    let refusals = 0;
    for (let attempt = 0; attempt < TUNNEL_ATTEMPTS_MAX; attempt += 1) {
      if (state !== "open") throw failure;
      try {
        const { socket, warm } = await pool.take();
        const headers = {
          ...(await authorised("GET", url)),
          "gate-grant": grant,
          "gate-endpoint": base64url(JSON.stringify(endpoint)),
          "gate-lineage": base64url(JSON.stringify(lineage)),
        };
        try {
          const answer = await client.upgrade(socket, url, headers);
          if ("stream" in answer) return answer.stream;
          failure = tunnelError(answer.problem, grant);
          if (
            answer.problem.status === 401 ||
            answer.problem.status === 410 ||
            answer.problem.code === "session_ended"
          ) {
            await check();
            // The session lives, so the proof was at fault (a clock, a replay): one more try with a fresh one.
            if ((refusals += 1) > 1) throw failure;
          } else if (!passing(answer.problem.status)) throw failure;
        } catch (error) {
          // A warm connection may have died unseen: that says nothing about the gateway. Try at once with another.
          if (!warm || !unreachable(error)) throw error;
          failure = error as JobError;
          continue;
        }
      } catch (error) {
        if (!unreachable(error)) throw error;
        failure = error as JobError;
      }
      await pause(clock, RETRY_MS * 2 ** attempt);
    }
    throw failure;
  };

  return {
    async open() {
      known = await client.wellKnown();
      held = await exchangeWithRetry(known.tokenEndpoint);
      state = "open";
      arm();
      heartbeat();
      pool.warmUp();
      const info: SessionInfo = {
        id: held.id,
        mode: "gateway",
        trustRule: held.trustRule,
        vkey: known.vkey,
        expiresAtMs: held.expiresAtMs,
        grants: held.grants,
        checks: known.checks,
        page: new URL(`/sessions/${held.id}`, known.tokenEndpoint).href,
        warnings: [],
      };
      return info;
    },

    async serve(grant, endpoint, local) {
      const stream = await tunnel(grant, endpoint);
      if (state !== "open") {
        stream.destroy();
        throw new JobError("peer-wrong", "JOB_SESSION_ENDED", "the session is over");
      }
      live.add(stream);
      try {
        await joinStreams(local, stream);
      } finally {
        live.delete(stream);
      }
    },

    async status() {
      const { id, expiresAtMs } = session();
      if (state !== "open") return { state: "ended", expiresAtMs };
      const url = sessionUrl(known!, id);
      const answer = await client.send("GET", url, { headers: await authorised("GET", url) });
      const counts = (name: string) => {
        const of = record(record(answer.body)[name]);
        const [allow, hold, deny] = [number(of, "allow"), number(of, "hold"), number(of, "deny")];
        return allow === undefined || hold === undefined || deny === undefined ? undefined : { allow, hold, deny };
      };
      const [verdicts, observed] = [counts("verdicts"), counts("observed")];
      return {
        state: "open",
        expiresAtMs,
        ...(verdicts === undefined ? {} : { verdicts }),
        ...(observed === undefined ? {} : { observed }),
      };
    },

    async pendingHolds() {
      if (state !== "open") return [];
      const url = sessionUrl(known!, session().id);
      const answer = await client.send("GET", url, { headers: await authorised("GET", url) });
      if (answer.status !== 200) throw new JobError("peer-wrong", "JOB_REFUSED", `status ${answer.status}`);
      return readPendingHolds(answer.body, url);
    },

    async close(_reason) {
      const { id } = session();
      if (state === "open") state = "closing";
      stop();
      const url = `${sessionUrl(known!, id)}/close`;
      const answer = await patiently(async () => client.send("POST", url, { headers: await authorised("POST", url) }));
      if (answer.status !== 200) {
        const { code, detail } = toProblem(answer.status, answer.body);
        throw new JobError(
          "peer-wrong",
          "JOB_REFUSED",
          `the gateway did not close the session (${code === "" ? answer.status : code}): ${detail}`,
        );
      }
      const body = record(answer.body);
      const [entries, root, checkpoint] = [number(body, "entries"), text(body, "root"), text(body, "checkpoint")];
      return {
        sessionId: id,
        ...(entries === undefined ? {} : { entries }),
        ...(root === undefined ? {} : { root }),
        ...(checkpoint === undefined ? {} : { checkpoint }),
      };
    },

    async fetchRecording(directory) {
      const url = `${sessionUrl(known!, session().id)}/recording`;
      const path = join(directory, "recording.tar");
      // Also here a gateway that restarts is waited for: what is there after that is the record.
      await patiently(async () => {
        rmSync(path, { force: true });
        await client.download(url, await authorised("GET", url), path);
        return undefined;
      });
      return { kind: "tar", path };
    },

    onEnd: (listener) => void endListeners.push(listener),

    dispose() {
      stop();
      client.close();
    },
  };
}

function sessionUrl(known: WellKnown, id: string): string {
  return new URL(`/v1/sessions/${encodeURIComponent(id)}`, known.tokenEndpoint).href;
}

/** Only pages of the gateway's own: people will follow them. */
function readPendingHolds(body: unknown, gateway: string): PendingHold[] {
  const holds = record(body)["pending_holds"];
  if (!Array.isArray(holds)) return [];
  return holds.slice(0, PENDING_HOLDS_MAX).flatMap((hold) => {
    const [url, target] = [text(record(hold), "url"), text(record(hold), "target")];
    if (url === undefined || target === undefined || !URL.canParse(url)) return [];
    return new URL(url).origin === new URL(gateway).origin ? [{ url, target }] : [];
  });
}

/** Reads the token answer. @throws {JobError} JOB_GATEWAY_ANSWER */
function readToken(body: unknown, nowMs: number, host: string): Held {
  const answer = record(body);
  const id = text(answer, "session_id");
  const token = text(answer, "access_token");
  const seconds = number(answer, "expires_in");
  const maxExpires = number(answer, "max_expires_at");
  const details = answer["authorization_details"];
  const bad = (what: string): JobError =>
    new JobError("peer-wrong", "JOB_GATEWAY_ANSWER", `the token answer of ${host} has no usable ${what}`);
  if (id === undefined || !/^[\w.-]{1,128}$/.test(id)) throw bad("session_id");
  if (token === undefined || !/^[\w.~+/=-]{1,16384}$/.test(token)) throw bad("access_token");
  if (text(answer, "token_type")?.toLowerCase() !== "dpop") throw bad("token_type (DPoP)");
  if (seconds === undefined || seconds <= 0) throw bad("expires_in");
  if (!Array.isArray(details) || details.length > GRANTS_MAX) throw bad("authorization_details");
  const expiresAtMs = nowMs + seconds * 1000;
  return {
    id,
    token,
    issuedAtMs: nowMs,
    expiresAtMs,
    maxExpiresAtMs: maxExpires === undefined ? expiresAtMs : maxExpires * 1000,
    trustRule: text(answer, "trust_rule") ?? "",
    grants: details.map((detail) => {
      const found = record(detail);
      const [grant, target, protocol] = [text(found, "grant"), text(found, "target"), text(found, "protocol")];
      const database = text(found, "database");
      const hostKey = text(found, "host_key");
      if (hostKey !== undefined && !HOST_KEY.test(hostKey)) throw bad("host_key");
      if (grant === undefined || !GRANT.test(grant) || target === undefined || protocol === undefined) {
        throw bad("authorization_details");
      }
      // They become environment variables and lines of files.
      if ([target, protocol, database ?? ""].some((word) => word.length > WORD_CHARS_MAX || /\p{Cc}/u.test(word))) {
        throw bad("authorization_details");
      }
      return {
        grant,
        target,
        protocol,
        ...(database === undefined ? {} : { database }),
        ...(hostKey === undefined ? {} : { hostKey }),
      };
    }),
  };
}

function tunnelError(problem: Problem, grant: string): JobError {
  const detail = problem.detail === "" ? `status ${problem.status}` : problem.detail;
  const what = problem.code === "" ? "" : ` (${problem.code})`;
  return new JobError(
    "peer-wrong",
    "JOB_REFUSED",
    `the gateway refused a connection for grant "${grant}"${what}: ${detail}`,
    { refusal: problem.refusal },
  );
}

/** Statuses that say "not now" rather than "no". */
function passing(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

function unreachable(error: unknown): boolean {
  return error instanceof JobError && error.code === "JOB_GATEWAY_UNREACHABLE";
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}

/** It becomes a host's name and a file's. */
const GRANT = /^[A-Za-z0-9][\w.-]{0,127}$/;
/** Characters of a target's, a protocol's or a database's name. */
const WORD_CHARS_MAX = 256;
/** A public line: it goes into a known_hosts file as it is. */
const HOST_KEY = /^[a-z0-9@.-]{1,64} [A-Za-z0-9+/]{16,8192}={0,2}$/;
/** Exchanges tried when the gateway cannot be reached or says "not now". */
const EXCHANGE_ATTEMPTS_MAX = 4;
/** Tries to close the session, and to fetch its recording. */
const CLOSE_ATTEMPTS_MAX = 4;
/** Upgrades tried for one local connection: about six seconds with the pauses between them. */
const TUNNEL_ATTEMPTS_MAX = 6;
/** Waiting commands of one session that are read. */
const PENDING_HOLDS_MAX = 20;
/** Grants in one session. */
const GRANTS_MAX = 64;
const RETRY_MS = 100;
const RENEW_RETRY_MS = 5_000;
/** `expires_in` counts whole seconds, rounded down. */
const EXPIRY_SLACK_MS = 1_200;
const HEARTBEAT_MS = 20_000;
