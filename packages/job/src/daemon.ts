/**
 * The job proxy: opens the session through its backend, offers the endpoints, and lives as long as session, lease and
 * maximum lifetime allow. Touches the file system (its own directory), loopback and the control socket.
 */
import { writeFileSync } from "node:fs";
import type { Server } from "node:net";
import { join } from "node:path";
import { messageOf, type Clock } from "@gate/base";
import type { SessionBackend, SessionInfo } from "./backend.ts";
import { setStatus } from "./commit-status.ts";
import { serveControl, type Closed } from "./control.ts";
import { ENDED_FILE, type DaemonConfig, type Ended } from "./daemon-config.ts";
import { JobError } from "./errors.ts";
import { openEndpoint, type EndpointInfo, type OpenEndpoint } from "./endpoints.ts";
import { isMcp, writeMcpConfig } from "./mcp-config.ts";
import { writeSshConfig } from "./ssh-config.ts";
import { watchStatus, type StatusWatch } from "./status-watch.ts";

export interface DaemonOptions {
  readonly config: DaemonConfig;
  readonly backend: SessionBackend;
  readonly clock: Clock;
  readonly randomBytes: (size: number) => Buffer;
  readonly log: (line: string) => void;
  /** Is the process that holds the lease still there? */
  readonly leaseAlive: () => boolean;
  readonly pid: number;
  /** For commit statuses: a test's own instead of the network. */
  readonly fetch?: typeof fetch;
}

export interface Daemon {
  readonly session: SessionInfo;
  readonly endpoints: readonly EndpointInfo[];
  /** Resolves when the daemon has nothing left to do; its process should then exit. */
  readonly done: Promise<void>;
  /** Ends the session and leaves a note for the post step. */
  shutDown(reason: string): Promise<Closed>;
}

/** @throws {JobError} when the session cannot be opened; nothing is left behind then. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { config, backend, clock, randomBytes, log, leaseAlive, pid } = options;
  const endpoints: OpenEndpoint[] = [];
  let resolveDone: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (resolveDone = resolve));
  let session: SessionInfo | undefined = undefined;
  let lastError: string | undefined;
  let closing: Promise<Closed> | undefined;
  let watch: StatusWatch | undefined = undefined;

  const closeEndpoints = (): void => {
    for (const endpoint of endpoints) endpoint.close();
  };

  const finish = (): void => {
    control.close();
    backend.dispose();
    resolveDone();
  };

  const close = (reason: string, directory: string | undefined): Promise<Closed> => {
    closing ??= (async () => {
      log(`closing: ${reason}`);
      closeEndpoints();
      const problems: string[] = [];
      // The last word is the post step's: nothing of the watch may come after it.
      const quiet = watch?.stop();
      const report = await attempt(() => backend.close(reason), problems);
      const recording =
        directory === undefined ? undefined : await attempt(() => backend.fetchRecording(directory), problems);
      for (const problem of problems) log(problem);
      await quiet;
      // The reply must leave before the process does.
      setImmediate(finish);
      return {
        problems,
        ...(report === undefined ? {} : { report }),
        ...(recording === undefined ? {} : { recording }),
      };
    })();
    return closing;
  };

  // First of all, so that the process has something to live for while timers wait, and nobody takes the name.
  const control: Server = await serveControl(config.control, config.closeToken, {
    async status() {
      if (session === undefined) throw new JobError("bug", "JOB_CONTROL", "the session is not open yet");
      return {
        ...(await backend.status()),
        sessionId: session.id,
        mode: session.mode,
        trustRule: session.trustRule,
        pid,
        endpoints: endpoints.map(({ info, connections }) => {
          const { password: _password, user: _user, ...open } = info;
          return { ...open, connections };
        }),
        ...(lastError === undefined ? {} : { lastError }),
      };
    },
    close,
  });

  let opened: SessionInfo;
  let sshConfig: string | undefined;
  let mcpConfig: string | undefined;
  try {
    opened = await backend.open();
    for (const grant of opened.grants) {
      endpoints.push(
        await openEndpoint({ grant, backend, randomBytes, log, onFailure: (message) => (lastError = message) }),
      );
    }
    sshConfig = writeSshConfig(config.directory, endpoints);
    mcpConfig = writeMcpConfig(
      config.directory,
      endpoints.map(({ info }) => info),
    );
  } catch (error) {
    closeEndpoints();
    finish();
    throw error;
  }
  session = opened;
  log(`session ${opened.id} open with ${endpoints.length} endpoints`);

  /** Without anybody who waits for a reply: the job's post step comes later than this process lives, so it gets a note. */
  const leave = (reason: string): Promise<Closed> => {
    closing ??= (async () => {
      log(`leaving: ${reason}`);
      closeEndpoints();
      const problems: string[] = [];
      const quiet = watch?.stop();
      await attempt(() => backend.close(reason), problems);
      const recording = await attempt(() => backend.fetchRecording(config.directory), problems);
      const ended: Ended = {
        reason,
        ...(recording === undefined ? {} : { recording: recording.path }),
        ...(problems[0] === undefined ? {} : { problem: problems[0] }),
      };
      const file = join(config.directory, ENDED_FILE);
      await attempt(() => writeFileSync(file, JSON.stringify(ended), { mode: 0o600 }), problems);
      for (const problem of problems) log(problem);
      await quiet;
      // A post step that asks meanwhile gets the same answer.
      setImmediate(finish);
      return { problems, ...(recording === undefined ? {} : { recording }) };
    })();
    return closing;
  };

  // Closing what has ended by itself waits for its seal: without it the recording might not be there yet.
  backend.onEnd((reason) => void leave(reason));

  watch = startWatch(options, opened, endpoints);

  const watchLease = (): void => {
    clock.after(LEASE_MS, () => {
      if (closing !== undefined) return;
      if (leaseAlive()) watchLease();
      else void leave("the job is over");
    });
  };
  watchLease();
  clock.after(LIFETIME_MS_MAX, () => void leave("maximum lifetime reached"));

  return {
    session: opened,
    endpoints: endpoints.map(({ info, clientKey }) => ({
      ...info,
      ...(sshConfig === undefined || clientKey === undefined ? {} : { sshConfig }),
      ...(mcpConfig === undefined || !isMcp(info) ? {} : { mcpConfig }),
    })),
    done,
    shutDown: leave,
  };
}

/** Only where no App of the gateway's tells GitHub of the session. */
function startWatch(
  { config, backend, clock, log, fetch: ask = fetch }: DaemonOptions,
  session: SessionInfo,
  endpoints: readonly OpenEndpoint[],
): StatusWatch | undefined {
  if (config.commitStatus === undefined || session.checks !== "none") return undefined;
  const { token, ...place } = config.commitStatus;
  const pendingHolds = backend.pendingHolds?.bind(backend);
  let acceptedBefore = 0;
  return watchStatus({
    page: session.page ?? place.runUrl,
    set: (status) => setStatus(place, token, status, { fetch: ask, clock, triesMax: 1 }),
    ...(pendingHolds === undefined ? {} : { pendingHolds }),
    busy() {
      const accepted = endpoints.reduce((sum, endpoint) => sum + endpoint.accepted, 0);
      const more = accepted > acceptedBefore;
      acceptedBefore = accepted;
      return more || endpoints.some(({ connections }) => connections > 0);
    },
    clock,
    log,
  });
}

async function attempt<T>(run: () => T | Promise<T>, problems: string[]): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    problems.push(messageOf(error));
    return undefined;
  }
}

/** How often the lease is looked at. */
const LEASE_MS = 5_000;
/** GitHub ends a self-hosted job after five days; nothing of ours outlives that. */
const LIFETIME_MS_MAX = 432_000_000;
