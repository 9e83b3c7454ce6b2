import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { line } from "@gate/protocols/line";
import { fileRecordings } from "@gate/stores";
import net from "node:net";
import { startHarness } from "../../testkit/src/harness.ts";

test("verdicts are derived again: an issuer alias that only the gateway knows, claims of the session, observed grants", async () => {
  const directory = mkdtempSync(join(tmpdir(), "gate-verify-"));
  const server = net.createServer((socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // The harness's policy names the issuer `test`, which nothing but its own configuration resolves.
  const harness = await startHarness({
    protocol: line,
    target: { address: `127.0.0.1:${(server.address() as net.AddressInfo).port}` },
    policy: `rules:
  main:
  - {id: allow, effect: allow, match: {line: [GET]}}
  - {id: mine, effect: deny, match: {line: [PUT]}, when: "session.claims.actor == 'octocat'"}
`,
    grantKeys: "mode: observe",
    recordings: fileRecordings(directory),
  });
  try {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = net.connect({ port: harness.port, host: "127.0.0.1" }, () => socket.write("GET a\nPUT b\n"));
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk.toString();
        if (text.split("\n").length < 3) return;
        resolve(text);
        socket.destroy();
      });
      socket.once("error", reject);
    });
    expect(answer).toBe("GET a\nPUT b\n");
    await harness.close();
    const verdicts = (await harness.entries()).filter((entry) => entry.type === "verdict");
    expect(verdicts.map(({ verdict, rules }) => [verdict, rules[0]])).toEqual([
      ["allow", "allow"],
      ["deny", "mine"],
    ]);
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
