/**
 * What gate needs of ssh2 for what a client lends to a target (its agent, its display), where little is documented;
 * library.test.ts and ssh-agent-x11.test.ts notice when it changes.
 *
 * - Answers: a request that waits for a person is answered late, and answers leave in the order of the requests
 *   (RFC 4254 §4): `answerLater` holds back those that come after it on its channel.
 * - Asking: ssh2 gives a program up when the target refuses its request for an agent or a display; every other client
 *   runs it without. `withoutFail` does too, and remembers.
 * - Agent: ssh2 joins the target's channels itself, past every bound, and the serving side cannot open any.
 */
import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import ssh2, { type Channel, type Client, type Connection, type ServerChannel, type Session } from "ssh2";

export type Lent = "agent" | "x11";

interface Wire {
  channelSuccess(id: number): void;
  channelFailure(id: number): void;
  x11(id: number, window: number, packetSize: number, origin: unknown): void;
  openssh_authAgent(id: number, window: number, packetSize: number): void;
  x11Forward(id: number, options: unknown, reply: boolean): void;
  openssh_agentForward(id: number, reply: boolean): void;
}

interface Answer {
  /** Undefined until it is known. */
  ok: boolean | undefined;
}

type Callback = (failed: Error | boolean) => void;
type Requesting = Channel & {
  readonly outgoing: { readonly id: number };
  readonly incoming: { readonly state: string };
  readonly _callbacks: Callback[];
};

const waiting = new WeakMap<Connection, Map<number, Answer[]>>();

/** The answer to the request that is being handled comes later; what is answered meanwhile on its channel waits for it. */
export function answerLater(connection: Connection, session: Session, tooMany: () => void): (ok: boolean) => void {
  const { outgoing } = (session as unknown as { _chanInfo: { outgoing: { id: number; state: string } } })._chanInfo;
  const queues = queuesOf(connection, tooMany);
  const queue = queues.get(outgoing.id) ?? [];
  const mine: Answer = { ok: undefined };
  queue.push(mine);
  queues.set(outgoing.id, queue);
  // A channel that comes later may have the same number.
  const forget = (): void => {
    if (queues.get(outgoing.id) === queue) queues.delete(outgoing.id);
  };
  session.once("close", () => {
    queue.length = 0;
    forget();
  });
  return (ok) => {
    mine.ok = ok;
    const ready: Answer[] = [];
    while (queue[0]?.ok !== undefined) ready.push(queue.shift() as Answer);
    if (queue.length === 0) forget();
    const wire = wireOf(connection);
    for (const answer of ready) {
      if (outgoing.state !== "open") return;
      if (answer.ok === true) wire.channelSuccess(outgoing.id);
      else wire.channelFailure(outgoing.id);
    }
  };
}

function queuesOf(connection: Connection, tooMany: () => void): Map<number, Answer[]> {
  const known = waiting.get(connection);
  if (known !== undefined) return known;
  const queues = new Map<number, Answer[]>();
  waiting.set(connection, queues);
  const wire = wireOf(connection);
  for (const [name, ok] of [
    ["channelSuccess", true],
    ["channelFailure", false],
  ] as const) {
    const send = wire[name].bind(wire);
    wire[name] = (id) => {
      const queue = queues.get(id);
      if (queue === undefined || queue[0]?.ok !== undefined) send(id);
      else if (queue.length < ANSWERS_MAX) queue.push({ ok });
      else tooMany();
    };
  }
  return queues;
}

const refusals = new WeakMap<Client, WeakMap<object, Set<Lent>>>();

/** Programs of this client run also when the target refuses what is lent; the answer tells what it has refused. */
export function withoutFail(client: Client): (channel: Channel, what: Lent) => boolean {
  let refused = refusals.get(client);
  if (refused === undefined) {
    const made = new WeakMap<object, Set<Lent>>();
    refused = made;
    refusals.set(client, made);
    const wire = wireOf(client);
    const forgive = (id: number, what: Lent): void => {
      const channel = requestingOf(client, id);
      const callback = channel?._callbacks.pop();
      if (channel === undefined || callback === undefined) return;
      channel._callbacks.push((failed) => {
        const closed = channel.incoming.state === "closed";
        if (failed !== false && !closed) made.set(channel, (made.get(channel) ?? new Set()).add(what));
        callback(closed && failed);
      });
    };
    const [agent, x11] = [wire.openssh_agentForward.bind(wire), wire.x11Forward.bind(wire)];
    wire.openssh_agentForward = (id, reply) => {
      forgive(id, "agent");
      agent(id, reply);
    };
    wire.x11Forward = (id, options, reply) => {
      forgive(id, "x11");
      x11(id, options, reply);
    };
  }
  const known = refused;
  return (channel, what) => known.get(channel)?.has(what) === true;
}

function requestingOf(client: Client, id: number): Requesting | undefined {
  const { _channels } = (client as unknown as { _chanMgr: { _channels: Record<string, unknown> } })._chanMgr;
  return Object.values(_channels).find(
    (each): each is Requesting =>
      typeof each === "object" && each !== null && "outgoing" in each && (each as Requesting).outgoing.id === id,
  );
}

/** Opens a channel to the client's agent. */
export function openAgent(
  connection: Connection,
  opened: (error: Error | undefined, channel: ServerChannel) => void,
): void {
  const wire = wireOf(connection);
  const before = Object.getOwnPropertyDescriptor(wire, "x11");
  wire.x11 = (id, window, packetSize) => wire.openssh_authAgent(id, window, packetSize);
  try {
    connection.x11("", 0, opened);
  } finally {
    // What is left is what was there, or the method of the class.
    if (before === undefined) delete (wire as Partial<Wire>).x11;
    else Object.defineProperty(wire, "x11", before);
  }
}

export type Offered = (accept: () => Channel, reject: () => void) => void;

/** Takes the channels that a target opens to an agent. It has no keys: gate never signs in with it. */
export class AgentRelay extends ssh2.BaseAgent {
  /** Without a listener every channel is refused. */
  onChannel: Offered | undefined;

  override getIdentities(done: (error: Error | undefined, keys: []) => void): void {
    done(undefined, []);
  }

  override sign(_key: unknown, _data: Buffer, _options: unknown, done?: (error: Error) => void): void {
    done?.(new Error("there is no key here"));
  }

  override getStream(answer: (error?: Error, stream?: Duplex) => void): void {
    const reject = (): void => answer(new Error("refused"));
    if (this.onChannel === undefined) {
      reject();
      return;
    }
    this.onChannel(() => {
      const taker = new Taker();
      answer(undefined, taker as unknown as Duplex);
      if (taker.channel === undefined) throw new TypeError("the library has given no channel");
      return taker.channel;
    }, reject);
  }
}

/** The library does `channel.pipe(this).pipe(channel)`: takes the channel out of that again. */
class Taker extends EventEmitter {
  readonly writable = true;
  channel: Channel | undefined;

  pipe(channel: Channel): void {
    channel.unpipe(this as never);
    channel.resume();
    this.channel = channel;
  }

  write(): boolean {
    throw new TypeError("nothing is written here");
  }

  end(): void {
    // Nothing was written.
  }
}

function wireOf(side: Connection | Client): Wire {
  return (side as unknown as { readonly _protocol: Wire })._protocol;
}

/** Answers of one channel that wait for an earlier one. */
const ANSWERS_MAX = 256;
