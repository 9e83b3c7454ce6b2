/**
 * The serving side towards the job: host key, the endpoint's public key as the only way in, bounds of the handshake.
 * Touches the link's stream through ssh2.
 */
import { constantTimeEqual, type Clock } from "@gate/base";
import type { Link } from "@gate/contract";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import ssh2, { type AuthContext, type Connection } from "ssh2";
import { CIPHERS, IDENT, KEX, MACS } from "./algorithms.ts";
import { opensshKey, parsePublicLine } from "./keys.ts";
import { fastCiphers, hasOffer } from "./library-packets.ts";

export interface DownstreamOptions {
  readonly link: Link;
  readonly clock: Clock;
  /** The names that a client may give: the endpoint's, and that of the target's credential. */
  readonly users: readonly string[];
  /** The client's identification line has come. */
  readonly onConnection: (connection: Connection) => void;
  readonly onAuthenticated: () => void;
  readonly onRefused: (why: string) => void;
  /** The peer does not speak the protocol. */
  readonly onViolation: (code: string) => void;
}

/** Begins to serve; the rest arrives through the callbacks. @throws {TypeError} for a host key that is none. */
export function serveDownstream(options: DownstreamOptions): void {
  const { link, clock } = options;
  const server = new ssh2.Server({
    hostKeys: [opensshKey(link.hostKey?.reveal() ?? "").privateFile],
    ident: IDENT,
    algorithms: { kex: [...KEX], cipher: [...CIPHERS], hmac: [...MACS], compress: ["none"] },
    keepaliveInterval: KEEPALIVE_MS,
    keepaliveCountMax: KEEPALIVES_MAX,
  });
  let connected = false;
  server.on("connection", (connection) => {
    connected = true;
    fastCiphers(connection, link.downstream);
    answerTogether(connection, link.downstream, clock);
    authenticate(connection, options);
    options.onConnection(connection);
  });
  const stop = clock.after(LOGIN_MS_MAX, () => {
    if (!connected) link.downstream.destroy();
  });
  server.injectSocket(link.downstream as Socket);
  // The library pauses the stream before it listens, so that this listener takes nothing away.
  let heard = false;
  link.downstream.once("data", () => (heard = true));
  link.downstream.once("close", () => {
    stop();
    if (heard && !connected) options.onViolation("IDENTIFICATION");
  });
}

/**
 * Holds gate's offer of algorithms back until the client's is there. OpenSSH's client sends that as soon as it has been
 * greeted, and what it sends next it holds back until the first is acknowledged (Nagle): with nothing left to be sent from
 * here that would be 40 ms later. A client that waits for the offer gets it after a moment.
 */
function answerTogether(connection: Connection, downstream: Duplex, clock: Clock): void {
  downstream.cork();
  let stop = (): void => undefined;
  const answer = (): void => {
    stop();
    downstream.removeListener("data", answer);
    downstream.uncork();
  };
  stop = clock.after(OFFER_MS_MAX, answer);
  downstream.on("data", answer);
  // It may have come together with the greeting.
  queueMicrotask(() => {
    if (hasOffer(connection)) answer();
  });
}

function authenticate(connection: Connection, options: DownstreamOptions): void {
  const { link, clock, users } = options;
  const expected = link.endpoint.publicKey === undefined ? undefined : parsePublicLine(link.endpoint.publicKey);
  let tries = 0;
  const stop = clock.after(LOGIN_MS_MAX, () => link.downstream.destroy());
  connection.on("close", stop);
  connection.on("ready", () => {
    stop();
    options.onAuthenticated();
  });
  connection.on("authentication", (context: AuthContext) => {
    tries += 1;
    if (tries > TRIES_MAX) {
      options.onRefused("too many attempts");
      connection.end();
      return;
    }
    // RFC 4252 §5.2: "none" asks which methods there are.
    if (context.method !== "publickey" || expected === undefined) {
      context.reject(["publickey"]);
      return;
    }
    const { key, signature, blob, hashAlgo } = context;
    const known =
      key.algo === expected.type &&
      constantTimeEqual(key.data.toString("base64"), expected.blob.toString("base64")) &&
      users.includes(context.username);
    if (!known) {
      options.onRefused(users.includes(context.username) ? "another key" : "another user name");
      context.reject(["publickey"]);
      return;
    }
    // Without a signature the client only asks whether the key would do.
    if (signature !== undefined) {
      const parsed = ssh2.utils.parseKey(link.endpoint.publicKey ?? "");
      const valid =
        !(parsed instanceof Error) && blob !== undefined && parsed.verify(blob, signature, hashAlgo) === true;
      if (!valid) {
        options.onRefused("a wrong signature");
        context.reject(["publickey"]);
        return;
      }
    }
    context.accept();
  });
}

/** How long a client may take to sign in, in milliseconds. */
const LOGIN_MS_MAX = 20_000;
/** How long the offer of algorithms waits for the client's, in milliseconds. */
const OFFER_MS_MAX = 5;
/** Attempts to sign in on one connection. */
const TRIES_MAX = 8;
/** Silence after which the other side is asked whether it is there, in milliseconds. */
export const KEEPALIVE_MS = 30_000;
/** Such questions without an answer before the connection is over. */
export const KEEPALIVES_MAX = 4;
