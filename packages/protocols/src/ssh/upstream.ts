/**
 * The client side towards the target: dials through the link, checks the host key, signs in with the gateway's
 * credential, but not before the job's client has proved its own key. Touches the network through the link.
 */
import { messageOf } from "@gate/base";
import type { Link } from "@gate/contract";
import type { Duplex } from "node:stream";
import ssh2, { type AuthenticationType, type Client, type ConnectConfig } from "ssh2";
import { algorithmsOf, CIPHERS, HOST_KEYS, IDENT, KEX, MACS } from "./algorithms.ts";
import { KEEPALIVE_MS, KEEPALIVES_MAX } from "./downstream.ts";
import { SshError } from "./errors.ts";
import { blobType, fingerprintOf } from "./keys.ts";
import { answerAtOnce, fastCiphers, signAtOnce } from "./library-packets.ts";
import { softwareOf, type AnyChannel } from "./library.ts";
import { awaitReader } from "./library-bounds.ts";
import { AgentRelay } from "./library-requests.ts";
import type { SshTarget } from "./target.ts";
import { Windows, type ChannelCount } from "./windows.ts";

export interface Upstream {
  /** Rejects with an SshError; nothing of the credential is used before `permit`. */
  readonly ready: Promise<Client>;
  /** The client has signed in: now the credential may be used. */
  permit(): void;
  /** Somebody waits for an answer to a request, until the function is called: what comes meanwhile is acknowledged at once. */
  expect(): () => void;
  /** Where channels to an agent come in that the target opens. */
  readonly agent: AgentRelay;
  /** The socket, once there is one. */
  readonly socket: () => Duplex | undefined;
  /** Resolves when the connection is over. */
  readonly closed: Promise<void>;
  /** For each channel to the target, before its data is read. */
  manage(channel: AnyChannel): void;
  end(): void;
}

/** @param early begins before the client has signed in */
export function connectUpstream(link: Link, target: SshTarget, count: ChannelCount, early: boolean): Upstream {
  const client = new ssh2.Client();
  const agent = new AgentRelay();
  let socket: Duplex | undefined;
  let windows: Windows | undefined;
  let ended = false;
  let begun = early;
  let expected = 0;
  let stop: () => void = () => undefined;
  const expect = (): (() => void) => {
    // Some servers cannot stand what they ought to ignore; this one can, and holds its answers back.
    if (socket === undefined || !/^OpenSSH_/u.test(softwareOf(client))) return () => undefined;
    expected += 1;
    if (expected === 1) stop = answerAtOnce(client, socket);
    let over = false;
    return () => {
      if (over) return;
      over = true;
      expected -= 1;
      if (expected === 0) stop();
    };
  };
  let permit: () => void = () => undefined;
  const permitted = new Promise<void>((resolve) => (permit = resolve));
  let closed: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (closed = resolve));
  const ready = new Promise<Client>((resolve, reject) => {
    let wrongKey: SshError | undefined;
    client.on("ready", () => resolve(client));
    client.on("error", (error: Error & { level?: string }) => reject(wrongKey ?? failureOf(error)));
    client.on("close", () => {
      reject(
        wrongKey ?? new SshError("operator", "TARGET_UNREACHABLE", "target unreachable: it closed the connection"),
      );
      closed();
    });
    client.on("keyboard-interactive", (_name, _instructions, _language, prompts, finish) => {
      // One question that is not echoed is the password's; anything else has no answer here.
      const password = target.credential.password?.reveal();
      const [only, ...more] = prompts;
      finish(password !== undefined && only?.echo === false && more.length === 0 ? [password] : []);
    });
    const dialled = early
      ? link.connect()
      : permitted.then(() => {
          begun = true;
          return link.connect();
        });
    dialled.then(
      (connected) => {
        socket = connected;
        if (ended) {
          // The client went while the target was dialled.
          connected.destroy();
          closed();
          return;
        }
        // The library listens for errors from here on.
        client.connect({
          sock: connected,
          username: target.credential.username,
          // For programs that ask for it; it signs nobody in.
          agent,
          ident: IDENT,
          readyTimeout: READY_MS_MAX,
          keepaliveInterval: KEEPALIVE_MS,
          keepaliveCountMax: KEEPALIVES_MAX,
          tryKeyboard: true,
          algorithms: {
            kex: [...KEX],
            cipher: [...CIPHERS],
            hmac: [...MACS],
            compress: ["none"],
            serverHostKey: hostKeyAlgorithms(target),
          },
          hostVerifier: (key: Buffer) => {
            if (target.hostKeys.fingerprints.includes(fingerprintOf(key))) return true;
            wrongKey = new SshError(
              "operator",
              "HOST_KEY_CHANGED",
              `the target's host key (${blobType(key) ?? "of an unknown type"}) is not the pinned one: if it was changed on purpose, change host_key in gateway.yaml`,
            );
            return false;
          },
          ...credentialOf(target, permitted),
        });
        fastCiphers(client, connected);
        awaitReader(client, connected);
        windows = new Windows(client, count);
        signAtOnce(client);
        client.once("handshake", () => client.once("ready", expect()));
      },
      (error: unknown) => {
        reject(
          new SshError("operator", "TARGET_UNREACHABLE", messageOf(error).slice(0, MESSAGE_CHARS_MAX), {
            cause: error,
          }),
        );
        closed();
      },
    );
  });
  ready.catch(() => undefined);
  return {
    ready,
    permit: () => permit(),
    expect,
    agent,
    socket: () => socket,
    closed: done,
    manage: (channel) => windows?.manage(channel),
    end: () => {
      ended = true;
      if (!begun) closed();
      client.end();
      socket?.destroy();
    },
  };
}

function hostKeyAlgorithms(target: SshTarget) {
  const { types } = target.hostKeys;
  const known = types?.flatMap(algorithmsOf) ?? [];
  return [...(known.length === 0 ? HOST_KEYS : known)];
}

/** Key first, then the password in either form. */
function credentialOf(target: SshTarget, permitted: Promise<void>): ConnectConfig {
  const { privateKey, password } = target.credential;
  const methods: AuthenticationType[] = [
    ...(privateKey === undefined ? [] : (["publickey"] as const)),
    ...(password === undefined ? [] : (["password", "keyboard-interactive"] as const)),
  ];
  let next = 0;
  return {
    ...(privateKey === undefined ? {} : { privateKey: privateKey.reveal() }),
    ...(password === undefined ? {} : { password: password.reveal() }),
    // Methods that the server does not offer are skipped; before its first answer nothing is known.
    authHandler: (left, _partial, tell) => {
      const known = left as readonly AuthenticationType[] | null;
      while (next < methods.length && known !== null && !known.includes(methods[next] as AuthenticationType)) next += 1;
      const method = methods[next];
      next += 1;
      void permitted.then(() => tell((method ?? false) as AuthenticationType));
    },
  };
}

function failureOf(error: Error & { level?: string }): SshError {
  if (error.level === "client-authentication") {
    return new SshError("operator", "TARGET_AUTH", "the target refused the gateway's credential", { cause: error });
  }
  const code = "code" in error && typeof error.code === "string" ? `: ${error.code}` : "";
  const why = error.level === "handshake" ? ": its algorithms or its handshake do not fit" : code;
  return new SshError("operator", "TARGET_UNREACHABLE", `target unreachable${why}`, { cause: error });
}

/** From the dialled connection to a signed-in one, the client's own sign-in included, in milliseconds. */
const READY_MS_MAX = 30_000;
/** Characters of a reason that a client is told. */
const MESSAGE_CHARS_MAX = 200;
