import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { SshError } from "./errors.ts";
import {
  extendedRequest,
  openTail,
  PACKET_BYTES_MAX,
  PacketReader,
  pathRequest,
  readRequest,
  readResponse,
  statusPacket,
  TYPE,
  versionPacket,
  withId,
} from "./sftp-wire.ts";

const code = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof SshError) return error.code;
    throw error;
  }
  return "none";
};
const unframed = (framed: Buffer): Buffer => framed.subarray(4);

describe("packets out of a stream", () => {
  const packets = [
    pathRequest(TYPE.STAT, 1, ["/a"]),
    statusPacket(2, 3, "no"),
    pathRequest(TYPE.RENAME, 3, ["/b", "/c".repeat(400)]),
    versionPacket([["limits@openssh.com", Buffer.from("1")]]),
  ];
  const stream = Buffer.concat(packets);
  const cutBy = (chunks: readonly Uint8Array[]): Buffer[] => {
    const reader = new PacketReader();
    const found: Buffer[] = [];
    for (const chunk of chunks) reader.push(chunk, (packet) => found.push(Buffer.from(packet)));
    return found;
  };

  test("are the same at every split point", () => {
    for (let at = 0; at <= stream.length; at += 1) {
      expect(cutBy([stream.subarray(0, at), stream.subarray(at)])).toEqual(packets.map(unframed));
    }
  });

  test("are the same in any number of pieces", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const chunks = edges.slice(1).map((edge, index) => stream.subarray(edges[index], edge));
        expect(cutBy(chunks)).toEqual(packets.map(unframed));
      }),
    );
  });

  test("an empty packet and one over the bound are refused before their bytes come", () => {
    const reader = new PacketReader();
    expect(code(() => reader.push(Buffer.from([0, 0, 0, 0]), () => undefined))).toBe("PACKET_MALFORMED");
    const large = Buffer.alloc(4);
    large.writeUInt32BE(PACKET_BYTES_MAX + 1);
    expect(code(() => new PacketReader().push(large, () => undefined))).toBe("PACKET_TOO_LARGE");
  });
});

describe("requests", () => {
  const path = fc.string({ maxLength: 40, unit: "grapheme" }).filter((text) => !text.includes("\0"));
  const id = fc.nat(0xffff_ffff);
  const none = Buffer.alloc(4);

  test("of one path are read as they were written", () => {
    const types = { stat: 17, lstat: 7, opendir: 11, remove: 13, rmdir: 15, realpath: 16, readlink: 19 } as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(types) as (keyof typeof types)[])),
        id,
        path,
        (kind, number, name) => {
          expect(readRequest(unframed(pathRequest(types[kind], number, [name])))).toEqual({
            kind,
            id: number,
            path: name,
          });
        },
      ),
    );
  });

  test("of two paths are read as they were written", () => {
    fc.assert(
      fc.property(id, path, path, (number, from, to) => {
        expect(readRequest(unframed(pathRequest(TYPE.RENAME, number, [from, to])))).toEqual({
          kind: "rename",
          id: number,
          from,
          to,
        });
        expect(readRequest(unframed(extendedRequest(number, "hardlink@openssh.com", [from, to])))).toEqual({
          kind: "extended",
          id: number,
          extension: { name: "hardlink@openssh.com", from, to },
        });
      }),
    );
  });

  test("to open carry flags and attributes, the size apart", () => {
    const attrs = Buffer.alloc(12);
    attrs.writeUInt32BE(1);
    attrs.writeBigUInt64BE(5n, 4);
    const packet = unframed(pathRequest(TYPE.OPEN, 9, ["/x"], openTail(26, { bytes: attrs, size: true })));
    expect(readRequest(packet)).toEqual({
      kind: "open",
      id: 9,
      path: "/x",
      flags: 26,
      attrs: { bytes: attrs, size: true },
    });
  });

  test.each<[string, Buffer]>([
    ["cut short", unframed(pathRequest(TYPE.STAT, 1, ["/abc"])).subarray(0, -1)],
    ["with bytes after their end", Buffer.concat([unframed(pathRequest(TYPE.STAT, 1, ["/abc"])), Buffer.from([0])])],
    ["with a path that is not UTF-8", Buffer.concat([Buffer.from([TYPE.STAT, 0, 0, 0, 1, 0, 0, 0, 1, 0xff])])],
    ["with a NUL in a path", unframed(pathRequest(TYPE.STAT, 1, ["/a\0b"]))],
    ["with a path that is too long", unframed(pathRequest(TYPE.STAT, 1, ["a".repeat(5_000)]))],
    ["of an unknown type", Buffer.from([99, 0, 0, 0, 1])],
    ["of an answer's type", unframed(statusPacket(1, 0, ""))],
    ["with attributes of an unknown kind", unframed(pathRequest(TYPE.MKDIR, 1, ["/a"], Buffer.from([0, 0, 0, 16])))],
    ["with an empty handle", Buffer.from([TYPE.CLOSE, 0, 0, 0, 1, 0, 0, 0, 0])],
  ])("%s are refused", (_what, packet) => {
    expect(code(() => readRequest(packet))).toBe("PACKET_MALFORMED");
  });

  test("of an extension that is not known keep its name", () => {
    expect(readRequest(unframed(extendedRequest(1, "vendor@example.com", ["anything"])))).toMatchObject({
      extension: { name: "unknown", given: "vendor@example.com" },
    });
  });

  test("and answers throw nothing but the package's error, whatever the bytes", () => {
    const typed = fc
      .tuple(fc.constantFrom(...Object.values(TYPE)), fc.uint8Array({ maxLength: 60 }))
      .map(([type, rest]) => Buffer.from([type, ...rest]));
    fc.assert(
      fc.property(typed, (packet) => {
        code(() => readRequest(packet));
        code(() => readResponse(packet));
      }),
      { numRuns: 3_000 },
    );
  });

  test("keep every byte but the number when they are numbered anew", () => {
    const packet = unframed(pathRequest(TYPE.MKDIR, 7, ["/a"], none));
    expect(unframed(withId(packet, 1_000))).toEqual(unframed(pathRequest(TYPE.MKDIR, 1_000, ["/a"], none)));
  });
});

describe("answers", () => {
  test("name the extensions, the status, the handle", () => {
    expect(readResponse(unframed(versionPacket([["a@b", Buffer.from("1")]])))).toEqual({
      kind: "version",
      version: 3,
      extensions: [["a@b", Buffer.from("1")]],
    });
    expect(readResponse(unframed(statusPacket(4, 3, "no")))).toEqual({ kind: "status", id: 4, code: 3 });
  });
});
