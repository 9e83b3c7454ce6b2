/** Query and Execute: the messages that make the server do something. Touches the connection's upstream. */
import { sha256Hex } from "@gate/base";
import type { Analysis } from "@gate/sql";
import { boundValues } from "./bound-values.ts";
import type { Connection } from "./connection.ts";
import { controlsTransaction, uncountable } from "./guard.ts";
import { isTooLong, type Judge, type Outcome } from "./judge.ts";
import type { Portal } from "./statements.ts";
import type { Submission } from "./submission.ts";
import { describePortalFrame, messageFrame, readExecute, readQuery } from "./wire.ts";

export class Executing {
  readonly #connection: Connection;
  readonly #judge: Judge;
  readonly #submission: Submission;
  #lastHead: { readonly text: string; readonly session: string; readonly head: string } | undefined;

  constructor(connection: Connection, judge: Judge, submission: Submission) {
    this.#connection = connection;
    this.#judge = judge;
    this.#submission = submission;
  }

  query(whole: Buffer): Outcome {
    const connection = this.#connection;
    const text = this.#judge.text(() => readQuery(whole, 5), true);
    if (text === undefined) return "done";
    const analysis = this.#judge.analyse(text, NO_TYPES, true);
    if (analysis === undefined) return "stay";
    if (this.#judge.syntaxError(analysis, true)) return "done";
    if (commitsEarly(analysis, connection.ddlOpen)) {
      const what = "definitions that are committed in the middle of a message, where other connections cannot notice";
      return this.#judge.refuse(true, what, "send COMMIT at the end of its message");
    }
    if (this.#judge.guarded(analysis)) {
      if (uncountable(analysis, this.#judge.withNamed(text, analysis)))
        return this.#judge.refuse(true, UNCOUNTABLE, UNCOUNTABLE_HINT);
      // Whether a transaction is open has to be known for sure.
      if (connection.queue.length > 0) return this.#judge.waitForServer();
      if (controlsTransaction(analysis)) {
        const hint = "send BEGIN and COMMIT as commands of their own";
        return this.#judge.refuse(
          true,
          "under the limit `affected`, a write cannot share a message with transaction control",
          hint,
        );
      }
    }
    if (this.#submission.mayChange(analysis)) return this.#judge.waitForServer();
    const digest = (): string =>
      sha256Hex(JSON.stringify(["query", text, connection.environment.named(analysis), this.#judge.sessionText()]));
    return this.#submission.submit({ kind: "query", text, digest }, analysis, whole, (admission) =>
      this.#submission.send(admission, analysis, text, undefined),
    );
  }

  execute(whole: Buffer): Outcome {
    const connection = this.#connection;
    const { portal: name } = readExecute(whole, 5);
    if (isTooLong(name)) return this.#judge.refuseName(false);
    const portal = connection.portals.find(name, connection.epoch);
    if (portal === "wait") return this.#judge.waitForServer();
    if (portal === undefined) {
      const message = `portal "${name}" does not exist`;
      return this.#judge.substitute(messageFrame({ severity: "ERROR", sqlstate: "34000", message }), false);
    }
    if (!connection.classifiable()) return "stay";
    // Sent now, the rest of a suspended command would count as a command of its own.
    if (portal.executing !== undefined && connection.queue.length > 0) return this.#judge.waitForServer();
    const { analysis } = portal;
    const named = connection.environment.named(analysis);
    if (named.length > 0 && portal.suspended === undefined) {
      const now = this.#judge.analyse(portal.text, portal.typeOids);
      if (now === undefined) return "stay";
      if (JSON.stringify(connection.environment.named(now)) !== JSON.stringify(named)) {
        return this.#judge.refuse(
          false,
          "what the portal runs by name has changed since it was bound",
          "bind it again",
        );
      }
    }
    if (this.#judge.guarded(analysis) && uncountable(analysis, this.#judge.withNamed(portal.text, analysis))) {
      return this.#judge.refuse(false, UNCOUNTABLE, UNCOUNTABLE_HINT);
    }
    if (portal.suspended !== undefined) {
      // The same command goes on: its limits go on counting.
      const { admission } = portal.suspended;
      const more = connection.gate.continue(admission, whole);
      this.#submission.send(more, analysis, portal.text, portal, admission, portal.suspended);
      return "done";
    }
    if (this.#submission.mayChange(analysis)) return this.#judge.waitForServer();
    // JSON holds no raw line feed: what comes behind one is the Bind's part and nothing else.
    const digest = (): string => sha256Hex(`${this.#digestHead(portal, named)}\n${portal.bound()}`);
    const shown = (): string | undefined => shownWithValues(portal);
    const parts = { kind: "execute", text: portal.text, shown, digest, portal };
    return this.#submission.submit(parts, analysis, whole, (admission) => {
      const rows = analysis.statements.some((statement) => statement.returnsRows);
      if (connection.masker.inForce && rows && portal.plan === undefined && !portal.describing) {
        portal.describing = true;
        connection.house("probe", describePortalFrame(name));
        connection.queue.push({ kind: "describe", statement: false, portal, swallow: true });
      }
      this.#submission.send(admission, analysis, portal.text, portal);
    });
  }

  /** What is in the digest of an Execute beside its values: the same for as long as one statement is repeated. */
  #digestHead(portal: Portal, named: readonly string[]): string {
    const { text, typeOids = NO_TYPES } = portal;
    const last = this.#lastHead;
    const session = this.#judge.sessionText();
    const plain = typeOids.length === 0 && named.length === 0;
    if (plain && last !== undefined && last.text === text && last.session === session) return last.head;
    const head = JSON.stringify(["execute", text, typeOids, named, session]);
    if (plain) this.#lastHead = { text, session, head };
    return head;
  }
}

/** The text with the values that are bound to it; `undefined` when they are too long to have been kept. */
function shownWithValues({ text, typeOids, rebind, declared }: Portal): string | undefined {
  if (rebind === undefined) return declared ? text : undefined;
  const values = boundValues(rebind, typeOids);
  return values === "" ? text : `${text}\n${values}`;
}

/** Is there a COMMIT of definitions with anything but transaction control behind it? */
function commitsEarly(analysis: Analysis, open: boolean): boolean {
  let defined = open;
  return analysis.statements.some(({ ddl, transaction }, index) => {
    defined ||= ddl;
    if (!defined || transaction !== "commit") return false;
    return analysis.statements.slice(index + 1).some((later) => later.transaction === undefined);
  });
}

const NO_TYPES: readonly number[] = [];
const UNCOUNTABLE =
  "under the limit `affected`, a write must be counted, and WITH or EXPLAIN hide how many rows it wrote";
const UNCOUNTABLE_HINT = "write the statement without WITH or EXPLAIN";
