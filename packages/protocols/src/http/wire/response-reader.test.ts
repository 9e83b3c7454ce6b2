/** Our reader of answers against llhttp behind Node's client: what ours takes, llhttp takes, with the same end. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { FramingError } from "./framing-error.ts";
import { ResponseReader } from "./response-reader.ts";
import { cut, nodeResponse, ourResponse } from "./test-parsers.ts";

const bytesOf = (text: string): Buffer => Buffer.from(text, "latin1");
const whole = (text: string, method = "GET") => ourResponse(method, [bytesOf(text)]);

describe("an answer", () => {
  test.each([
    ["a length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc"],
    ["chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", "abc"],
    ["neither: its connection's end ends it", "HTTP/1.1 200 OK\r\n\r\nabc", "abc"],
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nabc", "abc"],
    ["no reason", "HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nabc", "abc"],
    [
      "interim answers before it",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
      "abc",
    ],
    ["a status without a body", "HTTP/1.1 204 No\r\nContent-Length: 3\r\n\r\n", ""],
    ["304 and the length of another", "HTTP/1.1 304 Same\r\nContent-Length: 3\r\n\r\n", ""],
  ])("with %s is read", (_name, text, body) => {
    expect(whole(text)).toMatchObject({ response: { body }, surplus: false });
  });

  test("to HEAD has no body, whatever its header says", () => {
    for (const line of ["Content-Length: 3", "Transfer-Encoding: chunked", "X-A: b"]) {
      expect(whole(`HTTP/1.1 200 OK\r\n${line}\r\n\r\n`, "HEAD")).toMatchObject({ response: { body: "" } });
    }
  });

  test.each([
    ["two lengths", "Content-Length: 3\r\nContent-Length: 3"],
    ["unequal lengths", "Content-Length: 3\r\nContent-Length: 4"],
    ["a list of lengths", "Content-Length: 3, 3"],
    ["a signed length", "Content-Length: +3"],
    ["a length in hexadecimal", "Content-Length: 0x3"],
    ["length and chunks", "Content-Length: 3\r\nTransfer-Encoding: chunked"],
    ["chunks and length", "Transfer-Encoding: chunked\r\nContent-Length: 3"],
    ["chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"],
    ["another coding", "Transfer-Encoding: gzip, chunked"],
    ["identity", "Transfer-Encoding: identity"],
    ["a blank before the colon", "Content-Length : 3"],
    ["a tab before a length", "Content-Length:\t3"],
    ["a tab behind a length", "Content-Length: 3\t"],
    ["a tab before chunked", "Transfer-Encoding:\tchunked"],
    ["a tab behind chunked", "Transfer-Encoding: chunked\t"],
    ["a folded line", "X-A: b\r\n c"],
    ["a NUL", "X-A: b\0c"],
    ["a line feed alone", "X-A: b\nContent-Length: 3"],
    ["a carriage return alone", "X-A: b\rContent-Length: 3"],
  ])("with %s is refused", (_name, lines) => {
    expect(whole(`HTTP/1.1 200 OK\r\n${lines}\r\n\r\n3\r\nabc\r\n0\r\n\r\n`).response).toBeUndefined();
  });

  test.each([
    "HTTP/1.1  200 OK\r\n\r\n",
    "HTTP/2.0 200 OK\r\n\r\n",
    "HTTP/1.1 20 OK\r\n\r\n",
    "HTTP/1.1 2000 OK\r\n\r\n",
    "HTTP/1.1 099 OK\r\n\r\n",
    "http/1.1 200 OK\r\n\r\n",
    "\r\nHTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\n\n",
    "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
    "SSH-2.0-x\r\n",
  ])("that begins with %j is none", (text) => {
    expect(whole(text).response).toBeUndefined();
  });

  test("that breaks off is not whole", () => {
    for (const text of [
      "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
      "HTTP/1.1 200 OK\r\nContent-Le",
      "HTTP/1.1 100 Continue\r\n\r\n",
    ]) {
      expect(whole(text).response).toBeUndefined();
    }
  });

  test("with bytes behind it is told from one without: they are never the next answer", () => {
    const one = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
    expect(whole(one + one)).toMatchObject({ response: { body: "abc" }, surplus: true });
    expect(whole(`${one}x`)).toMatchObject({ surplus: true });
    expect(whole(`HTTP/1.1 204 No\r\n\r\n0\r\n\r\n`)).toMatchObject({ surplus: true });
    const reader = new ResponseReader({ onHead: () => undefined, onData: () => undefined, onEnd: () => undefined });
    expect(() => reader.read(bytesOf(one))).toThrow(FramingError);
  });

  test("of the same bytes has the same header, and no other has", () => {
    const heads: unknown[] = [];
    const reader = new ResponseReader({
      onHead: ({ headers }) => heads.push(headers),
      onData: () => undefined,
      onEnd: () => undefined,
    });
    for (const text of ["HTTP/1.1 200 OK\r\nX: 1\r\nContent-Length: 1\r\n\r\n"]) {
      for (const end of ["a", "b"]) {
        reader.begin("GET");
        reader.read(bytesOf(text + end));
      }
      reader.begin("GET");
      reader.read(bytesOf(text.replace("X: 1", "X: 2") + "c"));
    }
    expect(heads[1]).toBe(heads[0]);
    expect(heads[2]).not.toBe(heads[0]);
    expect(heads[2]).toEqual([
      ["x", "2"],
      ["content-length", "1"],
    ]);
  });

  test("has bounds: its head, its interim answers, its trailers, its extensions", () => {
    const interim = "HTTP/1.1 102 Wait\r\n\r\n";
    const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const text of [
      `HTTP/1.1 200 OK\r\nX: ${"y".repeat(70_000)}`,
      interim.repeat(40),
      `${chunked}0\r\nX: ${"y".repeat(20_000)}`,
      `${chunked}1;${"y".repeat(5_000)}\r\na\r\n0\r\n\r\n`,
      `${chunked}0000000000000\r\n\r\n`,
    ]) {
      const reader = new ResponseReader({ onHead: () => undefined, onData: () => undefined, onEnd: () => undefined });
      reader.begin("GET");
      expect(() => reader.read(bytesOf(text))).toThrow(FramingError);
    }
  });
});

const line = fc
  .tuple(
    fc.constantFrom(
      "Content-Length",
      "Transfer-Encoding",
      "Connection",
      "X-A",
      "Date",
      "Content-Length ",
      "Keep-Alive",
    ),
    fc.constantFrom(": ", ":", ":\t"),
    fc.constantFrom(
      "0",
      "3",
      "5",
      "05",
      "+5",
      "5,5",
      "chunked",
      "chunked\t",
      "5\t",
      "5 ",
      "Chunked",
      "gzip",
      "identity",
      "close",
      "keep-alive",
      "\x80",
      "",
      "a\r\n b",
    ),
  )
  .map((parts) => parts.join(""));
const answer = fc
  .record({
    start: fc.constantFrom(
      "HTTP/1.1 200 OK",
      "HTTP/1.1 200",
      "HTTP/1.1 204 No",
      "HTTP/1.1 304 Same",
      "HTTP/1.0 200 OK",
      "HTTP/1.1 404 ",
      "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 201 Made",
    ),
    lines: fc.array(line, { maxLength: 3 }),
    framing: fc.constantFrom("", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"),
    body: fc.constantFrom(
      "",
      "hello",
      "5\r\nhello\r\n0\r\n\r\n",
      "5;x=y\r\nhello\r\n0\r\nX-T: 1\r\n\r\n",
      "5 \r\nhello\r\n0\r\n\r\n",
      "3\r\nabc\r\n0\r\n\r\n",
      "hello world",
      "zz\r\n",
    ),
    changes: fc.array(
      fc.record({
        at: fc.nat(300),
        drop: fc.nat(2),
        text: fc.constantFrom("\r", "\n", "\r\n", "\0", " ", "\t", ":", ";", "\x0b", "\xff", "0", "1", "a", ""),
      }),
      { maxLength: 1 },
    ),
  })
  .map(({ start, lines, framing, body, changes }) => {
    let text = `${start}\r\n${framing}${lines.map((each) => `${each}\r\n`).join("")}\r\n${body}`;
    for (const { at, drop, text: put } of changes) {
      const place = at % (text.length + 1);
      text = text.slice(0, place) + put + text.slice(place + drop);
    }
    return bytesOf(text);
  });

test("whatever answer our reader takes, llhttp takes: the same status, header, body and trailers", async () => {
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("GET", "HEAD", "POST"),
      answer,
      fc.array(fc.nat(300), { maxLength: 3 }),
      async (method, bytes, places) => {
        const { response, surplus } = ourResponse(method, cut(bytes, places));
        if (response === undefined) return;
        taken += 1;
        // What stands behind the answer is no part of it: without it llhttp sees the same answer.
        let end = bytes.length;
        if (surplus) while (ourResponse(method, [bytes.subarray(0, end)]).surplus) end -= 1;
        expect(await nodeResponse(method, cut(bytes.subarray(0, end), places))).toEqual(response);
      },
    ),
    { seed: SEED, numRuns: RUNS },
  );
  expect(taken).toBeGreaterThan(RUNS / 10);
}, 120_000);

test("where an answer is cut changes nothing of what is read", () => {
  fc.assert(
    fc.property(fc.constantFrom("GET", "HEAD"), answer, (method, bytes) => {
      const all = ourResponse(method, [bytes]);
      for (let at = 1; at < bytes.length; at += 1) {
        expect(ourResponse(method, [bytes.subarray(0, at), bytes.subarray(at)])).toEqual(all);
      }
    }),
    { seed: SEED, numRuns: 200 },
  );
}, 120_000);

/** Fixed: what this finds once it finds always. Other numbers are for trying by hand. */
const SEED = Number(process.env["GATE_FUZZ_SEED"] ?? 1_109);
const RUNS = Number(process.env["GATE_FUZZ_RUNS"] ?? 1_500);
