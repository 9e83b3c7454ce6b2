import { expect, test } from "@jest/globals";
import { ManualClock } from "./clock.ts";

test("timers fire in order of time and only when due", () => {
  const clock = new ManualClock(0);
  const seen: number[] = [];
  clock.after(20, () => seen.push(20));
  clock.after(10, () => seen.push(10));
  const cancel = clock.after(15, () => seen.push(15));
  cancel();
  clock.advance(10);
  expect(seen).toEqual([10]);
  clock.advance(30);
  expect(seen).toEqual([10, 20]);
  expect(clock.now()).toBe(40);
});
