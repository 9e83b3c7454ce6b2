/** Where bodies end, and what cannot be the end of one. Beside the comparison with llhttp: tables of what is known. */
import { describe, expect, test } from "@jest/globals";
import { chunkedReader, closeReader, lengthReader, type BodyReader } from "./body-reader.ts";
import { FramingError, type FramingCode } from "./framing-error.ts";

function feed(reader: BodyReader, pieces: readonly string[]): { body: string; used: number[]; code?: FramingCode } {
  let body = "";
  const used: number[] = [];
  try {
    for (const piece of pieces)
      used.push(reader.read(Buffer.from(piece, "latin1"), 0, (part) => (body += part.toString("latin1"))));
  } catch (error) {
    if (!(error instanceof FramingError)) throw error;
    return { body, used, code: error.code };
  }
  return { body, used };
}

describe("a body of a length", () => {
  test("ends with its last byte, and leaves what stands behind", () => {
    const reader = lengthReader(5);
    expect(feed(reader, ["hel", "loGET"])).toEqual({ body: "hello", used: [3, 2] });
    expect(reader.done).toBe(true);
    expect(feed(reader, ["GET"])).toEqual({ body: "", used: [0] });
    expect(lengthReader(0).done).toBe(true);
  });

  test("that only the connection ends is never done", () => {
    const reader = closeReader();
    expect(feed(reader, ["hello", "world"])).toEqual({ body: "helloworld", used: [5, 5] });
    expect(reader.done).toBe(false);
  });
});

describe("chunks", () => {
  test.each([
    ["5\r\nhello\r\n0\r\n\r\n", "hello", []],
    ["A\r\n0123456789\r\n0\r\n\r\n", "0123456789", []],
    ["1\r\na\r\n1\r\nb\r\n000\r\n\r\n", "ab", []],
    ['1;a=b;c;d="e f"\r\na\r\n0;x\r\n\r\n', "a", []],
    ["0\r\nX-A: 1\r\nX-B:\r\n\r\n", "", ["X-A", "1", "X-B", ""]],
  ])("of %j are read, at every cut", (text, body, trailers) => {
    for (let at = 0; at <= text.length; at += 1) {
      const reader = chunkedReader();
      const { body: got, used } = feed(reader, [text.slice(0, at), `${text.slice(at)}GET / HTTP/1.1\r\n\r\n`]);
      expect(got).toBe(body);
      expect(reader).toMatchObject({ done: true, trailers });
      // At the very end the first piece held it all; otherwise the second ends where the body does.
      expect(used).toEqual(at === text.length ? [at, 0] : [at, text.length - at]);
    }
  });

  test.each([
    "\r\n",
    " 5\r\nhello\r\n",
    "5 \r\nhello\r\n",
    "5\t\r\nhello\r\n",
    "+5\r\nhello\r\n",
    "-5\r\nhello\r\n",
    "0x5\r\nhello\r\n",
    "5h\r\nhello\r\n",
    "g\r\n",
    "5\nhello\r\n",
    "5\r\rhello\r\n",
    "5\r\nhello\n",
    "5\r\nhello0\r\n",
    "5\r\nhello\r0",
    "5\r\nhello!\r\n",
    "1000000000000\r\n",
    "ffffffffffffffffffff\r\n",
    "5;\r\nhello\r\n",
    "5;=b\r\nhello\r\n",
    "5;a=\r\nhello\r\n",
    "5; a\r\nhello\r\n",
    "5;a\nhello\r\n",
    '5;a="\r\n"\r\nhello\r\n',
    '5;a="\\""\r\nhello\r\n',
    "5;a\0\r\nhello\r\n",
    "5;a\x80\r\nhello\r\n",
    "0\r\n\n",
    "0\r\nX-A\r\n\r\n",
    "0\r\nX-A : 1\r\n\r\n",
    "0\r\n X-A: 1\r\n\r\n",
    "0\r\nX-A: 1\n\r\n",
    "0\r\nContent-Length: 3\r\n\r\n",
    "0\r\ntransfer-encoding: chunked\r\n\r\n",
    "0\r\nHost: h\r\n\r\n",
    "0\r\nConnection: close\r\n\r\n",
  ])("%j are none, whatever the cut", (text) => {
    for (let at = 0; at < text.length; at += 1) {
      expect(feed(chunkedReader(), [text.slice(0, at), text.slice(at)]).code).toBe("CHUNK_MALFORMED");
    }
  });

  test("have bounds of their extensions and trailers, also in many pieces", () => {
    expect(feed(chunkedReader(), [`1;${"a".repeat(5_000)}`]).code).toBe("CHUNK_MALFORMED");
    expect(
      feed(
        chunkedReader(),
        Array.from({ length: 3_000 }, () => "1;a\r\nx\r\n"),
      ).code,
    ).toBe("CHUNK_MALFORMED");
    expect(feed(chunkedReader(), [`0\r\nX: ${"a".repeat(20_000)}`]).code).toBe("HEAD_TOO_LARGE");
    expect(feed(chunkedReader(), ["0\r\n", ..."X: aaaa\r\n".repeat(40)]).code).toBe("HEAD_TOO_LARGE");
  });
});
