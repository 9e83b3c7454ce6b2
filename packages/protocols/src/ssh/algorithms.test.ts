import { expect, test } from "@jest/globals";
import { KEX } from "./algorithms.ts";

test("no key exchange is offered that keeps the gateway from everything else for long", () => {
  // RFC 3526: 8192 bits. Whoever asks for it pays nothing: its own number may be 2.
  expect(KEX).not.toContain("diffie-hellman-group18-sha512");
});
