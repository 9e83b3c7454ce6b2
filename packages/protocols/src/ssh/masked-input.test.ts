import { ManualClock } from "@gate/base";
import type { Gate, Mask } from "@gate/contract";
import { expect, test } from "@jest/globals";
import { MaskedInput } from "./masked-input.ts";

const CARDS: readonly Mask[] = [{ kind: "detect", detectors: ["credit_card"], action: { kind: "redact" } }];

function typed(masks: readonly Mask[], keys: readonly string[]): string[] {
  const gate = { masks, clock: new ManualClock(), maskKey: () => new Uint8Array(32) } as unknown as Gate;
  const out: string[] = [];
  const input = new MaskedInput(gate, (bytes) => out.push(Buffer.from(bytes).toString("latin1")));
  for (const key of keys) input.write(Buffer.from(key, "latin1"));
  input.flush();
  return out;
}

test("without masks every key stands for itself", () => {
  expect(typed([], [..."ls\r"])).toEqual(["l", "s", "\r"]);
});

test("a value that is typed key by key is masked, and line ends stay as they were", () => {
  expect(typed(CARDS, [..."pay 4111111111111111 now\rls\r\n4111111111111111"])).toEqual([
    "pay [redacted] now\r",
    "ls\r",
    "\n",
    "[redacted]",
  ]);
});
