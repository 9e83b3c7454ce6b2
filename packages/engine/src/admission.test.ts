import { expect, test } from "@jest/globals";
import { EngineAdmission, engineAdmission } from "./admission.ts";

const owner = {};

test("an admission gives its bytes once", () => {
  const bytes = Buffer.from("SELECT 1");
  const admission = new EngineAdmission(owner, 3, [], bytes, 0);
  expect(admission.take(owner)).toBe(bytes);
  expect(() => admission.take(owner)).toThrow(expect.objectContaining({ code: "ADMISSION_SPENT" }));
});

test("an admission of another connection sends nothing, and is not spent by the attempt", () => {
  const admission = new EngineAdmission(owner, 3, [], new Uint8Array(1), 0);
  expect(() => admission.take({})).toThrow(expect.objectContaining({ code: "ADMISSION_FOREIGN" }));
  expect(admission.take(owner)).toHaveLength(1);
});

test("an object that only looks like an admission is refused", () => {
  expect(() => engineAdmission({ entry: 1, obligations: [] })).toThrow(
    expect.objectContaining({ code: "ADMISSION_FOREIGN" }),
  );
});
