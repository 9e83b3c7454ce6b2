/**
 * One session channel of a client: gathers what may come before a program (terminal, environment), then starts it,
 * once. Touches the channel through the library.
 */
import type { PseudoTtyInfo, ServerChannel, Session, X11Info } from "ssh2";
import type { Serving } from "./connection.ts";
import { Loans, type Lending } from "./lending.ts";
import { answerLater, type Lent } from "./library-requests.ts";
import { Process, type Program } from "./process.ts";
import { SftpSession } from "./sftp.ts";

export function serveSession(serving: Serving, session: Session, lending: Lending): void {
  const { gate, connection } = serving;
  const gone = new AbortController();
  const env = new Map<string, string>();
  let pty: PseudoTtyInfo | undefined;
  let process: Process | undefined;
  let started = false;
  let dropped = 0;
  let loans: Loans | undefined;

  const leave = (): void => gone.abort("gone");
  serving.gone.addEventListener("abort", leave, { once: true });
  // Comes also while nobody reads the channel, unlike the channel's own event.
  session.on("close", () => {
    serving.gone.removeEventListener("abort", leave);
    leave();
  });

  session.on("env", (accept, reject, { key, val }) => {
    if (ENVIRONMENT.test(key) && ENVIRONMENT_VALUE.test(val) && env.size < ENVIRONMENT_MAX) {
      env.set(key, val);
      accept?.();
      return;
    }
    dropped += 1;
    if (dropped <= NOTES_MAX) gate.note("environment-dropped", { name: key.slice(0, 64) });
    reject?.();
  });
  session.on("pty", (accept, reject, info) => {
    if (!/^[\w.+-]{0,64}$/u.test(info.term) || started) {
      reject?.();
      return;
    }
    pty = info;
    accept?.();
  });
  session.on("window-change", (accept, _reject, { cols, rows, width, height }) => {
    if (pty !== undefined) pty = { ...pty, cols, rows, width, height };
    process?.resize(cols, rows, width, height);
    accept?.();
  });
  session.on("signal", (accept, _reject, { name }) => {
    process?.signal(name);
    accept?.();
  });
  const lend = (kind: Lent, accept?: () => void, reject?: () => void, info?: X11Info): void => {
    if (started) {
      reject?.();
      return;
    }
    loans ??= new Loans(serving, lending, gone.signal);
    loans.ask(kind, info, {
      now: (granted) => (granted ? accept?.() : reject?.()),
      later: () => (reject === undefined ? () => undefined : answerLater(connection, session, tooMany)),
    });
  };
  const tooMany = (): void => serving.violation("REQUESTS");
  session.on("auth-agent", (accept, reject) => lend("agent", accept, reject));
  session.on("x11", (accept, reject, info) => lend("x11", accept, reject, info));

  /** The channel is taken at once: once the client has sent EOF the library would not give it any more. */
  const start = (program: Program, accept: () => ServerChannel | undefined, reject: (() => void) | undefined): void => {
    const channel = started ? undefined : accept();
    if (channel === undefined) {
      reject?.();
      return;
    }
    started = true;
    process = new Process(serving, program, { pty, env, loans }, channel, gone.signal);
    process.run().catch(() => serving.violation("BUG"));
  };
  const sftp = (accept: () => ServerChannel | undefined, reject: (() => void) | undefined): void => {
    const channel = started ? undefined : accept();
    if (channel === undefined) {
      reject?.();
      return;
    }
    started = true;
    new SftpSession(serving, channel, gone.signal).run().catch(() => serving.violation("BUG"));
  };
  session.on("exec", (accept, reject, { command }) => start({ kind: "exec", command }, accept, reject));
  session.on("shell", (accept, reject) => start({ kind: "shell" }, accept, reject));
  session.on("subsystem", (accept, reject, { name }) => {
    if (name === "sftp") sftp(accept, reject);
    else start({ kind: "subsystem", name }, accept, reject);
  });
}

/** Nothing else reaches the target: LD_PRELOAD, BASH_ENV or GIT_SSH_COMMAND would run code beside the command. */
const ENVIRONMENT = /^(?:LANG|LANGUAGE|LC_[A-Z]{1,32})$/u;
/** What locales look like, and nothing that a program could take for more. */
const ENVIRONMENT_VALUE = /^[A-Za-z0-9_.@:=,+-]{0,256}$/u;
/** Environment variables of one channel. */
const ENVIRONMENT_MAX = 32;
/** Entries about variables that were dropped, for one channel. */
const NOTES_MAX = 16;
