/** Values that must never reach a client, and the forms in which a query could carry them out. Pure. */
import { createHash } from "node:crypto";

export const CANARIES = [
  "Canary-ssn-7Q",
  "Kanarie-card-9X",
  "quetzal@nest.example",
  "918273645546372819",
  "Zeisig-doc-5W",
];

/** Finds canaries in bytes, in whatever form: as they are, in another case, reversed, hashed, encoded, letter by letter. */
export function canariesIn(bytes: Buffer): string[] {
  const text = bytes.toString("latin1").toLowerCase();
  const letters = text.replace(/[^a-z0-9@]/g, "");
  const found = FORMS.filter(({ form }) => text.includes(form)).map(({ name }) => name);
  for (const canary of CANARIES) {
    const bare = canary.toLowerCase().replace(/[^a-z0-9@]/g, "");
    if (letters.includes(bare) || letters.includes([...bare].reverse().join(""))) found.push(`letters of ${canary}`);
  }
  if (bytes.includes(PIN)) found.push("pin in binary");
  return found;
}

const PIN = Buffer.alloc(8);
PIN.writeBigInt64BE(918273645546372819n);

const FORMS = CANARIES.flatMap((canary) => {
  const bytes = Buffer.from(canary);
  const hash = (name: string): string => createHash(name).update(bytes).digest("hex");
  return [
    [canary, "as it is"],
    [[...canary].reverse().join(""), "reversed"],
    [hash("md5"), "md5"],
    [hash("sha256"), "sha256"],
    [hash("sha512"), "sha512"],
    [bytes.toString("hex"), "hex"],
    [bytes.toString("base64").replace(/=+$/, ""), "base64"],
    [bytes.toString("base64url").replace(/=+$/, ""), "base64url"],
    [canary.slice(0, -2), "without its end"],
    [canary.slice(2), "without its beginning"],
    [[...canary].map((letter) => letter.charCodeAt(0)).join(" "), "codes"],
    [[...canary].map((letter) => letter.charCodeAt(0)).join(","), "codes"],
    [[...canary].map((letter) => letter.charCodeAt(0).toString(16).padStart(4, "0")).join(""), "code points"],
  ].map(([form = "", what]) => ({ form: form.toLowerCase(), name: `${what ?? ""}: ${canary}` }));
});
