/**
 * What a client lends to the target while one of its programs runs there: its agent (`ssh -A`), its display (`ssh -X`).
 * Asking for it is a command; the channels that the target then opens belong to it. Touches channels through the library.
 */
import { sha256Hex } from "@gate/base";
import type { Admission, Decision, Facts } from "@gate/contract";
import type { Channel, Client, ClientChannel, ServerChannel, X11Info, X11Options } from "ssh2";
import { agentFacts, x11Facts } from "./classify.ts";
import { dischargeOpaque, heldLine, refusalLines, type Serving } from "./connection.ts";
import { join, type Room } from "./forward.ts";
import { openAgent, withoutFail, type Lent } from "./library-requests.ts";

/** One granted request: lives from the start of the program to the end of its channel. */
class Loan {
  readonly kind: Lent;
  readonly admission: Admission;
  readonly x11: X11Options | undefined;
  readonly #over = new AbortController();
  bytes = 0;
  channels = 0;
  /** Asked of the target together with the program. */
  spent = false;
  started = false;

  constructor(kind: Lent, admission: Admission, x11: X11Options | undefined) {
    this.kind = kind;
    this.admission = admission;
    this.x11 = x11;
  }

  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** The client may have said: one connection only (RFC 4254 §6.3.1). */
  get free(): boolean {
    return this.x11?.single !== true || this.channels === 0;
  }

  end(): void {
    this.#over.abort("over");
  }
}

/** What is lent on one connection: the target's channels do not say which program opened them. */
export class Lending {
  readonly #serving: Serving;
  readonly #room: Room;
  readonly #loans = new Set<Loan>();
  #wired = false;
  #refused = 0;

  constructor(serving: Serving, room: Room) {
    this.#serving = serving;
    this.#room = room;
  }

  start(client: Client, loan: Loan): void {
    loan.started = true;
    this.#loans.add(loan);
    if (this.#wired) return;
    this.#wired = true;
    const { connection, upstream } = this.#serving;
    upstream.agent.onChannel = (accept, reject) =>
      this.#incoming("agent", accept, reject, (opened) => openAgent(connection, opened));
    client.on("x11", ({ srcIP, srcPort }, accept, reject) =>
      this.#incoming("x11", accept, reject, (opened) => connection.x11(srcIP, srcPort, opened)),
    );
  }

  end(loan: Loan): void {
    this.#loans.delete(loan);
    loan.end();
  }

  #incoming(
    kind: Lent,
    accept: () => Channel,
    reject: () => void,
    open: (opened: (error: Error | undefined, channel: ServerChannel) => void) => unknown,
  ): void {
    const { gate, gone } = this.#serving;
    const loan = [...this.#loans].find((each) => each.kind === kind && each.free);
    const leave = loan === undefined || gone.aborted ? undefined : this.#room.take();
    if (loan === undefined || leave === undefined) {
      if (loan === undefined && (this.#refused += 1) <= NOTES_MAX)
        gate.note("refused", { what: `a channel for ${WORDS[kind]}` });
      reject();
      return;
    }
    loan.channels += 1;
    open((error, down) => {
      if (error !== undefined || loan.over.aborted) {
        if (error === undefined) down.close();
        reject();
        leave();
        return;
      }
      let bytes = 0;
      const told = (): void => {
        loan.over.removeEventListener("abort", told);
        gate.note("lent-channel", { entry: loan.admission.entry, what: kind, bytes });
      };
      // Before the result of the request, which comes with its end.
      loan.over.addEventListener("abort", told, { once: true });
      const moved = (count: number): void => {
        bytes += count;
        loan.bytes += count;
      };
      const { admission, over } = loan;
      void join({ ...this.#serving, gone: over }, down, accept() as ClientChannel, admission, moved).finally(() => {
        leave();
        if (!over.aborted) told();
      });
    });
  }
}

/** How a request is answered: at once, or by the function once it is known. */
export interface Answering {
  readonly now: (granted: boolean) => void;
  readonly later: () => (granted: boolean) => void;
}

/** What the client of one session channel has asked for, before its program. */
export class Loans {
  readonly #serving: Serving;
  readonly #lending: Lending;
  readonly #gone: AbortSignal;
  readonly #asked = new Set<Lent>();
  readonly #granted = new Set<Loan>();
  readonly #untold: string[] = [];
  #pending = 0;
  #settle: (() => void) | undefined;
  #say: ((line: string) => void) | undefined;

  constructor(serving: Serving, lending: Lending, gone: AbortSignal) {
    this.#serving = serving;
    this.#lending = lending;
    this.#gone = gone;
    gone.addEventListener("abort", () => this.end(), { once: true });
  }

  /** Submits the request, and answers it. */
  ask(kind: Lent, info: X11Info | undefined, answer: Answering): void {
    const { gate, live } = this.#serving;
    const x11 = info === undefined ? undefined : optionsOf(info);
    if (this.#asked.has(kind) || (kind === "x11" && x11 === undefined)) {
      gate.note("refused", { what: WORDS[kind] });
      answer.now(false);
      return;
    }
    this.#asked.add(kind);
    // The cookie lets its bearer use the display: it is in neither text nor bytes.
    const text = kind === "agent" ? "agent forwarding" : `x11 forwarding, screen ${x11?.screen ?? 0}`;
    const facts: Facts = kind === "agent" ? agentFacts() : x11Facts();
    const decision = gate.submit(
      { kind, text, digest: () => sha256Hex(text), facts, cannotDischarge: dischargeOpaque(WORDS[kind]) },
      Buffer.from(text),
      { signal: this.#gone, onHeld: (held) => this.#tell(heldLine(held)) },
    );
    const settled = (made: Decision): boolean => {
      if (made.admitted) this.#granted.add(new Loan(kind, made.admission, x11));
      else for (const line of refusalLines(made.refusal)) this.#tell(`gate: ${WORDS[kind]}: ${plain(line)}`);
      if (this.#gone.aborted) this.end();
      return made.admitted;
    };
    if (!(decision instanceof Promise)) {
      answer.now(settled(decision));
      return;
    }
    const later = answer.later();
    // Whoever waits for a person is not idle.
    const waits = { busy: true, end: () => undefined };
    live.add(waits);
    this.#pending += 1;
    const over = (granted: boolean): void => {
      later(granted);
      live.delete(waits);
      this.#pending -= 1;
      // The program's own answer must not come before this one.
      if (this.#pending === 0) this.#settle?.();
    };
    decision.then(settled).then(over, () => over(false));
  }

  /** Undefined when all is known; what there is to tell goes to `say` from now on. */
  settled(say: (line: string) => void): Promise<void> | undefined {
    this.#say = say;
    for (const line of this.#untold.splice(0)) say(line);
    return this.#pending === 0 ? undefined : new Promise((resolve) => (this.#settle = resolve));
  }

  /** What the target is asked for with the program. Recorded before. @throws {EngineError} RECORDER_FAILED. */
  spend(client: Client): { agentForward?: true; x11?: X11Options } {
    const options: { agentForward?: true; x11?: X11Options } = {};
    if (this.#granted.size > 0) withoutFail(client);
    for (const loan of this.#granted) {
      this.#serving.gate.spend(loan.admission);
      loan.spent = true;
      if (loan.kind === "agent") options.agentForward = true;
      else if (loan.x11 !== undefined) options.x11 = loan.x11;
    }
    return options;
  }

  /** The program has been started in this channel. */
  start(client: Client, channel: Channel): void {
    for (const loan of this.#granted) {
      if (!loan.spent) continue;
      if (!withoutFail(client)(channel, loan.kind)) {
        this.#lending.start(client, loan);
        continue;
      }
      this.#granted.delete(loan);
      this.#result(loan, "refused");
      this.#tell(`gate: the target refused ${WORDS[loan.kind]}`);
    }
  }

  /** The program or its channel is over: nothing is lent any more. */
  end(): void {
    for (const loan of this.#granted) {
      this.#lending.end(loan);
      this.#result(loan, loan.started ? "closed" : "not used");
    }
    this.#granted.clear();
  }

  #result({ admission, bytes }: Loan, outcome: "closed" | "not used" | "refused"): void {
    this.#serving.gate.result(admission, { outcome, ok: outcome === "closed", bytes });
  }

  #tell(line: string): void {
    if (this.#say !== undefined) this.#say(line);
    else if (this.#untold.length < LINES_MAX) this.#untold.push(line);
  }
}

/** Nothing reaches the target's xauth that is not what X clients call a protocol and a cookie. */
function optionsOf(info: X11Info): X11Options | undefined {
  const { single, protocol, screen } = info;
  // The library's types say text; it is the bytes of one.
  const cookie = Buffer.from(info.cookie).toString("latin1");
  if (!/^[A-Za-z0-9-]{1,64}$/u.test(protocol) || !/^[0-9a-fA-F]{0,512}$/u.test(cookie)) return undefined;
  return { single, protocol, cookie, screen };
}

function plain(line: string): string {
  return line.replace(/^gate: /u, "");
}

const WORDS: Readonly<Record<Lent, string>> = { agent: "agent forwarding", x11: "X11 forwarding" };
/** Entries about channels that the target must not open, for one connection. */
const NOTES_MAX = 16;
/** Lines that wait for a program's channel to be told in. */
const LINES_MAX = 8;
