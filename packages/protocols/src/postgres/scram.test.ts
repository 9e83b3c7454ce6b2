import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { Secret } from "@gate/base";
import { authority } from "@gate/testkit";
import fc from "fast-check";
import { serverEndPoint } from "./channel-binding.ts";
import { PostgresError } from "./errors.ts";
import { md5Password } from "./md5.ts";
import { saslprep } from "./saslprep.ts";
import { checkServerFinal, chooseScram, scramClientFinal, scramClientFirst } from "./scram-client.ts";
import { mockVerifier, parseVerifier, scramServerFinal, scramServerFirst } from "./scram-server.ts";
import { verifierOf } from "./start-doubles.ts";

// RFC 7677 §3: user "user", password "pencil".
const CLIENT_NONCE = "rOprNGfwEbeRWgbNEkqO";
const SERVER_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const SALT = "W22ZaJ0SNY7soEsUEjb6gQ==";
const CLIENT_FIRST = `n,,n=user,r=${CLIENT_NONCE}`;
const SERVER_FIRST = `r=${CLIENT_NONCE}${SERVER_NONCE},s=${SALT},i=4096`;
const CLIENT_FINAL = `c=biws,r=${CLIENT_NONCE}${SERVER_NONCE},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`;
const SERVER_FINAL = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
const PLAIN = { mechanism: "SCRAM-SHA-256", gs2Header: "n,,", binding: new Uint8Array(0) } as const;

const verifier = parseVerifier(verifierOf("pencil", 4096, Buffer.from(SALT, "base64")));
const codeOf = (run: () => unknown): string => {
  try {
    run();
    return "nothing thrown";
  } catch (error) {
    return error instanceof PostgresError ? error.code : "another error";
  }
};

describe("the server's side", () => {
  test("gives the answers of RFC 7677's example", () => {
    const state = scramServerFirst(verifier, CLIENT_FIRST, SERVER_NONCE);
    expect(state.serverFirst).toBe(SERVER_FIRST);
    expect(scramServerFinal(state, CLIENT_FINAL)).toBe(SERVER_FINAL);
  });

  test("refuses a proof in which any bit was changed", () => {
    const state = scramServerFirst(verifier, CLIENT_FIRST, SERVER_NONCE);
    const proof = Buffer.from("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "base64");
    for (let bit = 0; bit < 256; bit++) {
      const changed = Buffer.from(proof);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const message = `c=biws,r=${CLIENT_NONCE}${SERVER_NONCE},p=${changed.toString("base64")}`;
      expect(scramServerFinal(state, message)).toBeUndefined();
    }
  });

  test.each([
    ["channel binding that was not offered", `p=tls-server-end-point,,n=user,r=${CLIENT_NONCE}`],
    ["an authorization identity", `n,a=root,n=user,r=${CLIENT_NONCE}`],
    ["a mandatory extension", `n,,m=1,n=user,r=${CLIENT_NONCE}`],
    ["no nonce", "n,,n=user"],
    ["an empty nonce", "n,,n=user,r="],
    ["a nonce with a control character", "n,,n=user,r=a\u0007b"],
    ["a nonce of 600 characters", `n,,n=user,r=${"a".repeat(600)}`],
    ["nothing", ""],
  ])("refuses a first message with %s", (_what, message) => {
    expect(codeOf(() => scramServerFirst(verifier, message, SERVER_NONCE))).toBe("SCRAM_MALFORMED");
  });

  test.each([
    ["another header than at first", CLIENT_FINAL.replace("c=biws", "c=eSws")],
    ["another nonce", CLIENT_FINAL.replace("rOpr", "sOpr")],
    ["only the client's nonce", CLIENT_FINAL.replace(SERVER_NONCE, "")],
    ["a short proof", CLIENT_FINAL.replace(/p=.*/, "p=AAAA")],
    ["a proof that is not base64", CLIENT_FINAL.replace(/p=.*/, "p=****")],
    ["something after the proof", `${CLIENT_FINAL},x=1`],
    ["nothing in it", ""],
  ])("refuses a final message with %s", (_what, message) => {
    const state = scramServerFirst(verifier, CLIENT_FIRST, SERVER_NONCE);
    expect(codeOf(() => scramServerFinal(state, message))).toBe("SCRAM_MALFORMED");
  });

  test("throws nothing but its own error, whatever comes", () => {
    const state = scramServerFirst(verifier, CLIENT_FIRST, SERVER_NONCE);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(["nothing thrown", "SCRAM_MALFORMED"]).toContain(
          codeOf(() => scramServerFirst(verifier, text, SERVER_NONCE)),
        );
        expect(["nothing thrown", "SCRAM_MALFORMED"]).toContain(codeOf(() => scramServerFinal(state, text)));
      }),
    );
  });

  test("shows an unknown user the same salt each time, and another user another one", () => {
    const salts = ["eve", "eve", "mallory"].map((user) => mockVerifier(verifier, user).salt.toString("hex"));
    expect(salts[0]).toBe(salts[1]);
    expect(salts[0]).not.toBe(salts[2]);
    expect(salts[0]).toHaveLength(verifier.salt.length * 2);
  });

  test.each([
    "",
    "SCRAM-SHA-1$4096:AAAA$AAAA:AAAA",
    "SCRAM-SHA-256$0:AAAA$AAAA:AAAA",
    "SCRAM-SHA-256$9999999:AAAA$AAAA:AAAA",
  ])("refuses the verifier %p", (text) => {
    expect(codeOf(() => parseVerifier(text))).toBe("SCRAM_MALFORMED");
  });
});

describe("the client's side", () => {
  test("gives the answers of RFC 7677's example and accepts its server", async () => {
    const first = scramClientFirst(PLAIN, CLIENT_NONCE, "user");
    expect(first.message).toBe(CLIENT_FIRST);
    const final = await scramClientFinal(first, new Secret("pencil"), SERVER_FIRST);
    expect(final.message).toBe(CLIENT_FINAL);
    expect(() => checkServerFinal(final, SERVER_FINAL)).not.toThrow();
  });

  test("refuses a server that signs wrongly", async () => {
    const final = await scramClientFinal(
      scramClientFirst(PLAIN, CLIENT_NONCE, "user"),
      new Secret("pencil"),
      SERVER_FIRST,
    );
    expect(codeOf(() => checkServerFinal(final, `v=${Buffer.alloc(32).toString("base64")}`))).toBe("SCRAM_REFUSED");
    expect(codeOf(() => checkServerFinal(final, "e=other-error"))).toBe("SCRAM_MALFORMED");
    expect(codeOf(() => checkServerFinal(final, "v=AAAA"))).toBe("SCRAM_REFUSED");
  });

  test.each([
    ["a nonce that is not ours", SERVER_FIRST.replace("rOpr", "sOpr")],
    ["our nonce alone", `r=${CLIENT_NONCE},s=${SALT},i=4096`],
    ["too many iterations", SERVER_FIRST.replace("4096", "4096000")],
    ["no iterations", SERVER_FIRST.replace("4096", "0")],
    ["no salt", `r=${CLIENT_NONCE}${SERVER_NONCE},i=4096`],
    ["a mandatory extension", `m=1,${SERVER_FIRST}`],
  ])("refuses a server's first message with %s", async (_what, message) => {
    const first = scramClientFirst(PLAIN, CLIENT_NONCE);
    await expect(scramClientFinal(first, new Secret("pencil"), message)).rejects.toMatchObject({
      code: "SCRAM_MALFORMED",
    });
  });

  test("prefers channel binding under TLS, says that it could when it is not offered, and says nothing without TLS", async () => {
    const leaf = await (await authority("test")).issue("localhost", { server: true });
    const certificate = derOf(leaf.cert);
    expect(chooseScram(["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"], certificate)?.gs2Header).toBe(
      "p=tls-server-end-point,,",
    );
    expect(chooseScram(["SCRAM-SHA-256"], certificate)?.gs2Header).toBe("y,,");
    expect(chooseScram(["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"], undefined)).toMatchObject(PLAIN);
    expect(chooseScram(["SCRAM-SHA-1"], certificate)).toBeUndefined();
  });
});

describe("what the password becomes", () => {
  test("channel binding hashes the certificate as it is signed, and SHA-1 as SHA-256", async () => {
    for (const key of ["ec", "rsa"] as const) {
      const ca = await authority("test", key);
      for (const hash of ["sha256", "sha384", "sha512"] as const) {
        const certificate = derOf((await ca.issue("localhost", { server: true, hash })).cert);
        const expected = createHash(hash).update(certificate).digest("hex");
        expect(serverEndPoint(certificate)?.toString("hex")).toBe(expected);
      }
    }
  });

  test("channel binding of bytes that are no certificate is undefined, never an exception", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(serverEndPoint(bytes)).toBeUndefined();
      }),
    );
  });

  test.each([
    ["plain ASCII stays", "pencil ~!", "pencil ~!"],
    ["RFC 4013: a soft hyphen goes", "I\u00adX", "IX"],
    ["RFC 4013: compatibility forms fold", "\u00aa", "a"],
    ["RFC 4013: roman nine", "\u2168", "IX"],
    ["a no-break space becomes a space", "a\u00a0b", "a b"],
    ["a control character: PostgreSQL takes the text as it is", "a\u00aa\u0007", "a\u00aa\u0007"],
  ])("SASLprep: %s", (_what, password, prepared) => {
    expect(saslprep(password)).toBe(prepared);
  });

  test("MD5 is what PostgreSQL computes", () => {
    // By md5sum: md5(hex of md5("secretalice"), then the bytes 1, 2, 3, 4).
    expect(md5Password("alice", new Secret("secret"), Buffer.from([1, 2, 3, 4]))).toBe(
      "md598a0412b9c31436fc53776e863350083",
    );
  });
});

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
}
