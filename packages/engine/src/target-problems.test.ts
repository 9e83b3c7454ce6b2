import { expect, test } from "@jest/globals";
import { protocols } from "@gate/protocols";
import { targetProblems } from "./target-problems.ts";

const postgres = protocols.get("postgres");
const problems = (keys: Record<string, unknown>): string[] =>
  targetProblems((each) => postgres?.parseTarget(each), keys).map((message) => /^[\w.]+/.exec(message)?.[0] ?? message);

test("every mistake of a target is told once, in the order in which it is read", () => {
  expect(
    problems({
      address: "db:99999",
      databas: "shop",
      tls: { mode: "verify", ca: "" },
      credential: { username: "", passwort: "x" },
    }),
  ).toEqual([
    "databas",
    "address",
    "database",
    "tls.mode",
    "tls.ca",
    "credential.passwort",
    "credential.username",
    "credential.password",
  ]);
});

test("what is missing is told together with what is wrong behind it", () => {
  expect(problems({})).toEqual(["address", "database", "credential.username", "credential.password"]);
  expect(problems({ address: "db", database: "d", tls: 5, credential: [] })).toEqual([
    "tls",
    "credential",
    "credential.username",
    "credential.password",
  ]);
});

test("a secret that could not be read is not told again, and hides no other mistake", () => {
  expect(
    problems({
      address: "db:99999",
      database: "d",
      tls: { mode: "verify-ful", ca: undefined },
      credential: { username: "u", password: undefined },
    }),
  ).toEqual(["address", "tls.mode"]);
  expect(problems({ address: "db", database: undefined, credential: undefined })).toEqual([]);
  const list = (keys: Record<string, unknown>): void => {
    if (keys["host_key"] !== "right") throw new Error("host_key must be right");
  };
  expect(targetProblems(list, { host_key: ["right", undefined] })).toEqual([]);
});

test("a target that is right has none", () => {
  expect(problems({ address: "db", database: "d", credential: { username: "u", password: "p" } })).toEqual([]);
});

test("an error that names no key ends the search", () => {
  const parse = (): never => {
    throw new Error("(no key here)");
  };
  expect(targetProblems(parse, { a: 1 })).toEqual(["(no key here)"]);
  let calls = 0;
  const endless = (): never => {
    calls += 1;
    throw new Error("key is never right");
  };
  expect(targetProblems(endless, { key: 1 })).toEqual(["key is never right"]);
  expect(calls).toBeLessThan(5);
});
