import { describe, expect, test } from "@jest/globals";
import { Secret } from "@gate/base";
import { PostgresError } from "./errors.ts";
import { parseTarget } from "./target.ts";

const CREDENTIAL = { username: "deploy", password: new Secret("s3cret") };
const BASE = { address: "db.internal:6432", database: "orders", credential: CREDENTIAL };

describe("a PostgreSQL target", () => {
  test("is verified fully unless something else is written", () => {
    const target = parseTarget(BASE);
    expect(target).toMatchObject({
      host: "db.internal",
      port: 6432,
      database: "orders",
      tls: { mode: "verify-full", negotiation: "postgres" },
    });
    expect(target.credential.password?.reveal()).toBe("s3cret");
    expect(JSON.stringify(target)).not.toContain("s3cret");
  });

  test.each([
    ["db.internal", "db.internal", 5432],
    ["10.0.0.7:5433", "10.0.0.7", 5433],
    ["[::1]:5433", "::1", 5433],
    ["[fe80::1]", "fe80::1", 5432],
  ])("address %s", (address, host, port) => {
    expect(parseTarget({ ...BASE, address })).toMatchObject({ host, port });
  });

  test("needs no password with a client certificate", () => {
    const target = parseTarget({ ...BASE, tls: { cert: "CERT", key: "KEY" }, credential: { username: "deploy" } });
    expect(target.credential.clientCert).toBe("CERT");
    expect(target.credential.clientKey?.reveal()).toBe("KEY");
    expect(target.credential.password).toBeUndefined();
  });

  test.each<[string, Record<string, unknown>]>([
    ["address", { ...BASE, address: undefined }],
    ["address", { ...BASE, address: "db:0" }],
    ["address", { ...BASE, address: "db:70000" }],
    ["address", { ...BASE, address: "postgres://db" }],
    ["address", { ...BASE, address: 5432 }],
    ["database", { ...BASE, database: "" }],
    ["database", { ...BASE, database: "a\0b" }],
    ["datbase", { ...BASE, datbase: "orders" }],
    ["protocol", { ...BASE, protocol: "mysql" }],
    ["tls", { ...BASE, tls: "off" }],
    ["tls.mode", { ...BASE, tls: { mode: "prefer" } }],
    ["tls.mood", { ...BASE, tls: { mood: "require" } }],
    ["tls.ca", { ...BASE, tls: { mode: "disable", ca: "PEM" } }],
    ["tls.ca", { ...BASE, tls: { mode: "require", ca: "PEM" } }],
    ["tls.cert", { ...BASE, tls: { cert: "CERT" } }],
    ["tls.negotiation", { ...BASE, tls: { negotiation: "gss" } }],
    ["credential.username", { ...BASE, credential: { password: "x" } }],
    ["credential.password", { ...BASE, credential: { username: "x" } }],
    ["credential.token", { ...BASE, credential: { ...CREDENTIAL, token: "x" } }],
    ["__proto__", JSON.parse('{"address":"a","database":"b","__proto__":{}}') as Record<string, unknown>],
  ])("a mistake in %s is named", (key, input) => {
    let thrown: unknown;
    try {
      parseTarget(input);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(PostgresError);
    expect(thrown).toMatchObject({ code: "TARGET_INVALID", kind: "operator" });
    expect((thrown as Error).message.split(" ")[0]).toBe(key);
  });
});
