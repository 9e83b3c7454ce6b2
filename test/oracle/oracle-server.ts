/**
 * A connection to a server that says what each statement is: the trees that its own parser and rewriter made of it, and
 * of whatever ran behind it. Touches one loopback socket.
 */
import type { Socket } from "node:net";
import { field, frame, query, RawPostgres, values } from "../../packages/testkit/src/postgres-raw.ts";
import type { PostgresServer } from "../../packages/testkit/src/postgres-server.ts";
import { treeFacts, parseNodeTree, isList, type TreeFacts, type TreeValue } from "../../packages/sql/src/node-tree.ts";

export interface ServerAnswer {
  /** The rows of each result, one list a statement that returns any. */
  readonly results: readonly (readonly (readonly (string | null)[])[])[];
  readonly columns: readonly string[];
  readonly sqlstate: string | undefined;
  readonly message: string | undefined;
  readonly tags: readonly string[];
  readonly trees: readonly TreeFacts[];
  /** The server's word after it: I idle, T in a transaction, E in a failed one. */
  readonly status: string;
  readonly searchPath: string | undefined;
}

export class OracleConnection {
  readonly #socket: Socket;
  #buffer = Buffer.alloc(0);
  #done: ((answer: ServerAnswer) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;
  #copyData = "";
  #answer = emptyAnswer();
  #rows: (readonly (string | null)[])[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk) => {
      this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
      let at = 0;
      while (this.#buffer.length - at >= 5) {
        const size = this.#buffer.readInt32BE(at + 1) + 1;
        if (this.#buffer.length - at < size) break;
        this.#message(String.fromCharCode(this.#buffer[at] ?? 0), this.#buffer.subarray(at + 5, at + size));
        at += size;
      }
      this.#buffer = Buffer.from(this.#buffer.subarray(at));
    });
    socket.on("close", () => this.#failed?.(new Error("the server closed the connection")));
    socket.on("error", () => undefined);
  }

  static async open(server: PostgresServer, database: string): Promise<OracleConnection> {
    const parameters = { database, application_name: "oracle" };
    const client = await RawPostgres.login(server.port, server.superuser, server.password, parameters);
    return new OracleConnection(client.takeSocket());
  }

  /** One Query message. */
  run(sql: string, copyData = ""): Promise<ServerAnswer> {
    this.#copyData = copyData;
    this.#answer = emptyAnswer();
    return new Promise((resolve, reject) => {
      this.#done = resolve;
      this.#failed = reject;
      this.#socket.write(query(sql));
    });
  }

  end(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  #message(type: string, body: Buffer): void {
    const answer = this.#answer;
    const message = { type, body };
    switch (type) {
      case "D":
        if (this.#rows.length < ROWS_KEPT) this.#rows.push(values({ type, body: Buffer.from(body) }));
        break;
      case "T":
        answer.columns = columnNames(body);
        this.#rows = [];
        answer.results.push(this.#rows);
        break;
      case "E":
        answer.sqlstate = field(message, "C");
        answer.message = field(message, "M");
        break;
      case "C":
        answer.tags.push(body.subarray(0, -1).toString());
        break;
      case "N":
        if (field(message, "M") === "rewritten parse tree:") answer.trees.push(read(field(message, "D") ?? ""));
        break;
      case "S":
        if (body.toString().startsWith("search_path\0")) answer.searchPath = body.subarray(12, -1).toString();
        break;
      case "G":
        this.#socket.write(Buffer.concat([frame("d", Buffer.from(this.#copyData)), frame("c", Buffer.alloc(0))]));
        break;
      case "Z":
        answer.status = body.toString();
        this.#failed = undefined;
        this.#done?.(answer);
        break;
      default:
        break;
    }
  }
}

/** The facts of a printed tree; EXPLAIN without ANALYZE runs nothing of what it holds. */
function read(text: string): TreeFacts {
  const tree = parseNodeTree(text);
  if (tree === undefined) throw new Error(`a tree that cannot be read: ${text.slice(0, 200)}`);
  const facts = treeFacts(tree);
  return runsNothing(tree) ? { ...facts, writes: [] } : facts;
}

function runsNothing(value: TreeValue): boolean {
  if (typeof value === "string") return false;
  if (isList(value)) return value.some(runsNothing);
  const utility = value.fields.get("utilityStmt")?.[0];
  if (utility === undefined || typeof utility !== "object" || isList(utility)) return false;
  return utility.type === "EXPLAINSTMT" && !mentions(utility.fields.get("options") ?? [], "analyze");
}

function mentions(parts: readonly TreeValue[], word: string): boolean {
  return parts.some((part) => {
    if (typeof part === "string") return part.replaceAll('"', "").toLowerCase() === word;
    return isList(part) ? mentions(part, word) : [...part.fields.values()].some((each) => mentions(each, word));
  });
}

function columnNames(body: Buffer): string[] {
  const names: string[] = [];
  let at = 2;
  for (let left = body.readInt16BE(0); left > 0; left--) {
    const end = body.indexOf(0, at);
    names.push(body.toString("utf8", at, end));
    at = end + 19;
  }
  return names;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

function emptyAnswer(): Writable<ServerAnswer> {
  return {
    results: [],
    columns: [],
    sqlstate: undefined,
    message: undefined,
    tags: [],
    trees: [],
    status: "I",
    searchPath: undefined,
  };
}

/** Rows of one answer that are looked at. */
const ROWS_KEPT = 20_000;
