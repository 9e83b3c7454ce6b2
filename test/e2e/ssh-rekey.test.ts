/** New keys in the middle of large transfers, asked for by the client and by the target, on both connections. */
import { createHash, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, jest, test } from "@jest/globals";
import ssh2 from "ssh2";
import { eventually } from "../../packages/testkit/src/conformance.ts";
import { PERMISSIVE, useSshServer, withSshd } from "./ssh-fixture.ts";

const SENT_BYTES = 24 * 1024 * 1024;
/** Each side asks after this much in either direction. */
const LIMIT = "RekeyLimit=2M";
/** Fewer than would come if every limit were met alone: both sides may ask at once. */
const EXCHANGES_MIN = 3;

withSshd("new keys under load", () => {
  const fixture = useSshServer({ config: [LIMIT.replace("=", " ")] });

  test.each(["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr"])(
    "what goes up and comes down by %s is whole after many key exchanges on both connections",
    async (cipher) => {
      const gate = await fixture.gate(PERMISSIVE);
      const sent = randomBytes(SENT_BYTES);
      const file = join(fixture.folder, "sent");
      writeFileSync(file, sent);
      // The gate's own connection to the target is the only client of the library here.
      const emitted = jest.spyOn(ssh2.Client.prototype, "emit");
      const { code, stdout, stderr } = await gate.run(
        "sh",
        ["-c", `ssh -v -F "$0" -c "$1" -o "$2" target cat < "$3" | sha256sum`, gate.config, cipher, LIMIT, file],
        { timeoutMs: 120_000 },
      );
      const upstream = emitted.mock.calls.filter(([event]) => event === "handshake").length;
      emitted.mockRestore();
      expect(code).toBe(0);
      expect(stdout.split(" ")[0]).toBe(createHash("sha256").update(sent).digest("hex"));
      expect(stderr).toContain(`server->client cipher: ${cipher}`);
      expect(stderr.match(/SSH2_MSG_NEWKEYS received/gu)?.length).toBeGreaterThan(EXCHANGES_MIN);
      expect(upstream).toBeGreaterThan(EXCHANGES_MIN);
      await eventually(async () =>
        (await gate.entries()).some((each) => each.type === "note" && each.detail["stdinBytes"] === SENT_BYTES),
      );
    },
    180_000,
  );
});
