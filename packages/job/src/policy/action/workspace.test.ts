import { afterAll, expect, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { workspaceReader } from "./workspace.ts";

const folder = mkdtempSync(join(tmpdir(), "gate-workspace-"));
const workspace = join(folder, "work");
mkdirSync(join(workspace, "policies"), { recursive: true });
mkdirSync(join(workspace, ".git"));
writeFileSync(join(folder, "secret.yaml"), "token: abc");
writeFileSync(join(workspace, ".git/config"), "token: abc");
writeFileSync(join(workspace, "policies/policy.yaml"), "version: gate/v1");
symlinkSync("../policies/policy.yaml", join(workspace, "policies/link.yaml"));
symlinkSync("policies", join(workspace, "also"));
symlinkSync("../secret.yaml", join(workspace, "out.yaml"));
symlinkSync("/etc", join(workspace, "etc"));
symlinkSync(".git/config", join(workspace, "config.yaml"));
const read = workspaceReader(workspace);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(["policies/policy.yaml", "./policies/../policies/policy.yaml", "also/link.yaml"])("%s is read", (path) => {
  expect(read(path)).toBe("version: gate/v1");
});

test.each(["nothing.yaml", "../nothing.yaml", "policies/none/policy.yaml"])("%s is not there", (path) => {
  expect(read(path)).toBeUndefined();
});

test.each(["../secret.yaml", "out.yaml", "etc/passwd", ".git/config", "config.yaml", "policies/../../secret.yaml"])(
  "%s is not the repository's, and is not read",
  (path) => {
    expect(() => read(path)).toThrow(expect.objectContaining({ code: "JOB_INPUT" }));
  },
);
