import { expect, test } from "@jest/globals";
import { exceeded, RateBucket } from "./limits.ts";

test("a bucket lets through one second's worth at once and refills with time", () => {
  const bucket = new RateBucket(3, 0);
  expect([1, 2, 3, 4].map(() => bucket.take(0))).toEqual([true, true, true, false]);
  expect(bucket.take(333)).toBe(false);
  expect(bucket.take(334)).toBe(true);
  expect(bucket.take(334)).toBe(false);
});

test("time that runs backwards gives nothing", () => {
  const bucket = new RateBucket(1, 1000);
  expect(bucket.take(1000)).toBe(true);
  expect(bucket.take(0)).toBe(false);
});

test("a rate below one a second still lets a first command through", () => {
  const bucket = new RateBucket(0.5, 0);
  expect(bucket.take(0)).toBe(true);
  expect(bucket.take(1000)).toBe(false);
  expect(bucket.take(2000)).toBe(true);
});

test("a total at its limit passes and one above does not", () => {
  expect(exceeded({ rows: 2 }, { rows: 2, affected: 0, bytes: 9 })).toBeUndefined();
  expect(exceeded({ rows: 2 }, { rows: 3, affected: 0, bytes: 9 })).toBe("more than 2 rows");
  expect(exceeded({ affected: 1 }, { rows: 0, affected: 2, bytes: 0 })).toBe("more than 1 affected rows");
  expect(exceeded({ bytes: 1 }, { rows: 0, affected: 0, bytes: 2 })).toBe("more than 1 result bytes");
  expect(exceeded({}, { rows: 1e9, affected: 1e9, bytes: 1e12 })).toBeUndefined();
});
