import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { WebError } from "./errors.ts";
import { canonicalPath, canonicalQuery, readRequestTarget } from "./request-target.ts";

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof WebError) return error.code;
    throw error;
  }
  return "none";
}

describe("a path", () => {
  test.each([
    ["/", "/"],
    ["/admin", "/admin"],
    ["//admin", "/admin"],
    ["///a//b///", "/a/b/"],
    ["/%61dmin", "/admin"],
    ["/%41%7e%2D%5f", "/A~-_"],
    ["/a/./b/.", "/a/b/"],
    ["/a/../admin", "/admin"],
    ["/a/%2e%2e/admin", "/admin"],
    ["/a/.%2E/admin", "/admin"],
    ["/a/b/..", "/a/"],
    ["/a/..", "/"],
    ["/a/...", "/a/..."],
    ["/users/ada%40example.com", "/users/ada@example.com"],
    ["/k%c3%a4se", "/k%C3%A4se"],
    ["/a%20b", "/a%20b"],
    ["/a%2Bb", "/a%2Bb"],
    ["/a+b", "/a+b"],
    ["/a%3Bb", "/a%3Bb"],
    ["/100%25", "/100%25"],
    ["/a%3Fb", "/a%3Fb"],
    ["/{id}|^", "/%7Bid%7D%7C%5E"],
  ])("%s is read as %s", (raw, canonical) => {
    expect(canonicalPath(raw)).toBe(canonical);
  });

  test.each([
    ["a backslash", "/a\\..\\admin"],
    ["an encoded backslash", "/a%5Cadmin"],
    ["an encoded slash", "/a%2Fadmin"],
    ["an encoded slash in lower case", "/a%2fadmin"],
    ["path parameters", "/admin;x"],
    ["path parameters in the middle", "/a;jsessionid=1/admin"],
    ["an encoded NUL", "/a%00b"],
    ["an encoded line feed", "/a%0ab"],
    ["an encoded DEL", "/a%7F"],
    ["double encoding", "/a%252e%252e/admin"],
    ["double encoding of a slash", "/a%252Fadmin"],
    ["an overlong slash", "/a%c0%afadmin"],
    ["an overlong dot", "/%c0%ae%c0%ae/admin"],
    ["a surrogate", "/%ed%a0%80"],
    ["a lone byte", "/%ff"],
    ["a lone percent", "/a%"],
    ["half an escape", "/a%4"],
    ["no hexadecimal digits", "/a%zz"],
    ["a path above the root", "/../admin"],
    ["an encoded path above the root", "/a/%2e%2e/%2e%2e/admin"],
  ])("with %s is refused", (_name, raw) => {
    expect(codeOf(() => canonicalPath(raw))).toBe("REQUEST_AMBIGUOUS");
  });

  test("once canonical stays as it is, however it was encoded before", () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9._~@$-]{1,8}$/).filter((text) => !/^\.{1,2}$/.test(text));
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), fc.array(fc.boolean()), (segments, flags) => {
        const plain = `/${segments.join("/")}`;
        let at = 0;
        const encoded = plain.replace(/[^/]/g, (character) =>
          flags[at++ % Math.max(1, flags.length)] === true
            ? `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`
            : character,
        );
        expect(canonicalPath(encoded)).toBe(plain);
        expect(canonicalPath(plain)).toBe(plain);
      }),
    );
  });

  test("of any bytes is either refused or canonical for good, and holds nothing that two servers read differently", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\/[\x21-\x7e]{0,30}$/), (raw) => {
        let path: string;
        try {
          path = canonicalPath(raw.replace(/[?#]/g, ""));
        } catch (error) {
          expect(error).toBeInstanceOf(WebError);
          return;
        }
        expect(canonicalPath(path)).toBe(path);
        expect(path).not.toMatch(/[\\;]|\/\/|%2[ef]|%5c|%00|\/\.{1,2}(?:\/|$)/i);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a query", () => {
  const parameters = (raw: string) => Object.fromEntries(canonicalQuery(raw).parameters);

  test("is decoded by both readings of a plus", () => {
    expect(parameters("a=1&b=x+y&c=%2B&d&=e")).toEqual({ a: ["1"], b: ["x y", "x+y"], c: ["+"], d: [""], "": ["e"] });
  });

  test("keeps every value of a name that stands twice", () => {
    expect(parameters("a=1&a=2&%61=3")).toEqual({ a: ["1", "2", "3"] });
  });

  test("has one separator: what else was one to some servers is encoded", () => {
    expect(canonicalQuery("a=1;b=2")).toMatchObject({ query: "a=1%3Bb%3D2" });
    expect(parameters("a=1;b=2")).toEqual({ a: ["1;b=2"] });
    expect(canonicalQuery("&&a=1&&").query).toBe("a=1");
  });

  test("is written one way", () => {
    expect(canonicalQuery("q=%7e%2f%3F&r=%c3%a4&s=a|b{c}").query).toBe("q=~/?&r=%C3%A4&s=a%7Cb%7Bc%7D");
    expect(canonicalQuery("a==b").query).toBe("a=%3Db");
  });

  test("keeps names that an object would mistake", () => {
    expect([...canonicalQuery("__proto__=1").parameters.keys()]).toEqual(["__proto__"]);
  });

  test.each(["a=%", "a=%zz", "a=%00", "a=%ff", "a=%c0%af"])("%s is refused", (raw) => {
    expect(codeOf(() => canonicalQuery(raw))).toBe("REQUEST_AMBIGUOUS");
  });

  test("of any text reads the same when it is canonical", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\x21\x24-\x7e]{0,40}$/), (raw) => {
        let first: ReturnType<typeof canonicalQuery>;
        try {
          first = canonicalQuery(raw);
        } catch (error) {
          expect(error).toBeInstanceOf(WebError);
          return;
        }
        const second = canonicalQuery(first.query);
        expect(second.query).toBe(first.query);
        expect([...second.parameters]).toEqual([...first.parameters]);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a request target", () => {
  test("may be absolute; its authority is told", () => {
    expect(readRequestTarget("GET", "HTTP://Billing.Internal:8443/a?b=1")).toMatchObject({
      path: "/a",
      query: "b=1",
      authority: "billing.internal:8443",
    });
    expect(readRequestTarget("GET", "http://h?x").path).toBe("/");
  });

  test("may be `*` for OPTIONS only", () => {
    expect(readRequestTarget("OPTIONS", "*").path).toBe("*");
    expect(codeOf(() => readRequestTarget("GET", "*"))).toBe("REQUEST_AMBIGUOUS");
  });

  test.each([
    ["a fragment", "/a#b"],
    ["a blank", "/a b"],
    ["a byte above 127", "/\u00e4"],
    ["no slash", "admin"],
    ["an authority alone", "host:443"],
    ["user information", "http://me@host/"],
    ["another scheme", "ftp://host/"],
  ])("with %s is refused", (_name, raw) => {
    expect(codeOf(() => readRequestTarget("GET", raw))).toBe("REQUEST_AMBIGUOUS");
  });

  test("that is too long is refused", () => {
    expect(codeOf(() => readRequestTarget("GET", `/${"a".repeat(20_000)}`))).toBe("REQUEST_UNSUPPORTED");
  });
});
