/**
 * What an earlier gateway left when it died: sessions that are still open in the store. Each goes on where its record
 * and its own policy allow it, and ends otherwise, sealed where that can still be done. Reads store and recordings.
 */
import { step } from "@gate/approvals";
import { messageOf } from "@gate/base";
import type { RecordingReader, Session } from "@gate/contract";
import { parsePolicy, type Policy } from "@gate/policy";
import type { GatewayState } from "./state.ts";

export interface TakeUpOptions {
  readonly state: GatewayState;
  readonly issuers: Readonly<Record<string, string>>;
  readonly policyTargets: Readonly<Record<string, { readonly protocol: string }>>;
}

/** Before anything listens: no job may find its session half taken up. */
export async function takeUpSessions(options: TakeUpOptions): Promise<void> {
  const { store, log } = options.state;
  for (const session of await store.sessions({ state: "open" })) {
    try {
      await takeUp(options, session);
    } catch (error) {
      log.warn({ session: session.id, error: messageOf(error) }, "a session of an earlier gateway cannot go on");
      await store.updateSession(session.id, { state: "closed" });
    }
  }
  await voidLeftOver(options.state);
}

/** Nobody is to be asked about a command of a session that is over, and no answer counts for anything any more. */
async function voidLeftOver({ store, clock }: GatewayState): Promise<void> {
  for (const state of ["pending", "withdrawn", "approved"] as const) {
    for (const hold of await store.holds({ state })) {
      if ((await store.session(hold.sessionId))?.state === "open") continue;
      const { hold: over } = step(hold, { kind: "void" }, clock.now());
      await store.putHold(over);
    }
  }
}

async function takeUp({ state, issuers, policyTargets }: TakeUpOptions, session: Session): Promise<void> {
  const reader = await state.recordings.open(session.id);
  if (reader === undefined) throw new Error("its recording is not here");
  const policy = await policyOf(reader, session, issuers, policyTargets, state.policy);
  await state.engine.resume(session, policy, state.targets);
  if (session.expiresAtMs <= state.clock.now()) {
    await state.store.updateSession(session.id, { state: "expired" });
    await state.engine.close(session.id, "expired while no gateway ran");
    return;
  }
  state.log.info({ session: session.id }, "a session of an earlier gateway goes on");
}

/** The policy that the session was given, whatever the file says now. */
async function policyOf(
  reader: RecordingReader,
  session: Session,
  issuers: Readonly<Record<string, string>>,
  targets: TakeUpOptions["policyTargets"],
  present: Policy,
): Promise<Policy> {
  if (present.digest === session.policyDigest) return present;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of reader.read(POLICY_FILE)) {
    chunks.push(Buffer.from(chunk));
    bytes += chunks.at(-1)?.length ?? 0;
    if (bytes > POLICY_BYTES_MAX) throw new Error("its policy is too large");
  }
  return parsePolicy(Buffer.concat(chunks).toString("utf8"), { file: POLICY_FILE, issuers, targets });
}

const POLICY_FILE = "evidence/policy.yaml";
/** Bytes of a policy that was accepted once. */
const POLICY_BYTES_MAX = 4 * 1024 * 1024;
