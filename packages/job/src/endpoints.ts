/**
 * One loopback listener a grant, with a user name and a random password that only this job knows. What arrives is
 * handed to the backend as it is: the daemon reads no protocol. Touches the network (loopback).
 */
import { createServer, type Server, type Socket } from "node:net";
import { messageOf, sha256Hex } from "@gate/base";
import type { Endpoint } from "@gate/contract";
import { generateOpensshKey } from "@gate/protocols/ssh/keys";
import type { GrantInfo, SessionBackend } from "./backend.ts";
import { JobError } from "./errors.ts";
import { scramVerifier } from "./scram.ts";

/** What the job's steps need; `password` is a secret. */
export interface EndpointInfo extends GrantInfo {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** OpenSSH's configuration, where the clients of this endpoint sign in with a key. */
  readonly sshConfig?: string;
  /** The `.mcp.json` that names this endpoint, where its clients are agents. */
  readonly mcpConfig?: string;
}

export interface OpenEndpoint {
  readonly info: EndpointInfo;
  /** The key that its clients sign in with, as a file: a secret. */
  readonly clientKey?: string;
  /** Connections served now. */
  readonly connections: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  close(): void;
}

export interface EndpointOptions {
  readonly grant: GrantInfo;
  readonly backend: Pick<SessionBackend, "serve">;
  readonly randomBytes: (size: number) => Buffer;
  readonly log: (line: string) => void;
  /** Told why a connection could not be served, for `status`. */
  readonly onFailure: (message: string) => void;
}

export async function openEndpoint(options: EndpointOptions): Promise<OpenEndpoint> {
  const { grant, backend, randomBytes, log, onFailure } = options;
  const password = randomBytes(24).toString("base64url");
  // Where clients pin a key of the gateway's, they prove one of their own.
  const key = grant.hostKey === undefined ? undefined : generateOpensshKey();
  const endpoint: Endpoint = {
    id: `ep_${randomBytes(8).toString("hex")}`,
    user: "gate",
    scram: scramVerifier(password, randomBytes(16)),
    // 192 random bits: a plain hash of them cannot be turned back.
    secretSha256: sha256Hex(password),
    ...(key === undefined ? {} : { publicKey: key.publicLine }),
  };
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (local) => {
    if (sockets.size >= CONNECTIONS_MAX) {
      onFailure(`more than ${CONNECTIONS_MAX} connections for grant "${grant.grant}" at a time`);
      local.destroy();
      return;
    }
    sockets.add(local);
    accepted += 1;
    local.once("close", () => sockets.delete(local));
    // Without a listener an early reset would end the process.
    local.on("error", () => local.destroy());
    backend.serve(grant.grant, endpoint, local).catch((error: unknown) => {
      // The daemon speaks no protocol: it hands over what the gateway wrote for the client, or only closes; `status`
      // says why either way.
      onFailure(messageOf(error));
      log(`grant ${grant.grant}: ${messageOf(error)}`);
      if (error instanceof JobError && error.refusal !== undefined) refuse(local, error.refusal);
      else local.destroy();
    });
  });
  const port = await listen(server);
  return {
    ...(key === undefined ? {} : { clientKey: key.privateFile }),
    info: { ...grant, id: endpoint.id, host: "127.0.0.1", port, user: endpoint.user, password },
    get connections() {
      return sockets.size;
    },
    get accepted() {
      return accepted;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Unread bytes would turn the close into a reset that destroys the message on its way: they are read and forgotten. */
function refuse(local: Socket, bytes: Uint8Array): void {
  const cut = setTimeout(() => local.destroy(), REFUSAL_MS_MAX);
  local.once("close", () => clearTimeout(cut));
  local.once("end", () => local.destroySoon());
  local.end(bytes);
  local.resume();
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new JobError("operator", "JOB_DAEMON_FAILED", `cannot listen on 127.0.0.1: ${messageOf(error)}`, {
          cause: error,
        }),
      ),
    );
    server.listen({ host: "127.0.0.1", port: 0 }, () => {
      const address = server.address();
      if (address === null || typeof address === "string") reject(new JobError("bug", "JOB_DAEMON_FAILED", "no port"));
      else resolve(address.port);
    });
  });
}

/** How long a refused client may take to close its side. */
const REFUSAL_MS_MAX = 2_000;
/** Local connections of one grant at a time. */
const CONNECTIONS_MAX = 256;
