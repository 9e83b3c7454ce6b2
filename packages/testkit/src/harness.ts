/**
 * An engine over real sockets for tests: one session, one grant, a loopback port that leads into it.
 * Touches loopback sockets; stores and recordings live in memory.
 */
import { createHash, pbkdf2Sync, createHmac, generateKeyPairSync, randomBytes } from "node:crypto";
import net from "node:net";
import { base64url, Secret, sha256Hex, systemClock, type Clock } from "@gate/base";
import type {
  Endpoint,
  Entry,
  HoldRow,
  Protocol,
  RecordingFiles,
  RecordingReader,
  RecordingStore,
  Session,
  Store,
} from "@gate/contract";
import { createEngine, type Engine, type EngineEvent } from "@gate/engine";
import { parsePolicy, type Policy } from "@gate/policy";
import { createRecorder, generateSigner, type Signer } from "@gate/recording";
import { memoryRecordings, memoryStore } from "@gate/stores";

export interface HarnessOptions {
  readonly protocol: Protocol;
  /** The protocol's own keys of the target. */
  readonly target: Readonly<Record<string, unknown>>;
  /** The `rules:`, `approvals:`, `masks:` and `limits:` parts of a policy, and the keys of its one grant. */
  readonly policy: string;
  readonly grantKeys?: string;
  readonly clock?: Clock;
  /** Stands between the recorder and its files: a test can make writing fail. */
  readonly wrapFiles?: (files: RecordingFiles) => RecordingFiles;
  readonly sessionTtlMs?: number;
  /** The endpoint's password, where several harnesses stand behind one port. */
  readonly password?: string;
  /** More verifiers of the endpoint: `publicKey`, `secretSha256`. */
  readonly endpoint?: Partial<Endpoint>;
  /** Default: in memory. */
  readonly recordings?: RecordingStore;
}

export interface Harness {
  readonly engine: Engine;
  readonly store: Store;
  readonly recordings: RecordingStore;
  readonly signer: Signer;
  readonly session: Session;
  readonly policy: Policy;
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** What clients pin of the gateway, for protocols whose server has a key. */
  readonly hostKeyLine: string | undefined;
  readonly events: readonly EngineEvent[];
  /** Entries written so far, parsed. */
  entries(): Promise<readonly (Entry & { readonly seq: number })[]>;
  /** Waits for a pending hold, bounded. */
  pendingHold(): Promise<HoldRow>;
  vote(vote: "approve" | "deny", by?: string): Promise<void>;
  close(reason?: string): Promise<RecordingReader>;
  stop(): Promise<void>;
}

export const HARNESS_GRANT = "target";

export async function startHarness(options: HarnessOptions): Promise<Harness> {
  const clock = options.clock ?? systemClock;
  const text = policyText(options);
  const policy = parsePolicy(text, {
    file: "policy.yaml",
    issuers: { test: "https://issuer.test" },
    targets: { [HARNESS_GRANT]: { protocol: options.protocol.id } },
  });
  const store = memoryStore();
  const memory = options.recordings ?? memoryRecordings();
  const recordings: RecordingStore = {
    create: (id) => (options.wrapFiles ?? ((files) => files))(memory.create(id)),
    reopen: (id, keep) => memory.reopen(id, keep),
    open: (id) => memory.open(id),
  };
  const signer = generateSigner("gate-test");
  const hostKey = new Secret(
    generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  );
  const events: EngineEvent[] = [];
  const engine = createEngine({
    clock,
    store,
    recordings,
    createRecorder: (session, files) => createRecorder({ sessionId: session.id, files, signer, clock }),
    protocols: new Map([[options.protocol.id, options.protocol]]),
    randomId: (prefix) => `${prefix}_${base64url(randomBytes(15))}`,
    randomBytes: (size) => randomBytes(size),
    maskKey: randomBytes(32),
    hostKey,
    holdUrl: (id) => `https://gate.test/approvals/${id}`,
    log: { info: ignore, warn: ignore, error: ignore },
    onEvent: (event) => events.push(event),
  });
  const session = testSession(clock, policy, options.sessionTtlMs ?? 600_000);
  await store.openSession(session, {
    issuer: "https://issuer.test",
    id: session.id,
    expiresAtMs: clock.now() + 60_000,
  });
  engine.open(
    session,
    policy,
    new Map([[HARNESS_GRANT, { protocol: options.protocol.id, target: options.protocol.parseTarget(options.target) }]]),
    { "evidence/policy.yaml": Buffer.from(text) },
  );
  const password = options.password ?? base64url(randomBytes(18));
  const endpoint = {
    id: "e1",
    user: "gate",
    scram: scramVerifier(password),
    secretSha256: sha256Hex(password),
    ...options.endpoint,
  };
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", ignore);
    engine
      .accept(session.id, HARNESS_GRANT, socket, endpoint, { strength: "endpoint", endpoint: "e1" })
      .catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;

  const entries = async (): Promise<(Entry & { seq: number })[]> => {
    const reader = await memory.open(session.id);
    if (reader === undefined) return [];
    return (await readAll(reader, "records.ndjson"))
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Entry & { seq: number });
  };
  const pendingHold = async (): Promise<HoldRow> => {
    for (let tries = 0; tries < 500; tries += 1) {
      const [hold] = await store.holds({ state: "pending" });
      if (hold !== undefined) return hold;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error("no hold was requested within 5 s");
  };
  return {
    engine,
    store,
    recordings,
    signer,
    session,
    policy,
    host: "127.0.0.1",
    port,
    user: "gate",
    password,
    hostKeyLine: options.protocol.hostKeyLine?.(hostKey),
    events,
    entries,
    pendingHold,
    async vote(vote, by = "dana") {
      const hold = await pendingHold();
      const outcome = await engine.vote(hold.id, { name: by, subjects: ["person:dana", `person:${by}`] }, vote, "test");
      if (!outcome.ok) throw new Error(`the vote was refused: ${outcome.code}`);
    },
    async close(reason = "test over") {
      await engine.close(session.id, reason);
      const reader = await memory.open(session.id);
      if (reader === undefined) throw new Error("the session has no recording");
      return reader;
    },
    async stop() {
      await engine.drain("test over");
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await store.close();
    },
  };
}

export async function readAll(reader: RecordingReader, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of reader.read(name)) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString("utf8");
}

/** RFC 5803 verifier of a password, as the job's daemon makes it. */
export function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, 4096, 32, "sha256");
  const hmac = (text: string): Buffer => createHmac("sha256", salted).update(text).digest();
  const stored = createHash("sha256").update(hmac("Client Key")).digest("base64");
  return `SCRAM-SHA-256$4096:${salt.toString("base64")}$${stored}:${hmac("Server Key").toString("base64")}`;
}

function testSession(clock: Clock, policy: Policy, ttlMs: number): Session {
  return {
    id: `s_${base64url(randomBytes(12))}`,
    trustRule: "test",
    principal: {
      kind: "job",
      issuer: "https://issuer.test",
      display: "acme/shop run 1.1 by octocat",
      claims: { repository_id: "1", run_id: "1", run_attempt: "1", check_run_id: "1", actor_id: "7", actor: "octocat" },
    },
    grants: [HARNESS_GRANT],
    policyDigest: policy.digest,
    issuedAtMs: clock.now(),
    expiresAtMs: clock.now() + ttlMs,
    maxExpiresAtMs: clock.now() + ttlMs * 2,
    jkt: "test",
    latch: "test",
    state: "open",
    mode: "gateway",
  };
}

function policyText(options: HarnessOptions): string {
  return `version: gate/v1
trust:
  test:
    issuer: test
    audience: https://gate.test
    claims: {repository_id: "1", event_name: push}
    session: {ttl: 10m, max_ttl: 20m}
    grants: [${HARNESS_GRANT}]
grants:
  ${HARNESS_GRANT}: {target: ${HARNESS_GRANT}, rules: [main]${options.grantKeys === undefined ? "" : `, ${options.grantKeys}`}}
${options.policy}
`;
}

function ignore(): void {
  // Logs and late socket errors are of no interest to these tests.
}
