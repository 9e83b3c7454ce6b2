import { expect, test } from "@jest/globals";
import { readPrefer, withoutWaiting } from "./prefer.ts";

const prefer = (...values: string[]) => readPrefer({ headers: values.map((value) => ["prefer", value]) });

test("a client may ask not to wait, or to wait so long only", () => {
  expect(prefer()).toEqual({ async: false, waitMs: undefined });
  expect(prefer("respond-async")).toEqual({ async: true, waitMs: undefined });
  expect(prefer('Respond-Async, wait="10"')).toEqual({ async: true, waitMs: 10_000 });
  expect(prefer("return=minimal", "wait=5; x=y")).toEqual({ async: false, waitMs: 5_000 });
  expect(prefer("wait=-1, wait=1e9")).toEqual({ async: false, waitMs: undefined });
});

test("what is asked of the target stays, in order", () => {
  expect(withoutWaiting("respond-async, wait=10")).toBe("");
  expect(withoutWaiting("wait = 5, resolution=merge-duplicates,Respond-Async; x=y, return=minimal")).toBe(
    "resolution=merge-duplicates, return=minimal",
  );
  expect(withoutWaiting("waiting=1")).toBe("waiting=1");
});
