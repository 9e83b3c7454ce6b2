import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { line } from "@gate/protocols/line";
import { fileRecordings } from "@gate/stores";
import net from "node:net";
import { startHarness } from "../../testkit/src/harness.ts";

test("verdicts are derived again under a policy whose issuer alias only the gateway knows", async () => {
  const directory = mkdtempSync(join(tmpdir(), "gate-verify-"));
  const server = net.createServer((socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // The harness's policy names the issuer `test`, which nothing but its own configuration resolves.
  const harness = await startHarness({
    protocol: line,
    target: { address: `127.0.0.1:${(server.address() as net.AddressInfo).port}` },
    policy: "rules:\n  main:\n  - {id: allow, effect: allow, match: {line: [GET]}}\n",
    recordings: fileRecordings(directory),
  });
  try {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = net.connect({ port: harness.port, host: "127.0.0.1" }, () => socket.write("GET a\n"));
      socket.once("data", (chunk) => {
        resolve(chunk.toString());
        socket.destroy();
      });
      socket.once("error", reject);
    });
    expect(answer).toBe("GET a\n");
    await harness.close();
    const main = join(import.meta.dirname, "main.ts");
    const bundle = join(directory, harness.session.id);
    const ran = spawnSync(process.execPath, ["--", main, "verify", bundle, "--key", harness.signer.vkey, "--json"], {
      encoding: "utf8",
      timeout: 20_000,
    });
    expect(JSON.parse(ran.stdout)).toMatchObject({ status: "valid", findings: [] });
    expect(ran.status).toBe(0);
  } finally {
    await harness.stop();
    server.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
