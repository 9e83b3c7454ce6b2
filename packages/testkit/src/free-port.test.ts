import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { expect, test } from "@jest/globals";
import { freePort } from "./free-port.ts";

test("ports are free, differ, and are none that the kernel gives out by itself", async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()));
  expect(new Set(ports).size).toBe(50);
  const lowest =
    process.platform === "linux"
      ? Number(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s/u)[0])
      : 65_536;
  for (const port of ports) {
    expect(port).toBeLessThan(lowest);
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
    await new Promise((resolve) => server.close(resolve));
  }
});

test("two processes never get the same", async () => {
  const module_ = new URL("free-port.ts", import.meta.url).href;
  const script = `const { freePort } = await import(${JSON.stringify(module_)});
const ports = [];
for (let n = 0; n < 400; n += 1) ports.push(await freePort());
console.log(JSON.stringify(ports));
await new Promise((done) => process.stdin.on("end", done).resume());`;
  const processes = [1, 2].map(() => {
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", script],
      {
        stdio: ["pipe", "pipe", "inherit"],
      },
    );
    const ports = new Promise<number[]>((resolve) => {
      let text = "";
      child.stdout.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        if (text.endsWith("\n")) resolve(JSON.parse(text) as number[]);
      });
    });
    return { child, ports };
  });
  const all = (await Promise.all(processes.map(({ ports }) => ports))).flat();
  for (const { child } of processes) child.stdin.end();
  expect(all).toHaveLength(800);
  expect(new Set(all).size).toBe(800);
});
