/** A request in the target's words: its base path, its credential. Pure. */
import type { HeaderList } from "../web/header-hygiene.ts";
import type { RequestHead } from "../web/request-head.ts";
import type { HttpTarget } from "./target.ts";
import type { UpstreamRequest } from "./upstream.ts";

/** @param headers what is forwarded of the client's */
export function requestTo(target: HttpTarget, head: RequestHead, headers: HeaderList): Omit<UpstreamRequest, "body"> {
  const credential = target.credential.headers;
  return {
    method: head.method,
    path: head.path === "*" ? "*" : target.base + head.path + (head.query === "" ? "" : `?${head.query}`),
    headers:
      credential.length === 0
        ? headers
        : [...headers, ...credential.map(([name, value]): [string, string] => [name, value.reveal()])],
    // A server that reads no body of such a method would take it for the next request (CL.0): there is none.
    last: head.length !== 0 && BODILESS.has(head.method),
  };
}

/** Methods whose body has no meaning of its own (RFC 9110 §9.3). */
const BODILESS = new Set(["GET", "HEAD", "OPTIONS", "DELETE"]);
