/**
 * Holds while somebody waits: makes them, tells the client, takes votes, answers. The rules of a hold are the pure
 * state machine of packages/approvals; this file gives it time, a store and a record.
 */
import { messageOf } from "@gate/base";
import { openHold, step, type HoldBinding, type HoldMessage } from "@gate/approvals";
import type { ApprovalSpec, Entry, Facts, HeldView, HoldRow, Refusal, SubmitOptions } from "@gate/contract";
import type { SessionRuntime } from "./session.ts";
import type { Approver, EngineOptions, VoteOutcome } from "./types.ts";

export interface HoldRequest {
  readonly id: string;
  readonly runtime: SessionRuntime;
  readonly grant: string;
  readonly target: string;
  readonly rule: string;
  readonly approval: ApprovalSpec;
  readonly digest: string;
  readonly text: string;
  readonly facts: Facts;
  /** Sequence number of the verdict entry. */
  readonly entry: number;
}

export type HoldOutcome =
  | { readonly kind: "approved" }
  | {
      readonly kind: "refused";
      readonly reason: Refusal["reason"];
      readonly message: string;
      readonly hint?: string;
    };

interface Waiter {
  readonly request: HoldRequest;
  readonly answer: (outcome: HoldOutcome) => void;
}

export class HoldBook {
  readonly #options: EngineOptions;
  readonly #waiters = new Map<string, Waiter>();
  /** Holds of open sessions, waited for or not, without their texts: a late vote goes into the record too. */
  readonly #requests = new Map<string, HoldRequest>();
  /** Holds that each open session has asked for, whatever became of them. */
  readonly #counts = new Map<string, number>();
  /**
   * Pending holds whose client does not wait, with what stops their expiry: an identical command waits for the answer
   * in its place.
   */
  readonly #detached = new Map<string, () => void>();
  /** Steps of one hold run one after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  /** Waits for the answer of people; every way out leaves a `hold-resolved` entry before it resolves. */
  async request(request: HoldRequest, options: SubmitOptions): Promise<HoldOutcome> {
    const { clock } = this.#options;
    const claimed = await this.#claim(request);
    if (claimed !== undefined) return claimed;
    const pending = await this.#rejoin(request);
    if (pending !== undefined) {
      const outcome = this.#wait(request, pending, this.#view(pending), options);
      await this.#catchUp(pending.id);
      return outcome;
    }
    const { id: sessionId } = request.runtime.session;
    const asked = this.#counts.get(sessionId) ?? 0;
    if (asked >= HOLDS_OF_SESSION_MAX) {
      this.#record(request, resolution(request, "void"));
      const most = `more than ${HOLDS_OF_SESSION_MAX} commands of this session needed approval`;
      return refused(
        "limit",
        `gate: limit reached: ${most}`,
        "start a new job, or write rules that need people less often",
      );
    }
    this.#counts.set(sessionId, asked + 1);
    const roles = this.#options.peopleBehind === undefined ? [] : request.approval.exclude.filter(isLookedUp);
    const created = openHold({
      unresolved: roles,
      id: request.id,
      sessionId: request.runtime.session.id,
      grant: request.grant,
      target: request.target,
      rule: request.rule,
      approval: request.approval,
      commandDigest: request.digest,
      commandText: request.text,
      policyDigest: request.runtime.session.policyDigest,
      principal: request.runtime.session.principal.display,
      claims: request.runtime.session.principal.claims,
      facts: request.facts,
      nowMs: clock.now(),
      sessionExpiresAtMs: request.runtime.session.expiresAtMs,
    });
    if (!(await this.#open(created))) {
      this.#recordResolved(request, created, "void");
      const most = `more than ${HOLDS_PENDING_MAX} commands of this session wait for approval`;
      return refused("limit", `gate: limit reached: ${most}`, "let the others be answered, or take them back");
    }
    this.#requests.set(created.id, { ...request, text: "", facts: UNKNOWN_FACTS });
    if (roles.length > 0) void this.#lookUp(created, roles, 0);
    const view = this.#view(created);
    this.#options.onEvent?.({ kind: "hold-requested", hold: created, url: view.url });
    return this.#wait(request, created, view, options);
  }

  /** Asking people has an end: a session that asks for everything would bury what matters. */
  #open(created: HoldRow): Promise<boolean> {
    const { store } = this.#options;
    return this.#inTurn(`session ${created.sessionId}`, async () => {
      const pending = await store.holds({ state: "pending", sessionId: created.sessionId });
      if (pending.length >= HOLDS_PENDING_MAX) return false;
      await store.putHold(created);
      return true;
    });
  }

  async vote(holdId: string, approver: Approver, vote: "approve" | "deny", reason: string): Promise<VoteOutcome> {
    return this.#inTurn(holdId, () =>
      this.#step(holdId, {
        kind: "vote",
        approver: approver.name,
        ...(approver.identity === undefined ? {} : { identity: approver.identity }),
        subjects: approver.subjects,
        vote,
        reason: reason.slice(0, REASON_CHARS_MAX),
      }),
    );
  }

  /**
   * Holds of a session that another gateway began: who waited for them is gone, so they are withdrawn, and a late
   * approval is for an identical command to claim.
   */
  async takeUp(runtime: SessionRuntime, open: ReadonlyMap<string, number>): Promise<void> {
    const { store } = this.#options;
    const holds = await store.holds({ sessionId: runtime.session.id });
    this.#counts.set(runtime.session.id, holds.length);
    for (const hold of holds) {
      const entry = open.get(hold.id);
      const request: HoldRequest = {
        id: hold.id,
        runtime,
        grant: hold.grant,
        target: hold.target,
        rule: hold.rule,
        approval: { name: hold.approvalName, from: hold.from, count: hold.count, timeoutMs: 0, exclude: hold.exclude },
        digest: hold.commandDigest,
        text: "",
        facts: UNKNOWN_FACTS,
        entry: entry ?? -1,
      };
      this.#requests.set(hold.id, request);
      if (hold.state === "pending") await this.#inTurn(hold.id, () => this.#step(hold.id, { kind: "withdraw" }));
      // What was spent without a word of it in the record was never forwarded.
      if (entry !== undefined) this.#recordResolved(request, hold, hold.state === "pending" ? "withdrawn" : "void");
    }
  }

  /** The session ends: nobody can be answered any more. First those for which somebody waits. */
  async voidPending(sessionId: string): Promise<void> {
    for (const hold of await this.#options.store.holds({ state: "pending", sessionId })) await this.#void(hold.id);
  }

  /**
   * Then all others. Of a session that asked for much they are many, each one a write that is waited for: everybody else's
   * turn comes in between.
   */
  async voidRest(sessionId: string): Promise<void> {
    this.#counts.delete(sessionId);
    const holds = await this.#options.store.holds({ sessionId });
    // A vote from here on is none of the record's any more, which is being sealed.
    for (const hold of holds) this.#requests.delete(hold.id);
    for (const hold of holds) {
      await this.#void(hold.id);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #void(holdId: string): Promise<void> {
    await this.#inTurn(holdId, () => this.#step(holdId, { kind: "void" }));
    this.#requests.delete(holdId);
    this.#attach(holdId);
  }

  #wait(request: HoldRequest, hold: HoldRow, view: HeldView, options: SubmitOptions): Promise<HoldOutcome> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      let stopReminding = (): void => undefined;
      const remind = (): void => {
        options.onHeld?.(view);
        // Told so, the client may have stopped waiting at once.
        if (this.#waiters.has(hold.id)) stopReminding = clock.after(REMIND_MS, remind);
      };
      const stopExpiry = clock.after(Math.max(0, hold.expiresAtMs - clock.now()), () => {
        this.#stepSoon(hold.id, { kind: "expire" });
      });
      const withdraw = (): void => {
        if (options.signal?.reason === "detached") {
          this.#detach(request, hold);
          return;
        }
        this.#stepSoon(hold.id, { kind: "withdraw" }, options.signal?.reason === "cancelled" ? "cancelled" : "gone");
      };
      this.#waiters.set(hold.id, {
        request,
        answer: (outcome) => {
          stopReminding();
          stopExpiry();
          options.signal?.removeEventListener("abort", withdraw);
          this.#waiters.delete(hold.id);
          resolve(outcome);
        },
      });
      if (options.signal?.aborted === true) withdraw();
      else options.signal?.addEventListener("abort", withdraw, { once: true });
      remind();
    });
  }

  /**
   * The client was told to come back: its command will not run by itself, so for the record it was taken back, but
   * the hold stays open for votes until its time is over.
   */
  #detach(request: HoldRequest, hold: HoldRow): void {
    const waiter = this.#waiters.get(hold.id);
    if (waiter === undefined) return;
    this.#recordResolved(request, hold, "withdrawn");
    waiter.answer(refused("cancelled", "gate: the client did not wait for the approval"));
    const { clock } = this.#options;
    const stopExpiry = clock.after(Math.max(0, hold.expiresAtMs - clock.now()), () => {
      this.#detached.delete(hold.id);
      this.#stepSoon(hold.id, { kind: "expire" });
    });
    this.#detached.set(hold.id, stopExpiry);
  }

  /** A step that nobody asks for: a store that fails then ends the wait of one client, and not the gateway. */
  #stepSoon(holdId: string, message: HoldMessage, why?: "cancelled" | "gone"): void {
    this.#inTurn(holdId, () => this.#step(holdId, message, why)).catch((error: unknown) => {
      this.#options.log.error({ hold: holdId, error: messageOf(error) }, "a hold could not be ended in the store");
      const waiter = this.#waiters.get(holdId);
      if (waiter === undefined) return;
      this.#record(waiter.request, resolution(waiter.request, "void"));
      waiter.answer(refused("recorder", "gate: denied: the store of approvals cannot be written"));
    });
  }

  /** True when nobody waited for this hold; from now on somebody does, or it is over. */
  #attach(holdId: string): boolean {
    const stopExpiry = this.#detached.get(holdId);
    stopExpiry?.();
    return this.#detached.delete(holdId);
  }

  /** The answer may have come just before somebody waited for it again. */
  #catchUp(holdId: string): Promise<void> {
    return this.#inTurn(holdId, async () => {
      const current = await this.#options.store.hold(holdId);
      const waiter = this.#waiters.get(holdId);
      if (current !== undefined && waiter !== undefined) await this.#resolve(waiter, current, undefined);
    });
  }

  /** A hold of the same command that still waits for people, and for which nobody waits. */
  async #rejoin(request: HoldRequest): Promise<HoldRow | undefined> {
    if (this.#detached.size === 0) return undefined;
    const holds = await this.#options.store.holds({ state: "pending", sessionId: request.runtime.session.id });
    const nowMs = this.#options.clock.now();
    return holds.find(
      (hold) =>
        hold.commandDigest === request.digest &&
        hold.grant === request.grant &&
        hold.expiresAtMs > nowMs &&
        this.#attach(hold.id),
    );
  }

  #view(hold: HoldRow): HeldView {
    const { id, rule, expiresAtMs } = hold;
    return { id, url: this.#options.holdUrl?.(id) ?? "", rule, expiresAtMs };
  }

  /** Asks who is behind the roles, again and again while the hold is open. */
  async #lookUp(hold: HoldRow, roles: readonly string[], tries: number): Promise<void> {
    const { clock, log, peopleBehind, store } = this.#options;
    try {
      const names = (await peopleBehind?.(hold.claims ?? {}, roles)) ?? [];
      await this.#inTurn(hold.id, () => this.#step(hold.id, { kind: "exclusions", names }));
    } catch (error) {
      log.warn({ hold: hold.id, error: messageOf(error) }, "who wrote the change is not known yet: nobody can approve");
      const current = await store.hold(hold.id).catch(() => undefined);
      if (current?.unresolved === undefined || clock.now() >= hold.expiresAtMs) return;
      clock.after(Math.min(LOOK_UP_MS * 2 ** tries, LOOK_UP_MS_MAX), () => void this.#lookUp(hold, roles, tries + 1));
    }
  }

  /** An identical command of the same session may use an approval that came after its first client had gone. */
  async #claim(request: HoldRequest): Promise<HoldOutcome | undefined> {
    const holds = await this.#options.store.holds({ state: "approved", sessionId: request.runtime.session.id });
    for (const hold of holds) {
      if (hold.commandDigest !== request.digest || hold.grant !== request.grant || this.#waiters.has(hold.id)) continue;
      const outcome = await this.#inTurn(hold.id, async () => {
        const current = await this.#options.store.hold(hold.id);
        if (current === undefined) return undefined;
        const message: HoldMessage = { kind: "claim", ...bindingOf(request) };
        const result = step(current, message, this.#options.clock.now());
        if (!result.ok) return undefined;
        await this.#options.store.putHold(result.hold);
        return this.#recordResolved(request, result.hold, "approved") ? APPROVED : UNRECORDED;
      });
      if (outcome !== undefined) return outcome;
    }
    return undefined;
  }

  async #step(holdId: string, message: HoldMessage, why?: "cancelled" | "gone"): Promise<VoteOutcome> {
    const { store, clock } = this.#options;
    const hold = await store.hold(holdId);
    if (hold === undefined) return { ok: false, code: "HOLD_UNKNOWN", message: `there is no hold ${holdId}` };
    // Whoever says that the time is over has waited for it, whatever the machine's clock was set to meanwhile.
    const nowMs = message.kind === "expire" ? Math.max(clock.now(), hold.expiresAtMs) : clock.now();
    const result = step(hold, message, nowMs);
    const request = this.#requests.get(holdId);
    if (request !== undefined && result.ok && message.kind === "vote") {
      const { approver, identity, vote, reason } = message;
      // Before it counts: of an approval whose votes no record knows nobody could tell who gave it.
      this.#record(request, {
        type: "vote",
        hold: holdId,
        approver,
        ...(identity === undefined ? {} : { identity: identity.id }),
        vote,
        reason,
      });
    }
    // A refused message can still move the hold: a vote after its time expires it.
    if (result.hold !== hold) await store.putHold(result.hold);
    const waiter = this.#waiters.get(holdId);
    if (waiter !== undefined) await this.#resolve(waiter, result.hold, why);
    if (result.hold.state !== hold.state) this.#options.onEvent?.({ kind: "hold-resolved", hold: result.hold });
    if (!result.ok) return { ok: false, code: result.code, message: result.message };
    return { ok: true, hold: result.hold };
  }

  async #resolve(waiter: Waiter, hold: HoldRow, why: "cancelled" | "gone" | undefined): Promise<void> {
    const { request } = waiter;
    const rule = request.rule;
    switch (hold.state) {
      case "pending":
        return;
      case "approved": {
        const spent = step(hold, { kind: "spend", ...bindingOf(request) }, this.#options.clock.now());
        if (!spent.ok) {
          waiter.answer(refused("expired", `gate: the approval of rule "${rule}" cannot be used: ${spent.message}`));
          return;
        }
        await this.#options.store.putHold(spent.hold);
        waiter.answer(this.#recordResolved(request, spent.hold, "approved") ? APPROVED : UNRECORDED);
        return;
      }
      case "denied": {
        const vote = hold.votes.find((each) => each.vote === "deny");
        this.#recordResolved(request, hold, "denied");
        const because = vote === undefined || vote.reason === "" ? "" : `: ${vote.reason}`;
        const message = `gate: denied by rule "${rule}": ${vote?.approver ?? "an approver"} said no${because}`;
        waiter.answer(refused("not-approved", message));
        return;
      }
      case "expired":
        this.#recordResolved(request, hold, "expired");
        waiter.answer(
          refused(
            "expired",
            `gate: denied by rule "${rule}": nobody approved it in time`,
            "run it again and ask an approver",
          ),
        );
        return;
      case "withdrawn":
        this.#recordResolved(request, hold, "withdrawn");
        waiter.answer(
          refused("cancelled", `gate: the command was taken back (${why ?? "gone"}) before anybody approved it`),
        );
        return;
      case "void":
      case "spent":
        this.#recordResolved(request, hold, "void");
        waiter.answer(refused("session", "gate: the session ended before the approval"));
    }
  }

  /** True when the entry reached the store. */
  #recordResolved(
    request: HoldRequest,
    hold: HoldRow,
    state: "approved" | "denied" | "expired" | "withdrawn" | "void",
  ): boolean {
    return this.#record(request, {
      type: "hold-resolved",
      hold: request.id,
      of: request.entry,
      state,
      approvers: hold.votes.filter((vote) => vote.vote === "approve").map((vote) => vote.approver),
      digest: hold.commandDigest,
      ...(hold.id === request.id ? {} : { claims: hold.id }),
    });
  }

  #record(request: HoldRequest, entry: Entry): boolean {
    try {
      request.runtime.append(entry);
      request.runtime.commit();
      return true;
    } catch {
      // The runtime has logged it and is ending the session.
      return false;
    }
  }

  async #inTurn<T>(holdId: string, run: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(holdId) ?? Promise.resolve();
    const turn = before.then(run, run);
    const settled = turn.catch(() => undefined);
    this.#turns.set(holdId, settled);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(holdId) === settled) this.#turns.delete(holdId);
    }
  }
}

/** The end of a hold of which the store has nothing. */
function resolution(request: HoldRequest, state: "void"): Entry {
  const { id, entry, digest } = request;
  return { type: "hold-resolved", hold: id, of: entry, state, approvers: [], digest };
}

function bindingOf(request: HoldRequest): HoldBinding {
  return { digest: request.digest, sessionId: request.runtime.session.id, grant: request.grant };
}

function refused(reason: Refusal["reason"], message: string, hint?: string): HoldOutcome {
  return { kind: "refused", reason, message, ...(hint === undefined ? {} : { hint }) };
}

const UNKNOWN_FACTS: Facts = { kind: "unknown", classified: false, housekeeping: false, writes: true, fields: {} };

/** Roles whose people no claim names. */
function isLookedUp(role: string): boolean {
  return role === "pr_author" || role === "commit_authors" || role === "last_pusher";
}

const APPROVED: HoldOutcome = { kind: "approved" };
const UNRECORDED = refused("recorder", "gate: denied: the record cannot be written");
/** Milliseconds until a look-up that failed is tried again, doubled each time. */
const LOOK_UP_MS = 2_000;
/** Longest pause between two such tries, in milliseconds. */
const LOOK_UP_MS_MAX = 30_000;
/** Commands of one session that wait for people at once. */
export const HOLDS_PENDING_MAX = 100;
/** Commands of one session that needed approval, those included that were answered or taken back. */
export const HOLDS_OF_SESSION_MAX = 2_000;
/** How often a waiting client is told again, in milliseconds (CONTRACT §6). */
const REMIND_MS = 10_000;
/** Characters of a command that people are shown; a longer one cannot be approved, because nobody could have read it. */
export const HELD_CHARS_MAX = 65_536;
/** Characters of an approver's reason that are kept. */
const REASON_CHARS_MAX = 1_000;
