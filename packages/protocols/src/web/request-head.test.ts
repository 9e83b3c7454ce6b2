import { describe, expect, test } from "@jest/globals";
import { WebError } from "./errors.ts";
import { headerOf, readRequestHead, type RawHead } from "./request-head.ts";

const AUTHORITY = "billing.internal:8443";

function read(rawHeaders: readonly string[], more: Partial<RawHead> = {}) {
  const host = rawHeaders.some((each) => each.toLowerCase() === "host") ? [] : ["Host", "127.0.0.1:4000"];
  return readRequestHead(
    { method: "GET", target: "/a", version: "1.1", ...more, rawHeaders: [...host, ...rawHeaders] },
    AUTHORITY,
  );
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof WebError) return error.code;
    throw error;
  }
  return "none";
}

describe("the head of a request", () => {
  test("has its headers in lower case and the length of its body", () => {
    const head = read(["Content-Length", "12", "X-A", "1", "X-A", "2"], { method: "POST" });
    expect(head).toMatchObject({ method: "POST", path: "/a", length: 12 });
    expect(headerOf(head, "x-a")).toBe("1");
    expect(read(["Transfer-Encoding", "chunked"]).length).toBe("chunked");
    expect(read([]).length).toBe(0);
  });

  test.each(["127.0.0.1:1", "localhost", "[::1]:9", "billing.internal", AUTHORITY, "LOCALHOST:80"])(
    "may name the endpoint or its target in Host: %s",
    (host) => {
      expect(codeOf(() => read(["Host", host]))).toBe("none");
    },
  );

  test.each([
    ["another host", ["Host", "evil.example"]],
    ["another port of the target", ["Host", "billing.internal:1"]],
    ["an empty Host", ["Host", ""]],
    ["two Hosts", ["Host", "localhost", "Host", "localhost"]],
    ["a Host with user information", ["Host", "a@localhost"]],
    ["two Content-Lengths", ["Content-Length", "1", "content-length", "1"]],
    ["a list of lengths", ["Content-Length", "1, 1"]],
    ["a signed length", ["Content-Length", "+1"]],
    ["a hexadecimal length", ["Content-Length", "0x1"]],
    ["length and coding", ["Content-Length", "1", "Transfer-Encoding", "chunked"]],
    ["two codings", ["Transfer-Encoding", "gzip, chunked"]],
    ["a coding that is not chunked", ["Transfer-Encoding", "identity"]],
    ["chunked twice", ["Transfer-Encoding", "chunked", "Transfer-Encoding", "chunked"]],
    ["a coding with a tail", ["Transfer-Encoding", "chunked\u000b"]],
    ["two Content-Types", ["Content-Type", "text/plain", "Content-Type", "application/json"]],
    ["two Authorizations", ["Authorization", "a", "Authorization", "b"]],
    ["a name with an underscore", ["X_HTTP_Method_Override", "DELETE"]],
    ["a name with a blank", ["X A", "1"]],
    ["an empty name", ["", "1"]],
    ["a line feed in a value", ["X-A", "1\nX-B: 2"]],
    ["a folded value", ["X-A", "1\r\n 2"]],
    ["a NUL in a value", ["X-A", "1\u0000"]],
    ["a path for other servers", ["X-Original-URL", "/admin"]],
    ["another path for other servers", ["X-Rewrite-Url", "/admin"]],
  ])("with %s is refused", (_name, headers) => {
    expect(codeOf(() => read(headers))).toBe("REQUEST_AMBIGUOUS");
  });

  test("without Host is refused, unless it is of HTTP/1.0", () => {
    const rawHead = { method: "GET", target: "/", rawHeaders: [] };
    expect(codeOf(() => readRequestHead({ ...rawHead, version: "1.1" }, AUTHORITY))).toBe("REQUEST_AMBIGUOUS");
    expect(codeOf(() => readRequestHead({ ...rawHead, version: "1.0" }, AUTHORITY))).toBe("none");
  });

  test("of HTTP/1.0 has no transfer coding", () => {
    expect(codeOf(() => read(["Transfer-Encoding", "chunked"], { version: "1.0" }))).toBe("REQUEST_AMBIGUOUS");
  });

  test("with an absolute target must name the same authority twice", () => {
    const same = { target: "http://billing.internal:8443/a" };
    expect(codeOf(() => read(["Host", AUTHORITY], same))).toBe("none");
    expect(codeOf(() => read([], same))).toBe("REQUEST_AMBIGUOUS");
    expect(codeOf(() => read(["Host", "evil"], { target: "http://evil/a" }))).toBe("REQUEST_AMBIGUOUS");
    expect(codeOf(() => read([], { target: "http://evil/a" }))).toBe("REQUEST_AMBIGUOUS");
  });

  test.each(["CONNECT", "TRACE", "TRACK"])("with the method %s is not carried", (method) => {
    expect(codeOf(() => read([], { method }))).toBe("REQUEST_UNSUPPORTED");
  });

  test("with a method in lower case is refused", () => {
    expect(codeOf(() => read([], { method: "get" }))).toBe("REQUEST_AMBIGUOUS");
  });

  test("with too many headers is refused", () => {
    const many = Array.from({ length: 201 }, (_, at) => [`X-${at}`, "1"]).flat();
    expect(codeOf(() => read(many))).toBe("REQUEST_AMBIGUOUS");
  });
});
