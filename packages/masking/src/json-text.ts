/** Strings of JSON: out of their quotes and into them. Pure. */

/** @returns the content of a string with its quotes; undefined when an escape in it is none. */
export function unquoteJson(quoted: Buffer): string | undefined {
  const text = quoted.toString("utf8", 1, quoted.length - 1);
  if (!text.includes("\\")) return text;
  let bad = false;
  const out = text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|([^]?))/g, (_all, hex: string | undefined, one: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    const plain = ESCAPES.get(one);
    if (plain === undefined) bad = true;
    return plain ?? "";
  });
  return bad ? undefined : out;
}

export function quoteJson(text: string): string {
  return JSON.stringify(text);
}

const ESCAPES = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);
