/**
 * The contract between a protocol and the engine. Types only.
 *
 * What must stay true: no verdict means allow by accident; nothing goes upstream without an unspent Admission;
 * what was judged is what is sent; a recorder that fails, or a rule that throws, forwards nothing; what the policy
 * demands and the protocol cannot do is refused before forwarding.
 */
import type { Duplex } from "node:stream";
import type { Clock, Secret } from "@gate/base";
import type { Facts } from "./facts.ts";
import type { Lineage, Session } from "./session.ts";
import type { Limits, Mask, Obligation } from "./verdict.ts";

/** The unit of policy. */
export interface Command {
  /** How it arrived, for the record: "query", "parse", "execute", "line" … */
  readonly kind: string;
  /** What people read and approve; for SQL the exact text. The record keeps at most TEXT_BYTES_MAX of it. */
  readonly text: string;
  /**
   * What people read instead, where `text` alone does not say what will happen (bound values). Called for holds only;
   * `undefined`: it cannot be shown, so nobody may approve it.
   */
  readonly shown?: () => string | undefined;
  /**
   * SHA-256 hex over everything that decides what will happen: exact bytes, parameters, session state.
   * A function, because most commands never need it: it is called for holds and for the record.
   */
  readonly digest: () => string;
  readonly facts: Facts;
  /**
   * Can this command's results be given the treatment that the obligations demand? `undefined` = yes;
   * otherwise the reason, and the command is refused before it is forwarded.
   */
  readonly cannotDischarge?: (obligation: Obligation) => string | undefined;
  /**
   * True inside an open transaction that already wrote: a hold there would keep locks, so it is denied with a hint.
   */
  readonly openTransactionWrote?: boolean;
}

/**
 * The capability to forward certain bytes once. Only the engine makes one; `Upstream.send` spends it.
 */
export interface Admission {
  /** Sequence number of the entry that admits it; -1 for housekeeping. */
  readonly entry: number;
  readonly obligations: readonly Obligation[];
}

/** Why a command was not admitted. */
export interface Refusal {
  readonly reason:
    | "denied" // by rule, by default, by an obligation that cannot be discharged
    | "not-approved" // held, then denied by a person
    | "expired" // held, and nobody answered in time
    | "cancelled" // held, and the client took it back
    | "limit" // a limit was reached before forwarding
    | "recorder" // the record could not be written
    | "session"; // the session ended, or was revoked, meanwhile
  /** Rule id, or "default", "limits", "recorder", "session", "obligation". */
  readonly rule: string;
  /** `gate: denied by rule "never": …`: complete, ready for the client. */
  readonly message: string;
  /** What is allowed instead. */
  readonly hint?: string;
  /** `session <id> entry <n>`. */
  readonly detail: string;
  readonly entry: number;
}

export type Decision =
  { readonly admitted: true; readonly admission: Admission } | { readonly admitted: false; readonly refusal: Refusal };

/** A hold as the waiting client may know it. */
export interface HeldView {
  readonly id: string;
  /** Where a person can answer. */
  readonly url: string;
  readonly rule: string;
  readonly expiresAtMs: number;
}

/** What became of a hold, for the client that made it. */
export interface HeldState extends HeldView {
  readonly state: "pending" | "approved" | "spent" | "denied" | "expired" | "withdrawn" | "void";
}

export interface SubmitOptions {
  /**
   * Aborted when the client cancels (reason "cancelled") or is gone (reason "gone"): the hold is withdrawn. With the
   * reason "detached" nothing waits any more, but people are still asked: an identical command claims their approval.
   */
  readonly signal?: AbortSignal;
  /** Called at once when held, and again every 10 s until answered. */
  readonly onHeld?: (held: HeldView) => void;
  /**
   * "flush": the entry of an allowed command may wait for the commit that `Upstream.flush` (or `Gate.spend`) makes
   * before its bytes leave, so that commands that leave together share a write. A record that cannot be written is
   * then seen there: `flush` throws. Without it `submit` commits, and refuses.
   */
  readonly commit?: "flush";
}

export interface ResultSummary {
  /** The protocol's own word: a command tag, an SQLSTATE, an exit status. */
  readonly outcome: string;
  readonly ok: boolean;
  readonly rows?: number;
  readonly affected?: number;
  readonly bytes?: number;
  /** SHA-256 hex of what was transferred, by what it is: `request`, `answer`, a file's path. */
  readonly digests?: Readonly<Record<string, string>>;
  /** How many values each action changed, by mask (`column:public.customers.email`). */
  readonly masked?: Readonly<Record<string, number>>;
}

/** What the engine offers to one connection of one grant. */
export interface Gate {
  readonly session: Session;
  readonly grant: string;
  readonly masks: readonly Mask[];
  readonly limits: Limits;
  readonly clock: Clock;

  /**
   * The keys of a map fact that the grant's rules look at (`body` → `$.amount`): a protocol reads no more of a body
   * than this, and the record holds no more of it.
   */
  asked(field: string): readonly string[];

  /**
   * What policy says of these facts, without a record and without admitting anything. For messages that only
   * prepare a command (PostgreSQL's Parse): a deny must be refused at once; a hold is decided at submit.
   */
  preview(facts: Facts): "allow" | "hold" | "deny";

  /**
   * Could a command with these facts be admitted, were everything known that they leave open? For lists of what can be
   * asked for: false means that the policy denies it whatever else is said.
   */
  possible(facts: Facts): boolean;

  /**
   * Decides, holds where the policy says so, writes the record. `bytes` are exactly what the Admission will send:
   * the caller must not change them before `Upstream.send`, and must copy them first if it reuses the buffer while
   * a Promise is pending. Answers synchronously unless the command is held.
   */
  submit(command: Command, bytes: Uint8Array, options?: SubmitOptions): Decision | Promise<Decision>;

  /** A hold of this session and grant, for a client that asks what became of it. */
  hold(id: string): Promise<HeldState | undefined>;

  /** Bytes that carry no command, under a name that the protocol declared in `Protocol.housekeeping`. */
  housekeeping(name: string, bytes: Uint8Array): Admission;

  /**
   * Spends an admission whose bytes a library will send (`Link.connect`): commits the record first, then hands the
   * bytes out, once. Called immediately before the library's call, with nothing awaited between the two.
   * @throws {EngineError} ADMISSION_SPENT, ADMISSION_FOREIGN; RECORDER_FAILED when the record cannot be written.
   */
  spend(admission: Admission): Uint8Array;

  /** More bytes of an admitted command: COPY data, stdin, a body. */
  continue(parent: Admission, bytes: Uint8Array): Admission;

  /**
   * Adds to the counters of an admitted command while its result streams. A limit that is reached is recorded and
   * comes back as a Refusal; the protocol then ends the command with it.
   */
  count(admission: Admission, more: { rows?: number; affected?: number; bytes?: number }): Refusal | undefined;

  /** The command is over; writes the result entry. Where the record cannot be written the session ends: nothing is thrown. */
  result(admission: Admission, summary: ResultSummary): void;

  /** Key of tokens: HMAC-SHA-256, 32 bytes; a session's own, or the gateway's so that joins survive across sessions. */
  maskKey(scope: "session" | "gateway"): Uint8Array;

  /**
   * A file of its own in the recording, such as `terminals/c1-1.cast`: the name is plain, in a folder of the
   * protocol's choice, and used once. Digested and sealed with the rest. Whoever writes into it masks first.
   * @throws {EngineError} FILE_REFUSED for a name that cannot be used, or too many files.
   */
  file(name: string): RecordedFile;

  /** An event worth an entry that is no command: a violation, an authentication failure, a cancel. */
  note(event: string, detail: Readonly<Record<string, string | number | boolean>>): void;
}

/** A file of the recording while it grows. */
export interface RecordedFile {
  readonly name: string;
  /**
   * Hands the bytes to the store before it returns.
   * @throws {EngineError} RECORDER_FAILED when they could not be written: the session then ends. RECORDING_FULL when
   *   the session's recording has reached its size: whatever should have been recorded must then not happen.
   */
  append(bytes: Uint8Array): void;
}

/**
 * The connection to the target. The protocol never sees the raw socket, so nothing goes upstream without an
 * Admission. Bytes sent in one turn are written together by `flush`, after the record has been committed.
 */
export interface Upstream {
  /** Spends the admission: appends its bytes to the output. @throws {EngineError} ADMISSION_SPENT the second time. */
  send(admission: Admission): void;
  /**
   * Commits the record, then writes what was sent since the last flush. False: wait for `onDrain`.
   * @throws {EngineError} RECORDER_FAILED when the record cannot be written: nothing leaves, and the session ends.
   */
  flush(): boolean;
  /** Turns TLS on over the plain connection (PostgreSQL's SSLRequest); resolves with the peer certificate's facts. */
  startTls(options: UpstreamTls): Promise<TlsPeer>;
  onData(listener: (chunk: Uint8Array) => void): void;
  /**
   * A chunk that `onData` gave, whole, is not looked at any more by anybody it was handed on to: its memory may be used
   * for another connection's. Never needed; getting it wrong shows one session's bytes to another.
   */
  recycle?(chunk: Uint8Array): void;
  onDrain(listener: () => void): void;
  /** Called once, when the connection has ended for whatever reason. */
  onClose(listener: (error?: Error) => void): void;
  pause(): void;
  resume(): void;
  destroy(): void;
}

export interface UpstreamTls {
  readonly mode: "require" | "verify-ca" | "verify-full";
  /** PEM; the system's roots without it. */
  readonly ca?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
  readonly servername: string;
  readonly alpn?: string;
}

export interface TlsPeer {
  /** DER of the server's certificate, for channel binding (RFC 5929 tls-server-end-point). */
  readonly certificate: Uint8Array;
}

/** What a job's endpoint is, as the tunnel request says: verifiers only, never the endpoint's secret. */
export interface Endpoint {
  readonly id: string;
  /** The user name clients must give. */
  readonly user: string;
  /** RFC 5803 SCRAM-SHA-256 verifier: `SCRAM-SHA-256$<iterations>:<salt>$<storedKey>:<serverKey>` (base64). */
  readonly scram?: string;
  /** SHA-256 hex of the endpoint's secret (at least 128 random bits), for protocols that carry it in clear. */
  readonly secretSha256?: string;
  /** The client's public key, one line as in authorized_keys, for protocols that sign. */
  readonly publicKey?: string;
}

/** One downstream connection, as handed to a protocol. */
export interface Link {
  readonly id: string;
  readonly downstream: Duplex;
  readonly endpoint: Endpoint;
  readonly lineage: Lineage;
  /** Aborted when the session ends, is revoked or expires, or when the gateway drains: close in the protocol's words. */
  readonly signal: AbortSignal;
  /** Opens a plain connection to the target's address. @throws {EngineError} TARGET_UNREACHABLE. */
  dial(): Promise<Upstream>;
  /**
   * The bare connection to the target's address, for a protocol whose upstream side is a library that encrypts or
   * frames by itself. The engine cannot tie its bytes to admissions: `Gate.spend` stands before each command instead.
   * Destroyed with the link. @throws {EngineError} TARGET_UNREACHABLE.
   */
  connect(): Promise<Duplex>;
  /**
   * The key with which a server of this protocol proves itself to its clients: PKCS #8 PEM, Ed25519. One for all
   * targets of a gateway; the job pins its public half (`Protocol.hostKeyLine`). Absent where there is none.
   */
  readonly hostKey?: Secret;
}

export interface Protocol<Target = unknown> {
  readonly id: string;
  /** Obligations it can discharge; another one refuses the command before forwarding. */
  readonly discharges: readonly Obligation["kind"][];
  /** The only names that `Gate.housekeeping` takes. */
  readonly housekeeping: readonly string[];
  /**
   * Reads the protocol's own keys of a target (after secrets were resolved).
   * @throws {TargetError} naming the key.
   */
  parseTarget(input: Readonly<Record<string, unknown>>): Target;
  /** Host and port to dial. */
  address(target: Target): { readonly host: string; readonly port: number };
  /** Serves one connection until it ends. Resolves when both sides are closed; throws only for bugs. */
  serve(link: Link, gate: Gate, target: Target): Promise<void>;
  /** What a job's clients pin of the gateway's host key (`Link.hostKey`), for protocols whose server has one. */
  hostKeyLine?(hostKey: Secret): string;
  /** All that a client gets to read whose connection is not served: the proxy in its job speaks no protocol. */
  refusal?(message: string, why: "limit" | "session"): Uint8Array;
  /** Reaches the target once and signs in: used by `gate validate --reach` and /readyz. */
  probe?(dial: () => Promise<Upstream>, target: Target): Promise<void>;
}
