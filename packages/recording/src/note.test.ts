import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { signNote } from "./note.ts";
import {
  generateKeyPem,
  generateSigner,
  loadSigner,
  parseCheckpoint,
  parseNotes,
  parseVkey,
  verifyNote,
} from "./index.ts";

/** The example of Go's golang.org/x/mod/sumdb/note, whose format C2SP took over. */
const GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_NOTE =
  "If you think cryptography is the answer to your problem,\n" +
  "then you don't know what your problem is.\n\n" +
  "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

const INVALID_NOTE = expect.objectContaining({ code: "NOTE_INVALID" });

describe("notes", () => {
  test("a note signed by another implementation verifies", () => {
    const [note, ...more] = parseNotes(GO_NOTE);
    expect(more).toEqual([]);
    expect(verifyNote(note as never, [parseVkey(GO_VKEY)])).toMatchObject({ kind: "signed" });
  });

  test("what is signed comes back, also in a row of notes", () => {
    const signer = generateSigner("gate.acme.dev");
    const one = signNote("a\nb\n", signer);
    const two = signNote("c\n", signer);
    const notes = parseNotes(`${one}\n${two}`);
    expect(notes.map((note) => note.text)).toEqual(["a\nb\n", "c\n"]);
    for (const note of notes) expect(verifyNote(note, [parseVkey(signer.vkey)])).toMatchObject({ kind: "signed" });
  });

  test("another key is unknown, a wrong signature is forged", () => {
    const signer = generateSigner();
    const [note] = parseNotes(signNote("text\n", signer));
    expect(verifyNote(note as never, [parseVkey(generateSigner().vkey)])).toEqual({ kind: "unknown-key" });
    const forged = { ...(note as NonNullable<typeof note>), text: "other\n" };
    expect(verifyNote(forged, [parseVkey(signer.vkey)])).toEqual({ kind: "forged", name: "gate" });
  });

  test.each([
    ["no end", GO_NOTE.slice(0, -1)],
    ["a blank line more", GO_NOTE + "\n"],
    ["two blank lines between notes", `${GO_NOTE}\n\n${GO_NOTE}`],
    ["no signature", "text\n\n"],
    ["no text", GO_NOTE.slice(GO_NOTE.indexOf("\n\n") + 1)],
    ["a hyphen for the dash", GO_NOTE.replace("—", "-")],
    ["base64 in another form", GO_NOTE.replace("nAM=", "nAN=")],
    ["too many signatures", GO_NOTE + (GO_NOTE.split("\n")[3] as string).concat("\n").repeat(16)],
  ])("refuses %s", (_what, text) => {
    expect(() => parseNotes(text)).toThrow(INVALID_NOTE);
  });

  test.each([
    "",
    "gate/s1\n1\n",
    "gate/s1\n01\nAAAA\n",
    `gate/s1\n1\n${"A".repeat(43)}=\nextension\n`,
    "gate/s1\n-1\n\n",
  ])("refuses a checkpoint such as %j", (text) => {
    expect(() => parseCheckpoint(text)).toThrow(INVALID_NOTE);
  });
});

describe("keys", () => {
  test("a key comes back from its PEM with the same vkey", () => {
    const pem = generateKeyPem();
    expect(loadSigner(pem).vkey).toBe(loadSigner(pem).vkey);
    expect(parseVkey(loadSigner(pem).vkey)).toMatchObject({ name: "gate" });
  });

  test.each([
    "",
    "x",
    "gate+00000000+AAAA",
    GO_VKEY.replace("c74f", "c74e"),
    GO_VKEY.replace("ARpc", "AhpC"),
    GO_VKEY + "+",
  ])("refuses %j as a vkey", (text) => {
    expect(() => parseVkey(text)).toThrow(expect.objectContaining({ code: "VKEY_INVALID" }));
  });

  test("other key types and other texts are refused", () => {
    const pem = generateKeyPairSync("x25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    for (const text of [pem, "not a key", generateKeyPem().slice(0, 60)]) {
      expect(() => loadSigner(text)).toThrow(expect.objectContaining({ code: "KEY_INVALID" }));
    }
    expect(() => loadSigner(generateKeyPem(), "with space")).toThrow(expect.objectContaining({ code: "KEY_INVALID" }));
  });
});
