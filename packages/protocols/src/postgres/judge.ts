/**
 * What a message does, as far as it can be told now, and refusals of what never becomes a command. Touches the
 * connection's upstream: a refused message is replaced by text that the server itself rejects.
 */
import type { Analysis } from "@gate/sql";
import type { Connection } from "./connection.ts";
import { countsAffected } from "./guard.ts";
import type { LongMessage } from "./long-message.ts";
import { refusalFrame, SUBSTITUTE_PARSE, SUBSTITUTE_QUERY } from "./refusal.ts";
import { messageFrame, WireError } from "./wire.ts";

/** What became of a message: "stay" means that it has to be looked at again after a stall. */
export type Outcome = "done" | "stay";

export class Judge {
  readonly #connection: Connection;
  readonly #long: LongMessage;

  constructor(connection: Connection, long: LongMessage) {
    this.#connection = connection;
    this.#long = long;
  }

  /** Does the server throw away what is sent now, up to the next Sync? */
  get skipping(): boolean {
    return this.#connection.queue.skipping || this.#connection.skipping;
  }

  /** Must what it writes be counted before it is committed? */
  guarded(analysis: Analysis): boolean {
    return this.#connection.gate.limits.affected !== undefined && countsAffected(analysis);
  }

  /**
   * `nameless`: nothing can run the text by a name later.
   * @returns undefined when a stall was put up: look at the message again afterwards.
   */
  analyse(text: string, typeOids?: readonly number[], nameless = false): Analysis | undefined {
    const connection = this.#connection;
    if (!connection.classifiable()) return undefined;
    const analysis = connection.environment.analyse(
      text,
      connection.statements,
      connection.portals,
      connection.epoch,
      typeOids,
      nameless,
    );
    if (analysis === undefined) connection.waitForServer();
    else if (!connection.estimated(text, analysis, typeOids)) return undefined;
    return analysis;
  }

  waitForServer(): Outcome {
    this.#connection.waitForServer();
    return "stay";
  }

  /** Reads a message with SQL in it; what is no text is refused, and undefined comes back. */
  text<T>(read: () => T | undefined, simple: boolean): T | undefined {
    try {
      const value = read();
      if (value === undefined) this.refuse(simple, "the text holds a NUL", "remove it");
      return value;
    } catch (error) {
      if (!(error instanceof WireError) || error.code !== "WIRE_TEXT") throw error;
      const message = 'invalid byte sequence for encoding "UTF8"';
      this.substitute(messageFrame({ severity: "ERROR", sqlstate: "22021", message }), simple);
      return undefined;
    }
  }

  syntaxError(analysis: Analysis, simple: boolean): boolean {
    const error = analysis.syntaxError;
    if (error === undefined) return false;
    this.#connection.gate.note("syntax-error", { sqlstate: error.sqlstate });
    const { sqlstate, message, position } = error;
    this.substitute(
      messageFrame({ severity: "ERROR", sqlstate, message, position: position > 0 ? position : undefined }),
      simple,
    );
    return true;
  }

  /** The server would cut the name, and two names that differ behind the cut would be one to it and two to the gate. */
  refuseName(partsFollow: boolean): Outcome {
    if (partsFollow) this.#long.follow("drop");
    return this.refuse(false, `a statement or portal name longer than ${NAME_BYTES_MAX} bytes`, "use a shorter name");
  }

  refuse(simple: boolean, what: string, hint: string): Outcome {
    return this.substitute(refusalFrame(this.#connection.ownRefusal(what, hint)), simple);
  }

  /** Sends text that the server rejects in place of the message; its error becomes `error`. */
  substitute(error: Buffer, simple: boolean): Outcome {
    const connection = this.#connection;
    if (this.skipping) return "done";
    connection.unsynced = !simple;
    connection.house("refuse", simple ? SUBSTITUTE_QUERY : SUBSTITUTE_PARSE);
    connection.queue.push({ kind: "refusal", error, simple, answered: false, epoch: connection.epoch });
    if (simple) connection.epoch++;
    return "done";
  }

  withNamed(text: string, analysis: Analysis): string {
    const named = this.#connection.environment.named(analysis);
    return named.length === 0 ? text : `${text}\n-- runs by name:\n${named.join("\n")}`;
  }

  /** The same for people; what cannot be read cannot be shown. */
  shown(text: () => string | undefined, analysis: Analysis): string | undefined {
    try {
      const found = text();
      return found === undefined ? undefined : this.withNamed(found, analysis);
    } catch (error) {
      if (error instanceof WireError) return undefined;
      throw error;
    }
  }

  /** Session state that belongs into a command's digest. */
  sessionText(): string {
    const connection = this.#connection;
    return connection.environment.digestText(connection.database);
  }
}

export function isTooLong(name: string): boolean {
  // One UTF-16 unit is at most three bytes of UTF-8: the usual name needs no count.
  if (name.length * 3 <= NAME_BYTES_MAX) return false;
  return name.length > NAME_BYTES_MAX || Buffer.byteLength(name) > NAME_BYTES_MAX;
}

/** Longest name of a statement or portal that the server keeps whole (NAMEDATALEN - 1), in bytes. */
export const NAME_BYTES_MAX = 63;
