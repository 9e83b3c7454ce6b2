/**
 * The embedded gate: the gateway's engine inside the daemon, for trials, tests and runners inside the network.
 * Same verdicts, same recording; but the credentials are in the job, and so is everything that judges.
 */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { messageOf, Secret, type Clock } from "@gate/base";
import type { Protocol, Session } from "@gate/contract";
import { createEngine, EngineError, recordingBytes, type Engine } from "@gate/engine";
import type { Policy } from "@gate/policy";
import { createRecorder, folderReader, generateSigner, parseManifest } from "@gate/recording";
import { fileRecordings, memoryStore } from "@gate/stores";
import type { Admitted } from "./admission.ts";
import type { GrantInfo, SessionBackend } from "./backend.ts";
import type { EmbeddedTarget } from "./embedded-targets.ts";
import { JobError } from "./errors.ts";

export interface EmbeddedOptions {
  readonly directory: string;
  readonly policy: Policy;
  readonly targets: ReadonlyMap<string, EmbeddedTarget>;
  readonly protocols: ReadonlyMap<string, Protocol>;
  /** Empty: all that the trust rule gives. */
  readonly grants: readonly string[];
  /** Called at the start, and again for every renewal. */
  readonly admit: () => Promise<Admitted>;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

export function embeddedBackend(options: EmbeddedOptions): SessionBackend {
  const { directory, policy, targets, protocols, clock, log } = options;
  const recordings = join(directory, "recording");
  const signer = generateSigner("gate-embedded");
  const hostKey = new Secret(
    generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  );
  const endListeners: ((reason: string) => void)[] = [];
  const say = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) =>
    log(`${level} ${message} ${JSON.stringify(fields)}`);
  let engine: Engine | undefined;
  let session: Session | undefined;
  let expiresAtMs = 0;
  let ended = false;
  let cancelRenewal = (): void => undefined;

  const opened = (): { engine: Engine; session: Session } => {
    if (engine === undefined || session === undefined)
      throw new JobError("bug", "JOB_SESSION_ENDED", "the session is not open");
    return { engine, session };
  };

  const armRenewal = (ttlMs: number): void => {
    const { maxExpiresAtMs, id, trustRule } = opened().session;
    if (expiresAtMs >= maxExpiresAtMs) return;
    cancelRenewal = clock.after((ttlMs * 2) / 3, () => {
      void options.admit().then(
        ({ rule }) => {
          if (ended || rule.name !== trustRule) return;
          expiresAtMs = Math.min(clock.now() + rule.ttlMs, maxExpiresAtMs);
          opened().engine.renew(id, expiresAtMs);
          armRenewal(rule.ttlMs);
        },
        (error: unknown) => log(`renewal failed: ${messageOf(error)}`),
      );
    });
  };

  return {
    async open() {
      const admitted = await options.admit();
      const { rule } = admitted;
      const names = options.grants.length === 0 ? rule.grants : options.grants;
      const infos = names.map((name) => {
        const info = grantInfo(name, rule.grants, policy, targets);
        const line = protocols.get(info.protocol)?.hostKeyLine?.(hostKey);
        return line === undefined ? info : { ...info, hostKey: line };
      });
      mkdirSync(recordings, { recursive: true, mode: 0o700 });
      const now = clock.now();
      expiresAtMs = now + Math.min(rule.ttlMs, rule.maxTtlMs);
      session = {
        id: randomId("ses"),
        trustRule: rule.name,
        principal: admitted.principal,
        grants: names,
        policyDigest: policy.digest,
        issuedAtMs: now,
        expiresAtMs,
        maxExpiresAtMs: now + rule.maxTtlMs,
        jkt: "",
        latch: admitted.latch,
        state: "open",
        mode: "embedded",
      };
      const store = memoryStore();
      const jti = { issuer: admitted.principal.issuer, id: session.id, expiresAtMs: session.maxExpiresAtMs };
      await store.openSession(session, jti);
      engine = createEngine({
        clock,
        store,
        recordings: fileRecordings(recordings),
        createRecorder: ({ id, grants }, files) => {
          const bytesMax = recordingBytes(policy, grants);
          return createRecorder({
            sessionId: id,
            files,
            signer,
            clock,
            ...(bytesMax === undefined ? {} : { bytesMax }),
          });
        },
        protocols,
        randomId,
        randomBytes: (size) => new Uint8Array(randomBytes(size)),
        maskKey: new Uint8Array(randomBytes(32)),
        hostKey,
        // Nobody could answer a hold: it is denied at once.
        holdUrl: undefined,
        log: { info: say("info"), warn: say("warn"), error: say("error") },
        onEvent: (event) => {
          if (event.kind !== "session-ended" || ended) return;
          ended = true;
          cancelRenewal();
          for (const listener of endListeners) listener(event.reason);
        },
      });
      engine.open(session, policy, targets, {
        ...admitted.evidence,
        "evidence/policy.yaml": Buffer.from(policy.text),
      });
      armRenewal(rule.ttlMs);
      return {
        id: session.id,
        mode: "embedded",
        trustRule: rule.name,
        vkey: signer.vkey,
        expiresAtMs,
        grants: infos,
        checks: "none",
        warnings: [
          ...admitted.warnings,
          "The embedded gate runs inside this job: it does not protect its credentials from code of the same user. Use a gateway for that",
        ],
      };
    },

    async serve(grant, endpoint, local) {
      const { engine, session } = opened();
      try {
        await engine.accept(session.id, grant, local, endpoint, { strength: "endpoint", endpoint: endpoint.id });
      } catch (cause) {
        const target = targets.get(policy.grants.get(grant)?.target ?? "");
        const protocol = target === undefined ? undefined : protocols.get(target.protocol);
        const why = cause instanceof EngineError && cause.code === "LIMIT_CONCURRENT" ? "limit" : "session";
        const refusal = protocol?.refusal?.(`gate: ${messageOf(cause)}`, why);
        throw new JobError("peer-wrong", "JOB_REFUSED", messageOf(cause), { cause, refusal });
      }
    },

    async status() {
      const { engine, session } = opened();
      const live = engine.live(session.id);
      return {
        state: ended ? "ended" : "open",
        expiresAtMs,
        ...(live === undefined ? {} : { verdicts: live.verdicts }),
        ...(live?.observed === undefined ? {} : { observed: live.observed }),
      };
    },

    async close(reason) {
      const { engine, session } = opened();
      ended = true;
      cancelRenewal();
      await engine.close(session.id, reason);
      const text = await readManifest(join(recordings, session.id));
      const { manifest } = parseManifest(text);
      return { sessionId: session.id, entries: manifest.entries, root: manifest.root };
    },

    async fetchRecording() {
      const { engine, session } = opened();
      // After an end by itself the seal may still be on its way.
      await engine.close(session.id, "ended");
      return { kind: "directory", path: join(recordings, session.id) };
    },

    onEnd: (listener) => void endListeners.push(listener),
    dispose: () => cancelRenewal(),
  };
}

function grantInfo(
  name: string,
  offered: readonly string[],
  policy: Policy,
  targets: ReadonlyMap<string, EmbeddedTarget>,
): GrantInfo {
  const grant = offered.includes(name) ? policy.grants.get(name) : undefined;
  if (grant === undefined) {
    throw new JobError(
      "operator",
      "JOB_UNKNOWN_GRANT",
      `grant "${name}" is not among those of the trust rule: ${offered.join(", ")}`,
    );
  }
  const found = targets.get(grant.target);
  if (found === undefined) {
    throw new JobError(
      "operator",
      "JOB_INPUT",
      `grant "${name}" needs target "${grant.target}", which \`targets\` does not have`,
    );
  }
  const { protocol, database } = found;
  return { grant: name, target: grant.target, protocol, ...(database === undefined ? {} : { database }) };
}

async function readManifest(folder: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of folderReader(folder).read("manifest.json") as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function randomId(prefix: string): string {
  return `${prefix}_${randomBytes(15).toString("base64url").replace(/[-_]/g, "0")}`;
}
