/** In-memory parts for the tests of an established connection: gate, upstream, SQL. Not part of the surface. */
import { duplexPair, type Duplex } from "node:stream";
import { ManualClock } from "@gate/base";
import type {
  Admission,
  Command,
  Decision,
  Gate,
  HeldView,
  Limits,
  Mask,
  ResultSummary,
  Upstream,
} from "@gate/contract";
import type { Analysis, Catalogue } from "@gate/sql";
import type { SqlEngine } from "./classify.ts";
import { Connection, HOUSEKEEPING } from "./connection.ts";
import { joinDirections } from "./serve-join.ts";
import { readFields } from "./wire.ts";

export interface TestOptions {
  readonly masks?: readonly Mask[];
  readonly limits?: Limits;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly columns?: ReadonlyMap<string, { name: string; action: Mask["action"]; typeOid: number }>;
}

/** A connection after its start-up, with both of its ends in the test's hands. */
export class TestConnection {
  readonly clock = new ManualClock();
  readonly commands: Command[] = [];
  readonly results: { entry: number; summary: ResultSummary }[] = [];
  readonly notes: string[] = [];
  /** Frames that went to the server, as type letters with their text. */
  readonly upstream: TestUpstream = new TestUpstream();
  readonly client: Duplex;
  readonly connection: Connection;
  readonly done: Promise<void>;
  readonly abort = new AbortController();
  cancels = 0;
  /** What reading the catalogue anew waits for. */
  renewal: () => Promise<void> = () => Promise.resolve();
  /** Text → what the policy says; nothing: allow. */
  readonly verdicts = new Map<string, "deny" | "hold">();
  /** Commands that are held: call to decide. */
  readonly held: { decide: (admit: boolean) => void; signal: AbortSignal | undefined }[] = [];
  readonly #received: Buffer[] = [];
  #entries = 0;

  constructor(options: TestOptions = {}) {
    const [client, downstream] = duplexPair();
    this.client = client;
    client.on("data", (chunk: Buffer) => this.#received.push(chunk));
    client.on("error", () => undefined);
    const gate = this.#gate(options);
    this.connection = new Connection({
      link: {
        id: "connection-1",
        downstream,
        endpoint: { id: "e", user: "gate" },
        lineage: { strength: "endpoint", endpoint: "e" },
        signal: this.abort.signal,
        connect: () => Promise.reject(new Error("this protocol dials")),
        dial: () => Promise.reject(new Error("not here")),
      },
      gate,
      upstream: this.upstream,
      sql: fakeSql(options.columns ?? new Map()),
      user: "app",
      database: "db",
      parameters: new Map(Object.entries(options.parameters ?? { search_path: '"$user", public' })),
      catalogue: {
        get: () => Promise.resolve(CATALOGUE),
        renew: () => this.renewal().then(() => CATALOGUE),
        peek: () => CATALOGUE,
        invalidate: () => undefined,
      },
      cancel: async () => {
        this.cancels++;
      },
    });
    this.done = joinDirections(this.connection, { greeting: [], downstream: EMPTY, upstream: EMPTY });
  }

  /** Sends to the gate as the client, in pieces that end at `cuts`. */
  async send(bytes: Uint8Array, cuts: readonly number[] = []): Promise<void> {
    let from = 0;
    for (const to of [...cuts, bytes.length]) {
      this.client.write(bytes.subarray(from, to));
      from = to;
      await turn();
    }
  }

  /** Sends to the gate as the server. */
  async answer(bytes: Uint8Array, cuts: readonly number[] = []): Promise<void> {
    let from = 0;
    for (const to of [...cuts, bytes.length]) {
      this.upstream.deliver(bytes.subarray(from, to));
      from = to;
    }
    await turn();
  }

  /** Everything that the client has got since the last call. */
  received(): Buffer {
    return Buffer.concat(this.#received.splice(0));
  }

  /** The same as `1 2 C Z` with SQLSTATEs and messages for errors and notices. */
  receivedWords(): string[] {
    return words(this.received());
  }

  #gate(options: TestOptions): Gate {
    const limits = options.limits ?? {};
    const rows = new Map<number, number>();
    const decide = (text: string): "allow" | "deny" | "hold" => this.verdicts.get(text) ?? "allow";
    const refusal = (entry: number, message = `gate: denied by rule "never": no`) => ({
      reason: "denied" as const,
      rule: "never",
      message,
      hint: "ask",
      detail: `session s entry ${entry}`,
      entry,
    });
    return {
      session: { id: "s" } as Gate["session"],
      grant: "g",
      masks: options.masks ?? [],
      limits,
      clock: this.clock,
      asked: () => [],
      spend: () => new Uint8Array(),
      hold: () => Promise.resolve(undefined),
      maskKey: () => Buffer.alloc(32, 1),
      file: (name) => ({ name, append: () => undefined }),
      preview: (facts) => decide((facts as { text?: string }).text ?? ""),
      possible: () => true,
      submit: (command, bytes, submitOptions) => {
        const entry = this.#entries++;
        this.commands.push(command);
        const denied: Decision = { admitted: false, refusal: refusal(entry) };
        const admitted: Decision = { admitted: true, admission: new TestAdmission(entry, bytes) };
        if ((options.masks ?? []).length > 0) {
          const reason = command.cannotDischarge?.({ kind: "mask", masks: options.masks ?? [] });
          if (reason !== undefined) return { admitted: false, refusal: refusal(entry, `gate: ${reason}`) };
        }
        const verdict = decide(command.text);
        if (verdict === "deny") return denied;
        if (verdict === "allow") return admitted;
        const view: HeldView = { id: "hold-1", url: "https://gate/hold-1", rule: "mass", expiresAtMs: 0 };
        submitOptions?.onHeld?.(view);
        return new Promise((resolve) => {
          const { signal } = submitOptions ?? {};
          this.held.push({ decide: (admit) => resolve(admit ? admitted : denied), signal });
          signal?.addEventListener("abort", () =>
            resolve({ admitted: false, refusal: { ...refusal(entry, "gate: cancelled"), reason: "cancelled" } }),
          );
        });
      },
      housekeeping: (name, bytes) => {
        if (!HOUSEKEEPING.some((known) => known === name)) throw new Error(`undeclared ${name}`);
        return new TestAdmission(-1, bytes);
      },
      continue: (parent, bytes) => new TestAdmission(parent.entry, bytes),
      count: (admission, more) => {
        const total = (rows.get(admission.entry) ?? 0) + (more.rows ?? 0);
        rows.set(admission.entry, total);
        const over = total > (limits.rows ?? Infinity) || (more.affected ?? 0) > (limits.affected ?? Infinity);
        return over ? { ...refusal(admission.entry, "gate: limit reached"), reason: "limit" } : undefined;
      },
      result: (admission, summary) => void this.results.push({ entry: admission.entry, summary }),
      note: (event) => void this.notes.push(event),
    };
  }
}

class TestAdmission implements Admission {
  readonly entry: number;
  readonly obligations = [];
  readonly bytes: Uint8Array;
  spent = false;

  constructor(entry: number, bytes: Uint8Array) {
    this.entry = entry;
    this.bytes = bytes;
  }
}

export class TestUpstream implements Upstream {
  destroyed = false;
  paused = false;
  full = false;
  #sent: Buffer[] = [];
  #pending: Buffer[] = [];
  #onData: ((chunk: Uint8Array) => void) | undefined;
  #onDrain: (() => void) | undefined;
  #onClose: ((error?: Error) => void) | undefined;

  send(admission: Admission): void {
    if (!(admission instanceof TestAdmission)) throw new Error("foreign admission");
    if (admission.spent) throw new Error("spent twice");
    admission.spent = true;
    this.#pending.push(Buffer.from(admission.bytes));
  }

  flush(): boolean {
    this.#sent.push(...this.#pending.splice(0));
    return !this.full;
  }

  /** Everything that was flushed since the last call. */
  taken(): Buffer {
    return Buffer.concat(this.#sent.splice(0));
  }

  takenWords(): string[] {
    return words(this.taken(), true);
  }

  deliver(bytes: Uint8Array): void {
    this.#onData?.(Buffer.from(bytes));
  }

  drain(): void {
    this.full = false;
    this.#onDrain?.();
  }

  closeByTarget(): void {
    this.#onClose?.();
  }

  startTls(): Promise<never> {
    return Promise.reject(new Error("not here"));
  }

  onData(listener: (chunk: Uint8Array) => void): void {
    this.#onData = listener;
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
  }

  onClose(listener: (error?: Error) => void): void {
    this.#onClose = listener;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  destroy(): void {
    this.destroyed = true;
  }
}

/**
 * A stand-in for the SQL package: the first word is the statement, and a few words have effects. The real one is used
 * in the end-to-end tests.
 */
export function fakeSql(columns: NonNullable<TestOptions["columns"]>): SqlEngine {
  return {
    analyse: (text) => fakeAnalysis(text),
    resolveMasks: () => ({ masked: { byColumn: columns, relations: new Set() }, problems: [] }),
  };
}

function fakeAnalysis(text: string): Analysis {
  const word = /^[A-Za-z]*/.exec(text)?.[0].toUpperCase() ?? "";
  const writes = ["INSERT", "UPDATE", "DELETE", "DROP", "CREATE"].includes(word);
  const base = {
    facts: {
      kind: "sql",
      classified: true,
      housekeeping: false,
      writes,
      fields: { functions: { type: "set", items: [], complete: true } },
      text,
    },
    statements: [
      {
        tag: word,
        ddl: word === "CREATE" || word === "DROP",
        returnsRows: word === "SELECT",
        writes,
        ...(text.startsWith("COPY") ? { copy: text.includes("STDIN") ? "in" : "out" } : {}),
        ...(text.startsWith("SET search_path") ? { setsSetting: "search_path" } : {}),
      },
    ],
    masks: () => ({
      predicates: [],
      statements: [{ touches: true, predicates: [], ...(text.startsWith("COPY") ? COPIED : { columns: undefined }) }],
      ...(text.includes("leak") ? { refusal: "it cannot be masked" } : {}),
    }),
  };
  if (word !== "SYNTAX") return base as unknown as Analysis;
  return { ...base, syntaxError: { message: "syntax error", position: 1, sqlstate: "42601" } } as unknown as Analysis;
}

/** What COPY gives: two columns, of which the second is masked. */
const COPIED = {
  columns: [{ names: [] }, { names: ["public.c.ssn"], column: "20000/2" }],
  copy: {
    format: { kind: "text", delimiter: "\t", quote: '"', escape: '"', nullText: "\\N", header: false },
    columns: undefined,
  },
};

/** Cuts well-formed frames apart and names them. */
export function words(bytes: Buffer, frontend = false): string[] {
  const out: string[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const type = String.fromCharCode(bytes[offset] ?? 0);
    const end = offset + 1 + bytes.readInt32BE(offset + 1);
    const body = bytes.subarray(offset + 5, end);
    offset = end;
    if (!frontend && (type === "E" || type === "N")) {
      const fields = readFields(body);
      out.push(`${type}:${fields.get("V") ?? ""}:${fields.get("C") ?? ""}:${fields.get("M") ?? ""}`);
    } else if (!frontend && type === "Z") out.push(`Z${body.toString()}`);
    else if (frontend && (type === "Q" || type === "P")) {
      out.push(`${type}:${body.toString("latin1").replaceAll("\0", "|")}`);
    } else out.push(type);
  }
  return out;
}

export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

const EMPTY = new Uint8Array(0);
const CATALOGUE = {
  relations: () => [],
  byOid: (oid: number) =>
    oid === 20_000
      ? {
          columns: new Map([
            ["id", { name: "id", attnum: 1 }],
            ["ssn", { name: "ssn", attnum: 2 }],
          ]),
        }
      : undefined,
} as unknown as Catalogue;
