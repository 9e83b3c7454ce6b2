/** The labels of functions are written down twice, because policy and sql may not import each other. */
import { expect, test } from "@jest/globals";
import { FUNCTION_LABELS } from "@gate/sql";
import { KINDS } from "../packages/policy/src/kinds.ts";

test("policy knows the labels that functions carry", () => {
  const matcher = KINDS.find(({ kind }) => kind === "sql")?.matchers.get("functions");
  expect(matcher?.type === "set" ? matcher.labels : undefined).toEqual(FUNCTION_LABELS);
});
