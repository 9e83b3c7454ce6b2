/** What a line does: its first word is the effect, the rest its object. Pure. */
import type { Facts } from "@gate/contract";

export function classifyLine(text: string): Facts {
  const word = text.split(" ", 1)[0] ?? "";
  const classified = WORDS.includes(word);
  return {
    kind: "line",
    classified,
    ...(classified ? {} : { unclassifiedReason: "the first word is not one of the protocol's" }),
    housekeeping: word === "NOOP",
    writes: word === "PUT",
    fields: { line: { type: "set", items: [{ name: word }], complete: true } },
  };
}

const WORDS = ["GET", "PUT", "NOOP"];
