import { describe, expect, test } from "@jest/globals";
import type { EndpointInfo } from "./endpoints.ts";
import { endpointOutputs, jobEnvironment } from "./environment.ts";

const orders = endpoint("orders-db", { port: 5001, database: "orders", password: "secret1" });
const stock = endpoint("stock.db", { port: 5002, password: "secret2" });

function endpoint(grant: string, more: Partial<EndpointInfo> = {}): EndpointInfo {
  return {
    id: "ep",
    grant,
    target: grant,
    protocol: "postgres",
    host: "127.0.0.1",
    port: 1,
    user: "gate",
    password: "p",
    ...more,
  };
}

function environment(endpoints: EndpointInfo[], defaults: string[] = []): Readonly<Record<string, string>> {
  return jobEnvironment({ id: "ses_1", control: "/c", endpoints }, defaults).variables;
}

describe("a job's environment", () => {
  test("has the grant's variables, and the common ones for the only PostgreSQL grant", () => {
    const url = "postgres://gate:secret1@127.0.0.1:5001/orders?sslmode=disable";
    expect(environment([orders])).toEqual({
      GATE_SESSION_ID: "ses_1",
      GATE_CONTROL: "/c",
      GATE_ORDERS_DB_URL: url,
      GATE_ORDERS_DB_HOST: "127.0.0.1",
      GATE_ORDERS_DB_PORT: "5001",
      PGHOST: "127.0.0.1",
      PGPORT: "5001",
      PGUSER: "gate",
      PGPASSWORD: "secret1",
      PGDATABASE: "orders",
      PGSSLMODE: "disable",
      DATABASE_URL: url,
    });
  });

  test("has the password of an HTTP endpoint in its URL, and alone for clients that refuse one there", () => {
    const billing = endpoint("billing", { protocol: "http", port: 5003, password: "secret3" });
    expect(environment([billing])).toEqual({
      GATE_SESSION_ID: "ses_1",
      GATE_CONTROL: "/c",
      GATE_BILLING_URL: "http://gate:secret3@127.0.0.1:5003",
      GATE_BILLING_HOST: "127.0.0.1",
      GATE_BILLING_PORT: "5003",
      GATE_BILLING_TOKEN: "secret3",
    });
  });

  test("names the file that agents read, and gives an address that needs no header", () => {
    const tools = endpoint("tools", { protocol: "mcp", port: 5005, password: "s5", mcpConfig: "/tmp/g/mcp/.mcp.json" });
    expect(environment([tools])).toEqual({
      GATE_SESSION_ID: "ses_1",
      GATE_CONTROL: "/c",
      GATE_TOOLS_URL: "http://127.0.0.1:5005/mcp/s5",
      GATE_TOOLS_HOST: "127.0.0.1",
      GATE_TOOLS_PORT: "5005",
      GATE_TOOLS_TOKEN: "s5",
      GATE_MCP_CONFIG: "/tmp/g/mcp/.mcp.json",
    });
  });

  test("names OpenSSH's configuration, and keeps the endpoint's unused password out of its URL", () => {
    const bastion = endpoint("bastion", { protocol: "ssh", port: 5004, sshConfig: "/tmp/gate-1/ssh/config" });
    expect(environment([bastion])).toEqual({
      GATE_SESSION_ID: "ses_1",
      GATE_CONTROL: "/c",
      GATE_BASTION_URL: "ssh://gate@127.0.0.1:5004",
      GATE_BASTION_HOST: "127.0.0.1",
      GATE_BASTION_PORT: "5004",
      GATE_SSH_CONFIG: "/tmp/gate-1/ssh/config",
      GIT_SSH_COMMAND: "ssh -F '/tmp/gate-1/ssh/config'",
    });
  });

  test("gives PGHOST to nobody when there are several and none is the default", () => {
    const variables = environment([orders, stock]);
    expect(Object.keys(variables).filter((name) => name.startsWith("PG") || name === "DATABASE_URL")).toEqual([]);
    expect(variables["GATE_STOCK_DB_URL"]).toBe("postgres://gate:secret2@127.0.0.1:5002/?sslmode=disable");
  });

  test("gives PGHOST to the default one", () => {
    expect(environment([orders, stock], ["stock.db"])).toMatchObject({ PGPORT: "5002", PGPASSWORD: "secret2" });
  });

  test("refuses two defaults of one protocol, an unknown default, and two grants of one name", () => {
    for (const run of [
      () => environment([orders, stock], ["stock.db", "orders-db"]),
      () => environment([orders], ["nope"]),
      () => environment([endpoint("a-b"), endpoint("a.b")]),
    ]) {
      expect(run).toThrow(expect.objectContaining({ code: "JOB_INPUT" }));
    }
  });

  test("names every secret, and the URLs that hold one", () => {
    const { variables, secrets } = jobEnvironment({ id: "s", control: "/c", endpoints: [orders, stock] }, [
      "orders-db",
    ]);
    for (const value of Object.values(variables)) {
      if (value.includes("secret")) expect(secrets).toContain(value);
    }
    expect(secrets).toContain("secret1");
    expect(secrets).toContain("secret2");
  });

  test("is also an output, by grant", () => {
    expect(JSON.parse(endpointOutputs([orders]))).toEqual({
      "orders-db": {
        url: "postgres://gate:secret1@127.0.0.1:5001/orders?sslmode=disable",
        host: "127.0.0.1",
        port: 5001,
        protocol: "postgres",
      },
    });
  });
});
