/** The few requests to GitHub's REST API that the policy action makes. Touches the network through `fetch`. */
import { messageOf } from "@gate/base";
import { JobError } from "../../errors.ts";

export interface GitHubApi {
  /** A file at a ref; undefined when there is none. */
  file(path: string, ref: string): Promise<string | undefined>;
  /** All pages of a list, up to the bound. */
  list(path: string): Promise<readonly unknown[]>;
  /** The answer, or undefined for 404. @throws {GitHubRefusal} for any other failure. */
  get(path: string): Promise<unknown>;
  send(method: "POST" | "PATCH", path: string, body: unknown): Promise<unknown>;
}

/** GitHub's no, with its status: 403 mostly means that the token lacks a permission. */
export class GitHubRefusal extends JobError {
  readonly status: number;

  constructor(status: number, message: string) {
    super("operator", "JOB_REFUSED", message);
    this.status = status;
  }
}

export function githubApi(options: {
  readonly apiUrl: string;
  readonly repository: string;
  readonly token: string;
  readonly fetch: typeof fetch;
}): GitHubApi {
  const ask = async (method: string, path: string, accept: string, body?: unknown): Promise<Response> => {
    let response: Response;
    try {
      response = await options.fetch(`${options.apiUrl}${path}`, {
        method,
        headers: {
          accept,
          authorization: `Bearer ${options.token}`,
          "user-agent": "gate",
          "x-github-api-version": "2022-11-28",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: "error",
        signal: AbortSignal.timeout(REQUEST_MS_MAX),
      });
    } catch (error) {
      throw new GitHubRefusal(0, `${method} ${path}: no answer from ${options.apiUrl} (${messageOf(error)})`);
    }
    if (response.ok || response.status === 404) return response;
    await response.body?.cancel();
    throw new GitHubRefusal(response.status, `${method} ${path}: GitHub answered ${response.status}`);
  };
  const json = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await ask(method, path, "application/vnd.github+json", body);
    if (response.status === 404) {
      await response.body?.cancel();
      return undefined;
    }
    return JSON.parse(await bounded(response)) as unknown;
  };
  return {
    async file(path, ref) {
      const where = path.split("/").map(encodeURIComponent).join("/");
      const url = `/repos/${options.repository}/contents/${where}?ref=${encodeURIComponent(ref)}`;
      const response = await ask("GET", url, "application/vnd.github.raw+json");
      if (response.status !== 404) return bounded(response);
      await response.body?.cancel();
      return undefined;
    },
    async list(path) {
      const found: unknown[] = [];
      for (let page = 1; page <= PAGES_MAX; page += 1) {
        const separator = path.includes("?") ? "&" : "?";
        const items = await json("GET", `${path}${separator}per_page=${PAGE_ITEMS}&page=${page}`);
        if (!Array.isArray(items)) return found;
        found.push(...(items as unknown[]));
        if (items.length < PAGE_ITEMS) return found;
      }
      throw new GitHubRefusal(0, `GET ${path}: more than ${PAGES_MAX * PAGE_ITEMS} entries`);
    },
    get: (path) => json("GET", path),
    async send(method, path, body) {
      const answer = await json(method, path, body);
      if (answer === undefined) throw new GitHubRefusal(404, `${method} ${path}: GitHub answered 404`);
      return answer;
    },
  };
}

async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > ANSWER_BYTES_MAX) throw new GitHubRefusal(0, `an answer of more than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString("utf8");
}

const PAGE_ITEMS = 100;
/** Pages of one list (comments, reviews) that the policy action reads. */
const PAGES_MAX = 50;
/** Bytes of one answer of GitHub's API. */
const ANSWER_BYTES_MAX = 8_388_608;
/** Milliseconds that GitHub's API may take for one answer. */
const REQUEST_MS_MAX = 30_000;
