/**
 * Parse, Bind, Describe and Close: they prepare commands and name them, and are no commands themselves. A Parse that the
 * policy denies whatever its parameters is refused at once. Touches the connection's upstream.
 */
import { createHash } from "node:crypto";
import { sha256Hex } from "@gate/base";
import type { Obligation } from "@gate/contract";
import type { Connection } from "./connection.ts";
import type { Piece } from "./frames.ts";
import { isTooLong, type Judge, type Outcome } from "./judge.ts";
import type { LongMessage } from "./long-message.ts";
import type { Portal, Statement } from "./statements.ts";
import type { Submission } from "./submission.ts";
import {
  BIND_COMPLETE,
  CLOSE_COMPLETE,
  messageFrame,
  PARSE_COMPLETE,
  readBindHead,
  readParse,
  readTarget,
} from "./wire.ts";

export class Preparing {
  readonly #connection: Connection;
  readonly #judge: Judge;
  readonly #submission: Submission;
  readonly #long: LongMessage;
  /** At least as many characters as all prepared statements have together. */
  #textChars = 0;

  constructor(connection: Connection, judge: Judge, submission: Submission, long: LongMessage) {
    this.#connection = connection;
    this.#judge = judge;
    this.#submission = submission;
    this.#long = long;
  }

  parse(whole: Buffer): Outcome {
    const connection = this.#connection;
    const message = this.#judge.text(() => readParse(whole, 5), false);
    if (message === undefined) return "done";
    const { name, text, typeOids } = message;
    if (isTooLong(name)) return this.#judge.refuseName(false);
    if (name === GATE_NAME)
      return this.#judge.refuse(false, `the statement name ${GATE_NAME} is the gate's own`, "use another name");
    if (connection.statements.size >= STATEMENTS_MAX || !this.#roomFor(text)) {
      return this.#judge.refuse(false, "too many or too long prepared statements", "close those that are not needed");
    }
    // No SQL command can name the statement without a name.
    const analysis = this.#judge.analyse(text, typeOids, name === "");
    if (analysis === undefined) return "stay";
    if (this.#judge.syntaxError(analysis, false)) return "done";
    const refused =
      connection.gate.preview(connection.masker.facts(analysis)) === "deny" ||
      connection.masker.refusal(analysis, MASKS) !== undefined;
    if (refused) {
      const digest = (): string => sha256Hex(JSON.stringify(["parse", text, this.#judge.sessionText()]));
      return this.#submission.submit({ kind: "parse", text, digest }, analysis, whole, () => {
        // The policy denied it a moment ago: whatever admits it now, it is not sent.
        this.#judge.refuse(false, "the policy's answer changed while it was asked", "send it again");
      });
    }
    const statement: Statement = { text, typeOids, analysis, environment: connection.environment.key };
    connection.house("prepare", whole);
    connection.unsynced = true;
    connection.queue.push({
      kind: "complete",
      answer: PARSE_COMPLETE,
      swallow: false,
      settle: connection.statements.define(name, statement, connection.epoch),
    });
    return "done";
  }

  bind(piece: Piece): Outcome {
    const connection = this.#connection;
    const head = readBindHead(piece.bytes, 5);
    if (isTooLong(head.portal) || isTooLong(head.statement)) return this.#judge.refuseName(!piece.last);
    const statement = connection.statements.find(head.statement, connection.epoch);
    if (statement === "wait") return this.#judge.waitForServer();
    if (!connection.classifiable()) return "stay";
    const analysis =
      statement === undefined
        ? undefined
        : connection.environment.current(statement, connection.statements, connection.portals, connection.epoch);
    if (statement === undefined || analysis === undefined) {
      if (!piece.last) this.#long.follow("drop");
      const error = messageFrame({
        severity: "ERROR",
        sqlstate: "26000",
        message: `prepared statement "${head.statement}" does not exist`,
      });
      return this.#judge.substitute(error, false);
    }
    if (connection.portals.size >= PORTALS_MAX) {
      if (!piece.last) this.#long.follow("drop");
      return this.#judge.refuse(false, `more than ${PORTALS_MAX} portals`, "close those that are not needed");
    }
    const rest = piece.bytes.subarray(head.restOffset);
    let bound: () => string;
    if (piece.last && head.portal === "" && rest.length <= BOUND_BYTES_MAX) {
      // A view into the chunk: there is one unnamed portal, so one chunk at most is kept for it.
      bound = () => `=${rest.toString("latin1")}`;
    } else if (piece.last) {
      const digest = sha256Hex(rest);
      bound = () => digest;
    } else {
      const hash = createHash("sha256").update(rest);
      this.#long.follow({ hash });
      let digest: string | undefined;
      bound = () => (digest ??= hash.digest("hex"));
    }
    const portal: Portal = {
      name: head.portal,
      text: statement.text,
      typeOids: statement.typeOids,
      analysis,
      bound,
      declared: false,
      epoch: connection.epoch,
      rebind: this.#keepBind(piece, head.portal),
      plan: undefined,
      describing: false,
    };
    connection.house("prepare", piece.bytes);
    connection.unsynced = true;
    connection.queue.push({
      kind: "complete",
      answer: BIND_COMPLETE,
      swallow: false,
      settle: connection.portals.define(head.portal, portal, connection.epoch),
    });
    return "done";
  }

  describe(whole: Buffer): Outcome {
    const connection = this.#connection;
    const target = readTarget(whole, 5);
    if (isTooLong(target.name)) return this.#judge.refuseName(false);
    let portal: Portal | undefined;
    if (target.kind === "portal") {
      const found = connection.portals.find(target.name, connection.epoch);
      if (found === "wait") return this.#judge.waitForServer();
      portal = found;
      if (portal !== undefined) portal.describing = true;
    }
    connection.house("prepare", whole);
    connection.unsynced = true;
    connection.queue.push({
      kind: "describe",
      statement: target.kind === "statement",
      swallow: false,
      ...(portal === undefined ? {} : { portal }),
    });
    return "done";
  }

  close(whole: Buffer): Outcome {
    const connection = this.#connection;
    const target = readTarget(whole, 5);
    if (isTooLong(target.name)) return this.#judge.refuseName(false);
    const names = target.kind === "statement" ? connection.statements : connection.portals;
    const settle = names.define(target.name, undefined, connection.epoch);
    const portal = target.kind === "portal" ? connection.portals.find(target.name, connection.epoch) : undefined;
    connection.house("prepare", whole);
    connection.unsynced = true;
    connection.queue.push({
      kind: "complete",
      answer: CLOSE_COMPLETE,
      swallow: false,
      settle: (ok) => {
        if (ok && typeof portal === "object") connection.abandon(portal);
        settle(ok);
      },
    });
    return "done";
  }

  #roomFor(text: string): boolean {
    this.#textChars += text.length;
    if (this.#textChars <= STATEMENT_CHARS_MAX) return true;
    this.#textChars = text.length;
    for (const statement of this.#connection.statements.values()) this.#textChars += statement.text.length;
    return this.#textChars <= STATEMENT_CHARS_MAX;
  }

  #keepBind(piece: Piece, name: string): Buffer | undefined {
    if (!piece.last) return undefined;
    if (name === "") return piece.bytes;
    return piece.bytes.length <= REBIND_BYTES_MAX ? Buffer.from(piece.bytes) : undefined;
  }
}

/** Prepared statements of one connection. */
export const STATEMENTS_MAX = 10_000;
/** Characters of all prepared statements of one connection together. */
export const STATEMENT_CHARS_MAX = 64 * 1024 * 1024;
/** Portals of one connection. */
export const PORTALS_MAX = 10_000;
/** Longest values of a Bind that go into a command's digest as they are, in bytes; of longer ones it is their digest. */
const BOUND_BYTES_MAX = 4_096;
/** Longest Bind of a named portal that is kept in case it is held, in bytes. */
const REBIND_BYTES_MAX = 65_536;
/** What the masks refuse has not to be planned by the server either. */
const MASKS: Obligation = { kind: "mask", masks: [] };
const GATE_NAME = "gate_denied";
