/**
 * The composition root: puts store, recordings, engine, identity and listener together, and takes them apart again.
 * Nothing listens before everything is there.
 */
import { messageOf, systemClock, type Clock } from "@gate/base";
import type { Protocol, RecordingStore, Store } from "@gate/contract";
import { createEngine, recordingBytes, type Engine, type EngineEvent, type EngineOptions } from "@gate/engine";
import { createIssuer, type HttpGet } from "@gate/identity";
import { parsePolicy } from "@gate/policy";
import { createRecorder, loadSigner, readUnfinished } from "@gate/recording";
import { fileRecordings, memoryStore, sqliteStore } from "@gate/stores";
import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { formatListen, isLoopbackHost, policyTargets, type GatewayConfig } from "./config.ts";
import { GatewayError } from "./errors.ts";
import { SessionChecks, type ChecksOptions } from "./github/checks.ts";
import { createGitHubClient } from "./github/client.ts";
import { peopleBehind } from "./github/people.ts";
import { addGitHubSetup, serversOf, type GitHubServer } from "./github/setup.ts";
import { addWebhooks, type GitHubPart } from "./github/webhooks.ts";
import { Outbox } from "./notify/outbox.ts";
import { addNoticeRoutes, tellPeople } from "./notify/routes.ts";
import { addSlackActions } from "./notify/slack-actions.ts";
import { httpGet } from "./http-get.ts";
import { loadOrCreateKeys } from "./keys.ts";
import { fencedRecordings, fencedStore } from "./fence.ts";
import { takeLease } from "./lease.ts";
import { createListener } from "./listener.ts";
import { createLog, type Log } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import { CommandLineLogins } from "./people/command-line.ts";
import { isNobody } from "./people/config.ts";
import { OidcLogin } from "./people/oidc.ts";
import { addLoginRoutes } from "./people/routes.ts";
import { SamlLogin } from "./people/saml.ts";
import { LoginSessions } from "./people/sessions.ts";
import { randomId } from "./random.ts";
import { addRoutes } from "./routes.ts";
import type { GatewayState } from "./state.ts";
import { takeUpSessions } from "./take-up.ts";
import { Throttle } from "./throttle.ts";
import { certificateTrouble, selfSigned, type ServerCertificate } from "./tls.ts";
import { createTunnels } from "./tunnel.ts";
import { addExplain, type ExplainCommand } from "./web/explain.ts";
import { addPages, readWebFiles } from "./web/pages.ts";
import { addWebRoutes } from "./web/routes.ts";

export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly policyText: string;
  readonly policyFile: string;
  readonly clock?: Clock;
  readonly log?: Log;
  /** Where the web pages were built; without it people use the command line. */
  readonly webFolder?: string;
  /** What `gate policy explain` answers with; without it the page does not offer it. */
  readonly explainCommand?: ExplainCommand;
  /** Another gateway has the store now: the process must end at once, without writing anything more. */
  readonly onLost?: () => void;
  /** Parts that tests replace. */
  readonly parts?: GatewayParts;
}

export interface GatewayParts {
  readonly store?: Store;
  readonly recordings?: RecordingStore;
  readonly protocols?: ReadonlyMap<string, Protocol>;
  readonly createEngine?: (options: EngineOptions) => Engine;
  readonly httpGet?: HttpGet;
  readonly githubServers?: readonly GitHubServer[];
}

export interface Gateway {
  /** The address that is listened on; port 0 of the configuration is resolved after `listen`. */
  readonly url: string;
  readonly publicUrl: string;
  /** C2SP verification key of the recordings. */
  readonly vkey: string;
  /** PEM file of the self-signed certificate (a job's `gateway-ca`); undefined with the operator's own. */
  readonly certificateFile: string | undefined;
  readonly engine: Engine;
  /** @throws {GatewayError} LISTEN_FAILED */
  listen(): Promise<void>;
  /** Answers holds, seals recordings, closes sockets and store; within DRAIN_MS_MAX. Idempotent. */
  drain(reason: string): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds in which a gateway shuts down: inside the 30 s that orchestrators give after SIGTERM. */
export const DRAIN_MS_MAX = 25_000;
/** Failed exchanges and logins of one address in a minute. */
export const FAILURES_PER_MINUTE_MAX = 120;
/** Milliseconds between two removals of used token ids that have expired. */
const PRUNE_MS = 5 * 60_000;

/** @throws {PolicyError} {GatewayError} before anything listens */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, parts = {} } = options;
  const clock = options.clock ?? systemClock;
  const log = options.log ?? createLog();
  const policy = parsePolicy(options.policyText, {
    file: options.policyFile,
    issuers: config.issuers,
    targets: policyTargets(config.targets),
  });
  // Loaded only where it is used: the parsers behind it are large.
  const protocols = parts.protocols ?? (await import("@gate/protocols")).protocols;
  const keys = loadOrCreateKeys(config.signingKeyFile);
  const signer = loadSigner(keys.pem);
  const tls = await certificateOf(config, clock);
  const trouble = tls === undefined ? undefined : certificateTrouble(tls.cert, clock);
  if (trouble !== undefined) log.error({}, trouble);
  // Nothing may be written before the lease is there, nor after it was lost.
  let assertHeld = (): void => {
    throw new GatewayError("STORE_LOST", "the store's lease is not taken yet");
  };
  const shared = parts.store ?? openStore(config);
  const store = fencedStore(shared, () => assertHeld());
  const recordings = fencedRecordings(parts.recordings ?? fileRecordings(config.recordings.path), () => assertHeld());
  const metrics = createMetrics();
  const get = parts.httpGet ?? httpGet;
  const issuerUrls = [...Object.values(config.issuers), ...policy.trust.map((rule) => rule.issuer)];
  const issuers = new Map(issuerUrls.map((url) => [url, createIssuer(url, { get, clock })]));
  const web = options.webFolder === undefined ? undefined : readWebFiles(options.webFolder);
  if (web === undefined && options.webFolder !== undefined) log.warn({}, "the web pages are not beside this program");
  const outbox = new Outbox({ config: config.notify, store, clock, log, randomId, publicUrl: () => state.publicUrl });
  const github = githubPart(config, { store, recordings, clock, log, publicUrl: () => state.publicUrl });
  let onServing: (session: string, grant: string) => void = () => undefined;
  const engine = (parts.createEngine ?? createEngine)({
    clock,
    store,
    recordings,
    createRecorder: (session, files) => {
      const bytesMax = recordingBytes(policy, session.grants);
      return createRecorder({
        sessionId: session.id,
        files,
        signer,
        clock,
        ...(bytesMax === undefined ? {} : { bytesMax }),
      });
    },
    resumeRecorder: async (session) => {
      const reader = await recordings.open(session.id);
      if (reader === undefined) throw new GatewayError("RESPONSE_INVALID", "there is no recording of this session");
      const unfinished = await readUnfinished(reader, session.id, signer.vkey);
      const files = recordings.reopen(session.id, unfinished.keep);
      const bytesMax = recordingBytes(policy, session.grants);
      const limits = bytesMax === undefined ? {} : { bytesMax };
      const recorder = createRecorder({ sessionId: session.id, files, signer, clock, unfinished, ...limits });
      return { recorder, files, unfinished };
    },
    protocols,
    randomId,
    randomBytes: (size) => new Uint8Array(randomBytes(size)),
    maskKey: keys.maskKey,
    hostKey: keys.hostKey,
    // Without people nobody could answer: every hold is then denied at once.
    holdUrl: isNobody(config.people) && config.github === undefined ? undefined : (id) => state.holdPage(id),
    log,
    onEvent: (event: EngineEvent) => {
      if (event.kind === "connection-opened") onServing(event.session, event.grant);
      if (event.kind === "recorder-failed") endBroken(event.session);
      metrics.onEvent(event);
      if (event.kind === "session-opened") github?.checks.opened(event.session);
      else github?.checks.onEvent(event);
      tellPeople(outbox, event, () => state.publicUrl, clock);
    },
    ...(github === undefined
      ? {}
      : {
          peopleBehind: (claims: Readonly<Record<string, string>>, roles: readonly string[]) =>
            peopleBehind(github.client, claims, roles),
        }),
  });
  /** A session whose record cannot be written is over, whatever the store still says. */
  const endBroken = (id: string): void => {
    const ends = async (): Promise<void> => {
      await store.updateSession(id, { state: "closed" });
      await engine.close(id, "recorder failed");
    };
    ends().catch((error: unknown) => log.error({ session: id, error: messageOf(error) }, "a session did not end"));
  };
  const ending = new AbortController();
  const state: GatewayState = {
    hooks: { github: config.github !== undefined, slack: config.notify.slack?.signingSecret !== undefined },
    ending: ending.signal,
    clock,
    log,
    engine,
    store,
    recordings,
    policy,
    targets: config.targets,
    protocols,
    issuers,
    people: config.people,
    logins: new LoginSessions(store, clock),
    commandLine: new CommandLineLogins(store, clock),
    oidc:
      config.people.oidc === undefined
        ? undefined
        : new OidcLogin(config.people.oidc, () => `${state.publicUrl}/login/oidc/callback`),
    saml: config.people.saml === undefined ? undefined : new SamlLogin(config.people.saml, () => state.publicUrl),
    keys,
    vkey: signer.vkey,
    metrics,
    checks: github === undefined ? "none" : "app",
    holdPage: (id) => `${state.publicUrl}${web === undefined ? "/v1" : ""}/approvals/${id}`,
    explainCommand: options.explainCommand,
    failures: new Throttle(clock, { windowMs: 60_000, max: FAILURES_PER_MINUTE_MAX }),
    local:
      isLoopbackHost(config.listen.host) &&
      (config.publicUrl === undefined || isLoopbackHost(new URL(config.publicUrl).hostname)),
    publicUrl: config.publicUrl ?? "",
    phase: "starting",
  };
  const listener = createListener(state, tls);
  const { app, server } = listener;
  addRoutes(app, state, config.targets);
  addLoginRoutes(app, state);
  addWebRoutes(app, state);
  addExplain(app, state);
  if (web !== undefined) addPages(app, web);
  if (github !== undefined) addWebhooks(app, state, github);
  else {
    const servers = parts.githubServers ?? serversOf(issuerUrls);
    addGitHubSetup(app, state, { signingKeyFile: config.signingKeyFile, servers });
  }
  if (config.notify.slack !== undefined) addSlackActions(app, state, config.notify.slack);
  addNoticeRoutes(app, state, outbox);
  const tunnels = createTunnels(state);
  tunnels.attach(server);
  onServing = (session, grant) => tunnels.onServing(session, grant);
  const onLost = (): void => {
    state.phase = "draining";
    options.onLost?.();
    // Still here: then at least no connection goes on.
    listener.cut();
  };
  const lease = await takeLease({ store: shared, clock, log, onLost });
  assertHeld = () => lease.assertHeld();
  await takeUpSessions({ state, issuers: config.issuers, policyTargets: policyTargets(config.targets) });
  await app.ready();

  const scheme = tls === undefined ? "http" : "https";
  let url = `${scheme}://${formatListen(config.listen)}`;
  let drained: Promise<void> | undefined;
  let cancelPrune = (): void => undefined;
  const prune = (): void => {
    store.prune(clock.now()).catch((error: unknown) => log.error({ error: messageOf(error) }, "pruning failed"));
    cancelPrune = clock.after(PRUNE_MS, prune);
  };

  const shutDown = async (reason: string): Promise<void> => {
    state.phase = "draining";
    ending.abort("draining");
    cancelPrune();
    log.info({ reason }, "draining");
    // A part that fails, a store that is locked above all, keeps none of the others from ending.
    const step = async (name: string, run: () => unknown): Promise<void> => {
      try {
        await run();
      } catch (error) {
        log.error({ part: name, error: messageOf(error) }, "a part of the gateway did not end well");
      }
    };
    const ends = (async () => {
      // Sessions and recordings of a lost store are another gateway's.
      if (!lease.lost) await step("sessions", () => markClosed(engine, store, reason));
      await step("checks", () => github?.checks.settled());
      outbox.stop();
      await step("lease", () => lease.release());
      await listener.close();
      await step("store", () => store.close());
    })();
    let cancel = (): void => undefined;
    const late = new Promise<"late">((resolve) => {
      cancel = clock.after(DRAIN_MS_MAX, () => resolve("late"));
    });
    const outcome = await Promise.race([ends, late]);
    cancel();
    if (outcome === "late") {
      log.error({}, "the gateway did not drain in time; what is left is cut");
      server.closeAllConnections();
      server.close();
    } else log.info({}, "drained");
  };

  const gateway: Gateway = {
    get url() {
      return url;
    },
    get publicUrl() {
      return state.publicUrl;
    },
    vkey: signer.vkey,
    certificateFile: tls?.certFile,
    engine,
    async listen() {
      try {
        await app.listen({ host: config.listen.host, port: config.listen.port });
      } catch (cause) {
        const code = (cause as NodeJS.ErrnoException).code ?? "failed";
        const next = LISTEN_REMEDIES[code] ?? "check `gateway.listen`";
        const message = `cannot listen on ${formatListen(config.listen)} (${code}): ${next}`;
        throw new GatewayError("LISTEN_FAILED", message, { cause });
      }
      const { port } = server.address() as AddressInfo;
      url = `${scheme}://${formatListen({ host: config.listen.host, port })}`;
      if (state.publicUrl === "") state.publicUrl = url;
      state.phase = "ready";
      await outbox.start();
      prune();
      log.info({ url, publicUrl: state.publicUrl, vkey: signer.vkey }, "listening");
    },
    drain(reason) {
      drained ??= shutDown(reason);
      return drained;
    },
    close: () => gateway.drain("closed"),
  };
  return gateway;
}

const LISTEN_REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE:
    "another program has this address; stop it (`ss -ltnp` names it), or write another port in `gateway.listen`",
  EACCES:
    "this user may not use the port; write one above 1023 in `gateway.listen`, or give the program the right to it",
  EADDRNOTAVAIL: "this machine has no such address; write one of its own, or 0.0.0.0 for all, in `gateway.listen`",
};

async function markClosed(engine: Engine, store: Store, reason: string): Promise<void> {
  await engine.drain(reason);
  for (const session of await store.sessions({ state: "open" })) {
    await store.updateSession(session.id, { state: "closed" });
  }
}

async function certificateOf(
  config: GatewayConfig,
  clock: Clock,
): Promise<(ServerCertificate & { readonly certFile?: string }) | undefined> {
  switch (config.tls.kind) {
    case "off":
      return undefined;
    case "files":
      return { cert: config.tls.cert, key: config.tls.key.reveal() };
    case "self-signed": {
      const hosts = [
        config.listen.host,
        ...(config.publicUrl === undefined ? [] : [new URL(config.publicUrl).hostname]),
      ];
      return selfSigned(
        config.signingKeyFile,
        hosts.map((host) => host.replace(/^\[|\]$/g, "")).filter((host) => host !== "0.0.0.0" && host !== "::"),
        clock,
      );
    }
  }
}

function githubPart(config: GatewayConfig, parts: Omit<ChecksOptions, "client">): GitHubPart | undefined {
  if (config.github === undefined) return undefined;
  const client = createGitHubClient({ config: config.github, clock: parts.clock });
  return { config: config.github, client, checks: new SessionChecks({ ...parts, client }) };
}

function openStore(config: GatewayConfig): Store {
  return config.store.kind === "memory" ? memoryStore() : sqliteStore(config.store.path);
}
