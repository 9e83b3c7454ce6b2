import { expect, test } from "@jest/globals";
import { seal, unseal } from "./seal.ts";

const gate = (key: string, grant = "tools") => ({ grant, maskKey: () => Buffer.from(key) });
const own = gate("a");

test("gives back what was sealed by the same session, grant, purpose and scope", () => {
  const sealed = seal(own, "session", "abc.def", "s");
  expect(sealed.endsWith(".abc.def")).toBe(true);
  expect(unseal(own, "session", sealed, "s")).toBe("abc.def");
});

test("gives nothing back for any other", () => {
  const sealed = seal(own, "session", "abc", "s");
  expect(unseal(gate("b"), "session", sealed, "s")).toBeUndefined();
  expect(unseal(gate("a", "other"), "session", sealed, "s")).toBeUndefined();
  expect(unseal(own, "event", sealed, "s")).toBeUndefined();
  expect(unseal(own, "session", sealed, "t")).toBeUndefined();
  expect(unseal(own, "session", `${sealed}x`, "s")).toBeUndefined();
  for (const text of ["", ".", "abc", "A".repeat(22), `${"é".repeat(22)}.abc`]) {
    expect(unseal(own, "session", text, "s")).toBeUndefined();
  }
});
