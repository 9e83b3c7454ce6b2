/** The library's own AES-GCM is the oracle. */
import { createCipheriv, randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { consumed, discard, GcmCipher, GcmDecipher, type GcmKeys, type OnPayload } from "./gcm.ts";

interface TheirCipher {
  outSeqno: number;
  allocPacket(bytes: number): Buffer;
  encrypt(packet: Buffer): void;
}

interface TheirDecipher {
  inSeqno: number;
  decrypt(data: Buffer, at: number, end: number): number | undefined;
}

const theirs = createRequire(import.meta.url)("ssh2/lib/protocol/crypto.js") as {
  CIPHER_INFO: Record<string, object>;
  createCipher(config: object): TheirCipher;
  createDecipher(config: object): TheirDecipher;
};

const keysOf = (name: GcmKeys["name"], iv = randomBytes(12)): GcmKeys => ({
  name,
  key: randomBytes(name === "aes-128-gcm" ? 16 : 32),
  iv,
  sequence: 3,
});
const sshName = (keys: GcmKeys): string => (keys.name === "aes-128-gcm" ? "aes128-gcm" : "aes256-gcm");

function theirCipher(keys: GcmKeys, written: Buffer[]): TheirCipher {
  return theirs.createCipher({
    outbound: {
      onWrite: (data: Buffer) => written.push(Buffer.from(data)),
      cipherInfo: theirs.CIPHER_INFO[sshName(keys)],
      cipherKey: Buffer.from(keys.key),
      cipherIV: Buffer.from(keys.iv),
      seqno: keys.sequence,
      forceNative: true,
    },
  });
}

function theirDecipher(keys: GcmKeys, onPayload: (payload: Buffer) => unknown): TheirDecipher {
  return theirs.createDecipher({
    inbound: {
      onPayload,
      decipherInfo: theirs.CIPHER_INFO[sshName(keys)],
      decipherKey: Buffer.from(keys.key),
      decipherIV: Buffer.from(keys.iv),
      seqno: keys.sequence,
      forceNative: true,
    },
  });
}

function send(cipher: TheirCipher | GcmCipher, payload: Uint8Array): void {
  const packet = cipher.allocPacket(payload.length);
  packet.set(payload, 5);
  cipher.encrypt(packet);
}

const decipherOf = (keys: GcmKeys, onPayload: OnPayload): GcmDecipher =>
  new GcmDecipher(keys, onPayload, () => undefined);

const names = fc.constantFrom<GcmKeys["name"]>("aes-128-gcm", "aes-256-gcm");
const payloads = fc.array(
  fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 80 }),
    fc.integer({ min: 8_000, max: 32_800 }).map((bytes) => new Uint8Array(randomBytes(bytes))),
  ),
  { minLength: 1, maxLength: 6 },
);

describe("AES-GCM packets", () => {
  test("the library reads what gate writes, in chunks of any size", () => {
    fc.assert(
      fc.property(names, payloads, fc.integer({ min: 1, max: 70_000 }), (name, sent, size) => {
        const keys = keysOf(name);
        const written: Buffer[] = [];
        const cipher = new GcmCipher(keys, (packet) => written.push(packet));
        const got: Buffer[] = [];
        const decipher = theirDecipher(keys, (payload) => void got.push(Buffer.from(payload)));
        for (const payload of sent) send(cipher, payload);
        const wire = Buffer.concat(written);
        for (let at = 0; at < wire.length; at += size) {
          const chunk = wire.subarray(at, at + size);
          decipher.decrypt(chunk, 0, chunk.length);
        }
        expect(Buffer.concat(got).equals(Buffer.concat(sent))).toBe(true);
        expect(cipher.outSeqno).toBe(keys.sequence + sent.length);
        expect(decipher.inSeqno).toBe(cipher.outSeqno);
      }),
      { numRuns: 25 },
    );
  });

  test("gate reads what the library writes, in chunks of any size", () => {
    fc.assert(
      fc.property(names, payloads, fc.integer({ min: 1, max: 70_000 }), (name, sent, size) => {
        const keys = keysOf(name);
        const written: Buffer[] = [];
        const cipher = theirCipher(keys, written);
        const got: Buffer[] = [];
        const decipher = decipherOf(keys, (payload) => void got.push(Buffer.from(payload)));
        for (const payload of sent) send(cipher, payload);
        const wire = Buffer.concat(written);
        for (let at = 0; at < wire.length; at += size) {
          const chunk = wire.subarray(at, at + size);
          expect(decipher.decrypt(chunk, 0, chunk.length)).toBeUndefined();
        }
        expect(Buffer.concat(got).equals(Buffer.concat(sent))).toBe(true);
        expect(decipher.inSeqno).toBe(cipher.outSeqno);
      }),
      { numRuns: 25 },
    );
  });

  test("the counter carries over into the next byte and wraps, the first four bytes stay", () => {
    for (const counter of ["00000000000000ff", "ffffffffffffffff"]) {
      const keys = keysOf("aes-128-gcm", Buffer.from(`01020304${counter}`, "hex"));
      const got: string[] = [];
      const written: Buffer[] = [];
      const cipher = new GcmCipher(keys, (packet) => written.push(packet));
      const decipher = theirDecipher(keys, (payload) => void got.push(payload.toString()));
      for (const text of ["one", "two", "three"]) send(cipher, Buffer.from(text));
      for (const packet of written) decipher.decrypt(packet, 0, packet.length);
      expect(got).toEqual(["one", "two", "three"]);
    }
  });

  test("nothing of a packet is handed on when one bit of it was changed", () => {
    const keys = keysOf("aes-256-gcm");
    const written: Buffer[] = [];
    send(new GcmCipher(keys, (packet) => written.push(packet)), Buffer.from("exit-status"));
    const packet = written[0] ?? Buffer.alloc(0);
    for (let at = 0; at < packet.length; at += 1) {
      const changed = Buffer.from(packet);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const got: Buffer[] = [];
      const decipher = decipherOf(keys, (payload) => void got.push(payload));
      // A length may also ask for more than has come.
      try {
        decipher.decrypt(changed, 0, changed.length);
      } catch (error) {
        expect(String(error)).toMatch(/^Error: /u);
      }
      expect(got).toEqual([]);
    }
  });

  test("nothing that follows a changed packet is handed on, not even the packet as it was", () => {
    const keys = keysOf("aes-128-gcm");
    const written: Buffer[] = [];
    const cipher = new GcmCipher(keys, (packet) => written.push(packet));
    send(cipher, Buffer.from("first"));
    send(cipher, Buffer.from("second"));
    const changed = Buffer.from(written[0] ?? []);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    const got: Buffer[] = [];
    const decipher = decipherOf(keys, (payload) => void got.push(payload));
    expect(() => decipher.decrypt(changed, 0, changed.length)).toThrow("Unsupported state or unable to authenticate");
    for (const packet of written) expect(decipher.decrypt(packet, 0, packet.length)).toBeUndefined();
    expect(got).toEqual([]);
  });

  test.each([0, 8, 17, 35_008, 0xffff_fff0])("a length of %d ends it before anything is kept", (length) => {
    const header = Buffer.alloc(4);
    header.writeUInt32BE(length);
    const decipher = decipherOf(keysOf("aes-128-gcm"), () => undefined);
    expect(() => decipher.decrypt(header, 0, 4)).toThrow("Bad packet length");
  });

  test.each([0, 1, 3, 16, 17, 29, 255])("a padding of %d bytes in a packet of sixteen ends it", (padding) => {
    const keys = keysOf("aes-256-gcm");
    const payloads: Buffer[] = [];
    const decipher = new GcmDecipher(
      keys,
      (payload) => payloads.push(Buffer.from(payload)),
      () => undefined,
    );
    const length = Buffer.from([0, 0, 0, 16]);
    const cipher = createCipheriv(keys.name, keys.key, keys.iv).setAAD(length);
    const secret = Buffer.concat([cipher.update(Buffer.alloc(16, padding)), cipher.final()]);
    const packet = Buffer.concat([length, secret, cipher.getAuthTag()]);
    expect(() => decipher.decrypt(packet, 0, packet.length)).toThrow("Bad padding length");
    expect(payloads).toEqual([]);
  });

  test("the padding is at least four bytes, makes whole blocks, and is not always the same", () => {
    const cipher = new GcmCipher(keysOf("aes-128-gcm"), () => undefined);
    const seen = new Set<string>();
    for (let bytes = 0; bytes < 600; bytes += 1) {
      const packet = cipher.allocPacket(bytes);
      const padding = packet[4] ?? 0;
      expect(padding).toBeGreaterThanOrEqual(4);
      expect((packet.length - 4) % 16).toBe(0);
      expect(packet.readUInt32BE(0)).toBe(packet.length - 4);
      expect(packet.length).toBe(5 + bytes + padding);
      seen.add(packet.subarray(5 + bytes, 9 + bytes).toString("hex"));
    }
    expect(seen.size).toBeGreaterThan(590);
  });

  test("new keys take over in the middle of a chunk", () => {
    const [before, after] = [keysOf("aes-128-gcm"), keysOf("aes-256-gcm")];
    const written: Buffer[] = [];
    send(new GcmCipher(before, (packet) => written.push(packet)), Buffer.from("new keys"));
    send(new GcmCipher(after, (packet) => written.push(packet)), Buffer.from("after"));
    const wire = Buffer.concat(written);
    const read: Uint8Array[] = [];
    const first = new GcmDecipher(
      before,
      () => false,
      (chunk) => read.push(chunk),
    );
    const at = first.decrypt(wire, 0, wire.length);
    expect(at).toBe(written[0]?.length);
    const got: string[] = [];
    decipherOf(after, (payload) => void got.push(payload.toString())).decrypt(wire, at ?? 0, wire.length);
    expect(got).toEqual(["after"]);
    // Two have looked at the chunk: neither may say that it is done with.
    expect(read).toEqual([]);
  });

  test("a cipher that was freed sends nothing any more", () => {
    const written: Buffer[] = [];
    const cipher = new GcmCipher(keysOf("aes-128-gcm"), (packet) => written.push(packet));
    cipher.free();
    send(cipher, Buffer.from("late"));
    expect(written).toEqual([]);
  });
});

describe("memory that is given back at once", () => {
  const large = randomBytes(32_000);
  const wireOf = (keys: GcmKeys, ...sent: Uint8Array[]): Buffer => {
    const written: Buffer[] = [];
    const cipher = new GcmCipher(keys, (packet) => written.push(packet));
    for (const payload of sent) send(cipher, payload);
    return Buffer.concat(written);
  };

  test("a payload that was consumed within its event is gone after it, any other stays", () => {
    const keys = keysOf("aes-128-gcm");
    const kept: Buffer[] = [];
    const decipher = decipherOf(keys, (payload) => {
      kept.push(payload);
      if (kept.length === 1) consumed(payload.subarray(9));
    });
    const wire = wireOf(keys, large, large);
    decipher.decrypt(wire, 0, wire.length);
    expect(kept.map((payload) => payload.length)).toEqual([0, large.length]);
    expect(kept[1]?.equals(large)).toBe(true);
    // Too late: it may be in somebody's hands.
    consumed(kept[1] ?? large);
    expect(kept[1]?.equals(large)).toBe(true);
  });

  test("a payload that arrives within the event of another does not free that one", () => {
    const [outer, inner] = [keysOf("aes-128-gcm"), keysOf("aes-128-gcm")];
    const innerWire = wireOf(inner, large);
    const kept: Buffer[] = [];
    const within = decipherOf(inner, (payload) => {
      kept.push(payload);
      consumed(payload);
    });
    const decipher = decipherOf(outer, (payload) => {
      within.decrypt(innerWire, 0, innerWire.length);
      kept.push(payload);
    });
    const wire = wireOf(outer, large);
    decipher.decrypt(wire, 0, wire.length);
    expect(kept.map((payload) => payload.length)).toEqual([0, large.length]);
  });

  test("a chunk is reported as read once all of it was, also where its last packet has only begun", () => {
    const keys = keysOf("aes-128-gcm");
    const got: Buffer[] = [];
    const read: number[] = [];
    const decipher = new GcmDecipher(
      keys,
      (payload) => void got.push(payload),
      (chunk) => {
        read.push(chunk.length);
        discard(chunk);
      },
    );
    const wire = wireOf(keys, large, large, large);
    for (let at = 0; at < wire.length; at += 50_000) {
      const chunk = new Uint8Array(wire.subarray(at, at + 50_000));
      decipher.decrypt(chunk, 0, chunk.length);
      expect(chunk.length).toBe(0);
    }
    expect(read).toEqual([50_000, wire.length - 50_000]);
    expect(got.map((payload) => payload.equals(large))).toEqual([true, true, true]);
  });

  test("memory that others share is left alone", () => {
    const shared = Buffer.alloc(40_000, 1);
    discard(shared.subarray(0, 20_000));
    discard(shared.subarray(20_000));
    const small = Buffer.from("small");
    discard(small);
    consumed(shared);
    expect([shared.length, small.toString()]).toEqual([40_000, "small"]);
  });
});
