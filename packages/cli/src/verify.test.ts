import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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

test("nothing of a recording moves the terminal, as text or as JSON", () => {
  const directory = mkdtempSync(join(tmpdir(), "gate-verify-"));
  try {
    const id = "\u009b2J\u202e\u{e0041}";
    const principal = { kind: "job", issuer: "i", display: "d", claims: {} };
    const session = { id, trustRule: "t", principal, grants: [], policyDigest: "p", mode: "\u007f\u009b31m" };
    const entry = { seq: 0, time: "2026-01-01T00:00:00.000Z", type: "session-opened", session, targets: {} };
    writeFileSync(join(directory, "records.ndjson"), `${JSON.stringify(entry)}\n`);
    const verify = (...more: string[]): string => {
      const args = ["--", join(import.meta.dirname, "main.ts"), "verify", directory, ...more];
      return spawnSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 }).stdout;
    };
    const [text, json] = [verify(), verify("--json")];
    for (const said of [text, json]) expect(said).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
    expect(text).toContain("incomplete: session ");
    expect(JSON.parse(json)).toMatchObject({ sessionId: id, mode: session.mode });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
