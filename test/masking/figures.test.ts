import { describe, expect, test } from "@jest/globals";
import { figures, TARGETS } from "./figures.ts";
import { KINDS } from "./kinds.ts";

describe("the detectors over seeded columns", () => {
  const result = figures(1500, 7);

  test("they find what is sensitive", () => {
    expect(result.recall).toBeGreaterThanOrEqual(TARGETS.recall);
    expect(result.precision).toBeGreaterThanOrEqual(TARGETS.precision);
  });

  test("they leave alone what only looks like it", () => {
    expect(result.falsePositives).toBeLessThanOrEqual(TARGETS.falsePositives);
  });

  test("half of at least forty kinds are hard negatives, and the command goes over 200,000 cells", () => {
    expect(KINDS.length).toBeGreaterThanOrEqual(40);
    expect(KINDS.filter(({ detector }) => detector === undefined)).toHaveLength(KINDS.length / 2);
    expect(KINDS.length * 5000).toBeGreaterThanOrEqual(200_000);
  });

  test("the same seed gives the same figures", () => {
    expect(figures(50, 3)).toEqual(figures(50, 3));
  });
});
