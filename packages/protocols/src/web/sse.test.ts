import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { WebError } from "./errors.ts";
import { dataOf, SseSplitter, withData } from "./sse.ts";

function split(...chunks: (string | Buffer)[]): string[] {
  const splitter = new SseSplitter();
  return chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk as string)).map((event) => event.raw.toString()));
}

describe("server-sent events", () => {
  test("end with a blank line of any kind", () => {
    expect(split("data: a\n\ndata: b\r\n\r\ndata: c\r\rdata: d\n\r\n: x")).toEqual([
      "data: a\n\n",
      "data: b\r\n\r\n",
      "data: c\r\r",
      "data: d\n\r\n",
    ]);
  });

  test("are the same however the stream is cut", () => {
    const line = fc.constantFrom("data: a", "data:b", "event: x", ": hi", "id: 1", "data", "data: \u00e4\u20ac");
    const end = fc.constantFrom("\n", "\r\n", "\r");
    const event = fc
      .tuple(fc.array(line, { minLength: 1, maxLength: 4 }), end)
      .map(([lines, lf]) => lines.map((each) => each + lf).join("") + lf);
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(400), { maxLength: 8 }),
        (events, cuts) => {
          const bytes = Buffer.from(`${events.join("")}data: rest`);
          const whole = split(bytes);
          const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
          const pieces = [0, ...places].map((from, at) => bytes.subarray(from, places[at] ?? bytes.length));
          expect(split(...pieces)).toEqual(whole);
          expect(whole.join("") + "data: rest").toBe(bytes.toString());
        },
      ),
    );
  });

  test("at every single split point", () => {
    const bytes = Buffer.from("event: a\r\ndata: 1\r\ndata: 2\r\n\r\ndata: 3\n\n");
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(split(bytes.subarray(0, at), bytes.subarray(at))).toHaveLength(2);
    }
  });

  test("have data of all their lines, and can be given other data", () => {
    const [event] = new SseSplitter().push(Buffer.from("id: 7\ndata: a\ndata:b\nevent: x\n\n"));
    if (event === undefined) throw new Error("no event");
    expect(dataOf(event)).toBe("a\nb");
    expect(withData(event, "c\nd").toString()).toBe("id: 7\ndata: c\ndata: d\nevent: x\n\n");
  });

  test("are bounded", () => {
    const splitter = new SseSplitter();
    expect(() => {
      for (let count = 0; count < 40; count += 1) splitter.push(Buffer.alloc(65_536, 0x61));
    }).toThrow(WebError);
  });
});
