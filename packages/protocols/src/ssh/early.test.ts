import { expect, test } from "@jest/globals";
import { ManualClock } from "@gate/base";
import { EarlyDials, earlyDialsOf } from "./early.ts";

test("a few clients of a target are dialled for before they have signed in, and again once they have", () => {
  const clock = new ManualClock();
  const dials = new EarlyDials();
  const begun = Array.from({ length: 9 }, () => dials.begin(clock));
  expect(begun.map((each) => each !== undefined)).toEqual([...Array<boolean>(8).fill(true), false]);
  begun[0]?.(true);
  // Told twice, it counts once.
  begun[0]?.(false);
  expect(dials.begin(clock)).toBeDefined();
  expect(dials.begin(clock)).toBeUndefined();
});

test("after clients that left without signing in, the next ones must sign in first, for a minute", () => {
  const clock = new ManualClock();
  const dials = new EarlyDials();
  for (let left = 0; left < 3; left += 1) dials.begin(clock)?.(false);
  expect(dials.begin(clock)).toBeUndefined();
  clock.advance(59_999);
  expect(dials.begin(clock)).toBeUndefined();
  clock.advance(1);
  expect(dials.begin(clock)).toBeDefined();
});

test("all connections of a target count together, those of another one do not", () => {
  const [target, other] = [{}, {}];
  expect(earlyDialsOf(target)).toBe(earlyDialsOf(target));
  expect(earlyDialsOf(target)).not.toBe(earlyDialsOf(other));
});
