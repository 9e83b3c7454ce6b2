/**
 * Serves the web pages: files that were built beside the program, read once at the start. No other file can be reached,
 * and no page may load anything from elsewhere. Reads the folder.
 */
import { sha256Hex } from "@gate/base";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export interface WebFiles {
  /** By path below the folder, such as `assets/main.js`. */
  readonly files: ReadonlyMap<string, WebFile>;
}

interface WebFile {
  readonly bytes: Buffer;
  readonly type: string;
  readonly etag: string;
}

/** Addresses of the one page that shows approvals, sessions and the policy. */
const PAGES = ["/", "/approvals", "/approvals/:id", "/sessions", "/sessions/:id", "/policy"];

/** Everything from this gateway, nothing from elsewhere, no inline code. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
];
/** The terminal player's emulator is WebAssembly, and its fonts' sizes are set by inline styles: that page only. */
const REPLAY_POLICY = POLICY.map((rule) =>
  rule.startsWith("script-src")
    ? "script-src 'self' 'wasm-unsafe-eval'"
    : rule.startsWith("style-src")
      ? "style-src 'self' 'unsafe-inline'"
      : rule,
);

/** Undefined when the pages were not built, or not installed with this program. */
export function readWebFiles(folder: string): WebFiles | undefined {
  const files = new Map<string, WebFile>();
  try {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || files.size >= FILES_MAX) continue;
      const path = join(entry.parentPath, entry.name);
      const type = TYPES.get(/\.[a-z0-9]+$/.exec(entry.name)?.[0] ?? "");
      if (type === undefined || statSync(path).size > FILE_BYTES_MAX) continue;
      const bytes = readFileSync(path);
      const name = path.slice(folder.length + 1).replaceAll("\\", "/");
      files.set(name, { bytes, type, etag: `"${sha256Hex(bytes).slice(0, 32)}"` });
    }
  } catch {
    return undefined;
  }
  return files.has("index.html") ? { files } : undefined;
}

export function addPages(app: FastifyInstance, web: WebFiles): void {
  for (const path of PAGES) app.get(path, async (request, reply) => send(web, "index.html", POLICY, request, reply));
  app.get("/replay/:id", async (request, reply) => send(web, "replay.html", REPLAY_POLICY, request, reply));
  for (const name of web.files.keys()) {
    if (!name.startsWith("assets/")) continue;
    app.get(`/${name}`, async (request, reply) => send(web, name, POLICY, request, reply));
  }
}

function send(
  web: WebFiles,
  name: string,
  policy: readonly string[],
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const file = web.files.get(name);
  if (file === undefined) return reply.code(404).send();
  void reply.headers({
    "content-security-policy": policy.join("; "),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    // Never shown from the cache of a browser after the gateway was updated, never sent twice unchanged.
    "cache-control": "no-cache",
    etag: file.etag,
  });
  if (request.headers["if-none-match"] === file.etag) return reply.code(304).send();
  return reply.type(file.type).send(file.bytes);
}

const TYPES: ReadonlyMap<string, string> = new Map([
  [".html", "text/html; charset=utf-8"],
  [".js", "text/javascript; charset=utf-8"],
  [".css", "text/css; charset=utf-8"],
  [".svg", "image/svg+xml"],
  [".wasm", "application/wasm"],
]);
/** Files of the web pages. */
const FILES_MAX = 100;
/** Bytes of one of them. */
const FILE_BYTES_MAX = 4 * 1024 * 1024;
