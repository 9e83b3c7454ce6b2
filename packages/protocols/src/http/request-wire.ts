/** A request's head in bytes, as the target gets it (RFC 9112 §3, §5). Pure. */
import { WebError } from "../web/errors.ts";
import type { UpstreamRequest } from "./upstream.ts";
import { NO_VALUE } from "./wire/framing.ts";

/**
 * @param length of the body in bytes; "chunked" when it is not known; `undefined` for none
 * @throws {WebError} UPSTREAM_CREDENTIAL when a credential holds what no header may.
 */
export function wireHead(
  request: Pick<UpstreamRequest, "method" | "path" | "headers" | "last">,
  authority: string,
  length: number | "chunked" | undefined,
): Buffer {
  const { method, path, headers, last } = request;
  let head = `${method} ${path} HTTP/1.1\r\nhost: ${authority}\r\nconnection: ${last ? "close" : "keep-alive"}\r\n`;
  for (const [name, value] of headers) {
    if (NO_VALUE.test(value)) {
      throw new WebError(
        "operator",
        "UPSTREAM_CREDENTIAL",
        502,
        `gate: the value of ${name} cannot be sent in a header`,
      );
    }
    head += `${name}: ${value}\r\n`;
  }
  if (length === "chunked") head += "transfer-encoding: chunked\r\n";
  // A method that is there to send something says that there is nothing (RFC 9110 §8.6).
  else if (length !== undefined || SENDING.has(method)) head += `content-length: ${length ?? 0}\r\n`;
  return Buffer.from(`${head}\r\n`, "latin1");
}

const SENDING = new Set(["POST", "PUT", "PATCH"]);
