import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import net from "node:net";
import { expect, test } from "@jest/globals";
import { refusalBytes } from "./refusal.ts";
import { suiteWith } from "../../../testkit/src/parts.ts";

const withClient = suiteWith(existsSync("/usr/bin/ssh"), "the package openssh-client");

withClient("a connection that is not served", () => {
  test.each(["limit", "session"] as const)("is told why in words that OpenSSH prints (%s)", async (why) => {
    for (const message of ["gate: the session has ended", "gate: x", "gate: a reason with\nlines and ü"]) {
      const server = net.createServer((socket) => {
        socket.on("error", () => undefined);
        socket.end(refusalBytes(message, why));
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as net.AddressInfo;
      const ssh = spawn("ssh", ["-F", "none", "-o", "BatchMode=yes", "-p", String(port), "127.0.0.1", "true"]);
      let text = "";
      ssh.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
      await new Promise((resolve) => ssh.on("close", resolve));
      server.close();
      expect(text).toContain(message.split("\n")[0]);
      expect(ssh.exitCode).toBe(255);
    }
  });
});
