/** A real nginx on a loopback port, with an access log of what reached it. Touches processes and one directory. */
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasEnded, stopSupervised, supervised } from "../../packages/testkit/src/supervised.ts";
import { freePort, sleep } from "../world.ts";

/** `undefined` when it is not installed. */
export const NGINX = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"].find((path) => existsSync(path));

export interface Nginx {
  readonly port: number;
  /** Lines of the access log since the last call: `GET /path host`. */
  seen(): Promise<string[]>;
  stop(): Promise<void>;
}

export interface NginxOptions {
  /** More lines of the `server` block. */
  readonly server?: string;
  /** More lines of the `http` block. */
  readonly http?: string;
  /** Without an access log, for benchmarks. */
  readonly quiet?: boolean;
}

export async function startNginx(options: NginxOptions = {}): Promise<Nginx> {
  if (NGINX === undefined) throw new Error("nginx is not installed");
  const directory = mkdtempSync(join(tmpdir(), "gate-nginx-"));
  const port = await freePort();
  mkdirSync(join(directory, "tmp"));
  const log = join(directory, "access.log");
  writeFileSync(log, "");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${directory}/tmp;`)
    .join(" ");
  writeFileSync(
    join(directory, "nginx.conf"),
    `daemon off; worker_processes 1; pid ${directory}/nginx.pid; error_log ${directory}/error.log;
${process.getuid?.() === 0 ? "user root;" : ""}
events { worker_connections 1024; }
http {
  ${temporary}
  log_format gate '$request_method $request_uri $http_host';
  access_log ${options.quiet === true ? "off" : `${log} gate`};
  keepalive_requests 1000000;
  client_max_body_size 0;
  ${options.http ?? ""}
  server {
    listen 127.0.0.1:${port} backlog=1024;
    ${options.server ?? 'location / { default_type text/plain; return 200 "nginx $request_method $request_uri\\n"; }'}
  }
}
`,
  );
  const child = supervised(
    NGINX,
    ["-c", join(directory, "nginx.conf"), "-p", directory, "-e", join(directory, "error.log")],
    { whenAlone: "TERM", log: join(directory, "error.log") },
  );
  await reachable(port, child);
  let read = 0;
  let asked = 0;
  return {
    port,
    async seen() {
      // nginx writes a line once the answer has gone out: when the line of a last request is there, all before it are.
      asked += 1;
      const mark = `/gate-seen-${asked}`;
      await askOnce(port, mark);
      for (let tries = 0; tries < 1_000; tries += 1) {
        const lines = readFileSync(log, "utf8").split("\n").slice(0, -1);
        if (lines.some((line) => line.startsWith(`GET ${mark} `))) {
          const fresh = lines.slice(read).filter((line) => !line.startsWith("GET /gate-seen-"));
          read = lines.length;
          return fresh;
        }
        await sleep(20);
      }
      throw new Error("nginx did not write its log within 20 s");
    },
    async stop() {
      await stopSupervised(child, "TERM");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function askOnce(port: number, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get({ port, host: "127.0.0.1", path, agent: false }, (response) => {
      response.resume();
      response.once("close", () => resolve());
    });
    request.once("error", reject);
  });
}

async function reachable(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 1_200; tries += 1) {
    if (hasEnded(child)) throw new Error("nginx did not start");
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: "127.0.0.1" });
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (open) return;
    await sleep(25);
  }
  throw new Error("nginx was not ready within 30 s");
}
