/**
 * A port for a server that cannot be told to take any free one. Touches loopback sockets.
 *
 * A port that the kernel gives out and that is closed again may be given to somebody else before the server has it:
 * to another worker of the tests, or to any outgoing connection. So ports come from below the kernel's own range, and
 * each is claimed for the life of this process under a name that only one process can have.
 */
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";

/** @throws {Error} after PORT_TRIES_MAX ports that were taken. */
export async function freePort(): Promise<number> {
  const range = rangeBelowTheKernels();
  if (range === undefined) return givenByTheKernel();
  for (let tries = 0; tries < PORT_TRIES_MAX; tries += 1) {
    const port = range.first + Math.floor(Math.random() * range.count);
    const claim = await listening({ path: `\0gate-test-port-${port}` });
    if (claim === undefined) continue;
    const probe = await listening({ port, host: "127.0.0.1" });
    if (probe === undefined) {
      claim.close();
      continue;
    }
    await new Promise((closed) => probe.close(closed));
    claim.unref();
    return port;
  }
  throw new Error(`none of ${PORT_TRIES_MAX} ports was free`);
}

/** Ports that neither `listen(0)` nor an outgoing connection ever gets; undefined where this is not known. */
function rangeBelowTheKernels(): { readonly first: number; readonly count: number } | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const lowest = Number(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s/u)[0]);
    const count = Math.min(PORTS_MAX, lowest - LOWEST_PORT);
    return count >= PORTS_MIN ? { first: lowest - count, count } : undefined;
  } catch {
    return undefined;
  }
}

async function givenByTheKernel(): Promise<number> {
  const server = await listening({ port: 0, host: "127.0.0.1" });
  if (server === undefined) throw new Error("no port of the loopback address is free");
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

/** A server on this address; undefined where it is taken. */
function listening(address: { path: string } | { port: number; host: string }): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", () => resolve(undefined));
    server.listen(address, () => resolve(server));
  });
}

/** Ports that are tried before it is given up. */
const PORT_TRIES_MAX = 200;
/** Ports below the kernel's range that are used. */
const PORTS_MAX = 12_000;
/** Fewer than these, and two processes would meet too often. */
const PORTS_MIN = 1_000;
/** Below it, servers of the machine itself have theirs. */
const LOWEST_PORT = 10_000;
