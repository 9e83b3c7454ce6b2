/** The gateway's address as people write it. Pure. */
import { isIP } from "node:net";
import { JobError } from "./errors.ts";

/**
 * Reads an `https://host[:port]` URL; plain `http:` only for loopback addresses, so that everything can be tried on
 * one machine. A path, query, user or fragment is refused: they would be ignored in silence.
 * @throws {JobError} JOB_INPUT
 */
export function parseGatewayUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new JobError("operator", "JOB_INPUT", "`gateway` is not a URL: write https://host or https://host:port");
  }
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") {
    throw new JobError(
      "operator",
      "JOB_INPUT",
      "`gateway` holds more than an origin: write https://host or https://host:port",
    );
  }
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname))) return url;
  throw new JobError(
    "operator",
    "JOB_INPUT",
    "`gateway` must be https: (plain http: is accepted on loopback addresses only)",
  );
}

/** True for 127.0.0.0/8, ::1 and `localhost`, as in `URL.hostname`. */
export function isLoopback(hostname: string): boolean {
  if (hostname === "localhost" || hostname === "[::1]" || hostname === "::1") return true;
  return isIP(hostname) === 4 && hostname.startsWith("127.");
}
