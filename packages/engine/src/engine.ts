/**
 * The engine: sessions, connections and holds over any protocol. Touches sockets and stores through its options.
 */
import { messageOf } from "@gate/base";
import type { Endpoint, HoldRow, Lineage, Session } from "@gate/contract";
import type { Policy } from "@gate/policy";
import type { Duplex } from "node:stream";
import { serveConnection } from "./accept.ts";
import { EngineError } from "./errors.ts";
import { HoldBook } from "./hold.ts";
import { SessionRuntime } from "./session.ts";
import type { Approver, Engine, EngineOptions, EngineTarget, LiveSession, VoteOutcome } from "./types.ts";

export function createEngine(options: EngineOptions): Engine {
  return new SessionEngine(options);
}

class SessionEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #runtimes = new Map<string, SessionRuntime>();
  readonly #expiry = new Map<string, () => void>();
  readonly #holds: HoldBook;
  #draining = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#holds = new HoldBook(options);
  }

  open(
    session: Session,
    policy: Policy,
    targets: ReadonlyMap<string, EngineTarget>,
    evidence: Readonly<Record<string, Uint8Array>>,
  ): void {
    if (this.#draining) throw new EngineError("operator", "DRAINING", "the gateway is shutting down");
    if (this.#runtimes.has(session.id)) {
      throw new EngineError("bug", "SESSION_EXISTS", `session ${session.id} is open already`);
    }
    if (session.policyDigest !== policy.digest) {
      throw new EngineError("bug", "POLICY_UNPINNED", `session ${session.id} was given another policy`);
    }
    const files = this.#options.recordings.create(session.id);
    for (const [name, bytes] of Object.entries(evidence)) files.put(name, bytes);
    const recorder = this.#options.createRecorder(session, files);
    const runtime = new SessionRuntime(session, policy, targets, recorder, files, this.#options);
    const named = Object.fromEntries(
      session.grants.map((grant) => [grant, policy.grants.get(grant)?.target ?? "unknown"]),
    );
    runtime.append({ type: "session-opened", session, targets: named });
    runtime.commit();
    this.#runtimes.set(session.id, runtime);
    this.#armExpiry(runtime);
    this.#options.onEvent?.({ kind: "session-opened", session });
  }

  async resume(session: Session, policy: Policy, targets: ReadonlyMap<string, EngineTarget>): Promise<void> {
    const { resumeRecorder } = this.#options;
    if (resumeRecorder === undefined) throw new EngineError("bug", "SESSION_UNKNOWN", "sessions are not taken up here");
    if (session.policyDigest !== policy.digest) {
      throw new EngineError("bug", "POLICY_UNPINNED", `session ${session.id} was given another policy`);
    }
    const { recorder, files, unfinished } = await resumeRecorder(session);
    const runtime = new SessionRuntime(session, policy, targets, recorder, files, this.#options);
    runtime.takeUp(unfinished);
    this.#runtimes.set(session.id, runtime);
    await this.#holds.takeUp(runtime, unfinished.openHolds);
    this.#armExpiry(runtime);
  }

  async accept(
    sessionId: string,
    grantName: string,
    downstream: Duplex,
    endpoint: Endpoint,
    lineage: Lineage,
  ): Promise<void> {
    if (this.#draining) throw new EngineError("operator", "DRAINING", "the gateway is shutting down");
    const runtime = this.#runtimes.get(sessionId);
    if (runtime === undefined || !runtime.open) {
      throw new EngineError("peer-wrong", "SESSION_UNKNOWN", "the session has ended");
    }
    const grant = runtime.session.grants.includes(grantName) ? runtime.policy.grants.get(grantName) : undefined;
    const target = grant === undefined ? undefined : runtime.targets.get(grant.target);
    const protocol = target === undefined ? undefined : this.#options.protocols.get(target.protocol);
    if (grant === undefined || target === undefined || protocol === undefined) {
      throw new EngineError("peer-wrong", "GRANT_UNKNOWN", `the session holds no grant "${grantName}"`);
    }
    if (runtime.grantEndsAtMs(grantName) <= this.#options.clock.now()) {
      throw new EngineError("peer-wrong", "GRANT_EXPIRED", `the grant "${grantName}" has expired`);
    }
    const concurrent = Math.min(grant.limits.concurrent ?? CONNECTIONS_MAX, CONNECTIONS_MAX);
    if (runtime.connectionsOf(grantName) >= concurrent) {
      runtime.appendSoon({ type: "note", event: "limit", detail: { grant: grantName, limit: "concurrent" } });
      throw new EngineError(
        "peer-wrong",
        "LIMIT_CONCURRENT",
        `the grant "${grantName}" has ${concurrent} open connections already`,
      );
    }
    await serveConnection({
      runtime,
      grant,
      target: target.target,
      protocol,
      downstream,
      endpoint,
      lineage,
      holds: this.#holds,
      engine: this.#options,
    });
  }

  renew(sessionId: string, expiresAtMs: number): void {
    const runtime = this.#runtime(sessionId);
    runtime.renew(expiresAtMs);
    this.#armExpiry(runtime);
  }

  latchRefused(sessionId: string, principal: string): void {
    const runtime = this.#runtimes.get(sessionId);
    if (runtime === undefined || runtime.ending) return;
    runtime.append({ type: "latch-refused", principal });
    runtime.commit();
    this.#options.onEvent?.({ kind: "latch-refused", session: sessionId, principal });
  }

  async close(sessionId: string, reason: string): Promise<void> {
    const runtime = this.#runtimes.get(sessionId);
    if (runtime === undefined) return;
    this.#expiry.get(sessionId)?.();
    this.#expiry.delete(sessionId);
    await this.#voided(sessionId, () => this.#holds.voidPending(sessionId));
    const first = !runtime.ending;
    const ended = runtime.end(reason);
    await this.#voided(sessionId, () => this.#holds.voidRest(sessionId));
    await ended;
    this.#runtimes.delete(sessionId);
    if (first) this.#options.onEvent?.({ kind: "session-ended", session: sessionId, reason });
  }

  /** Nobody waits for them any more, and what is approved late runs nowhere: a session ends all the same. */
  async #voided(session: string, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      const detail = { session, error: messageOf(error) };
      this.#options.log.error(detail, "the holds of a session that ends could not be voided in the store");
    }
  }

  live(sessionId: string): LiveSession | undefined {
    return this.#runtimes.get(sessionId)?.live();
  }

  watch(sessionId: string, wake: () => void): (() => void) | undefined {
    return this.#runtimes.get(sessionId)?.watch(wake);
  }

  holds(): Promise<readonly HoldRow[]> {
    return this.#options.store.holds();
  }

  hold(id: string): Promise<HoldRow | undefined> {
    return this.#options.store.hold(id);
  }

  vote(holdId: string, approver: Approver, vote: "approve" | "deny", reason: string): Promise<VoteOutcome> {
    return this.#holds.vote(holdId, approver, vote, reason);
  }

  async drain(reason: string): Promise<void> {
    this.#draining = true;
    await Promise.all([...this.#runtimes.keys()].map((id) => this.close(id, reason)));
  }

  #runtime(sessionId: string): SessionRuntime {
    const runtime = this.#runtimes.get(sessionId);
    if (runtime === undefined || runtime.ending) {
      throw new EngineError("peer-wrong", "SESSION_UNKNOWN", "the session has ended");
    }
    return runtime;
  }

  #armExpiry(runtime: SessionRuntime): void {
    const id = runtime.session.id;
    const { clock, log } = this.#options;
    this.#expiry.get(id)?.();
    const leftMs = Math.max(0, runtime.session.expiresAtMs - clock.now());
    const dueMs = clock.monotonic() + leftMs;
    const cancel = clock.after(leftMs, () => {
      // A long delay was cut short by the clock's own bound. One whose time has gone by is over, also when the machine's
      // clock was set back meanwhile.
      if (runtime.session.expiresAtMs > clock.now() && clock.monotonic() < dueMs - EARLY_MS) {
        this.#armExpiry(runtime);
        return;
      }
      this.#expire(runtime).catch((error: unknown) => {
        log.error({ session: id, error: messageOf(error) }, "an expired session did not close");
      });
    });
    this.#expiry.set(id, cancel);
  }

  async #expire(runtime: SessionRuntime): Promise<void> {
    const { id } = runtime.session;
    try {
      await this.#options.store.updateSession(id, { state: "expired" });
    } catch (error) {
      this.#options.log.error({ session: id, error: messageOf(error) }, "an expired session could not be written");
      this.#tellLater(id);
    }
    await this.close(id, "expired");
  }

  /** Until the store takes it. */
  #tellLater(id: string): void {
    const { clock, store } = this.#options;
    const tell = async (): Promise<void> => {
      if ((await store.session(id))?.state === "open") await store.updateSession(id, { state: "expired" });
    };
    clock.after(STORE_RETRY_MS, () => {
      if (!this.#draining) tell().catch(() => this.#tellLater(id));
    });
  }
}

/** Timers come early by less than this, in milliseconds. */
const EARLY_MS = 1_000;
/** Until a store that could not be written is tried again, in milliseconds. */
const STORE_RETRY_MS = 10_000;
/** Open connections of one grant of one session, whatever the policy says. */
const CONNECTIONS_MAX = 1_000;
