/** GET /openapi.json: short, and kept true by a test that compares its paths with the routes. Pure. */

export function openapi(publicUrl: string): object {
  return {
    openapi: "3.1.0",
    info: {
      title: "Gate",
      version: "0.1.0",
      description: "Errors are application/problem+json (RFC 9457) with `code`.",
    },
    servers: [{ url: publicUrl }],
    components: {
      securitySchemes: {
        session: { type: "http", scheme: "DPoP", description: "Session token with a DPoP proof (RFC 9449, ES256)" },
        person: { type: "http", scheme: "bearer", description: "A person's token of gateway.yaml" },
      },
    },
    paths: {
      "/.well-known/gate": { get: op("issuer, audience, token_endpoint, tunnel, vkey, checks (app or none), version") },
      "/healthz": { get: op("The process lives") },
      "/readyz": { get: op("It takes sessions; 503 while it starts or drains") },
      "/metrics": { get: op("Prometheus metrics; needs a person unless the gateway is on loopback", ["person"]) },
      "/openapi.json": { get: op("This document") },
      "/v1/token": {
        post: {
          ...op("Token exchange (RFC 8693) with a DPoP proof; `session` renews"),
          requestBody: { required: true, content: { "application/x-www-form-urlencoded": { schema: TOKEN_REQUEST } } },
        },
      },
      "/v1/tunnel": { get: op("Upgrade: gate-tunnel; 101, then raw bytes", ["session"]) },
      "/v1/sessions": { get: op("Sessions, optionally by ?state=", ["person"]) },
      "/v1/sessions/{id}": {
        get: op("One session with its verdict counts; for itself also pending_holds", ["session", "person"]),
      },
      "/v1/sessions/{id}/close": { post: op("Ends the session and seals its recording", ["session"]) },
      "/v1/sessions/{id}/revoke": { post: op("Ends the session at once", ["person"]) },
      "/v1/sessions/{id}/recording": {
        get: op("The sealed recording as tar; 409 before the seal", ["session", "person"]),
      },
      "/v1/policy/explain": {
        post: {
          ...op("Why the policy would allow, hold or deny a command; SQL is read without the target's catalogue", [
            "person",
          ]),
          requestBody: { required: true, content: { "application/json": { schema: EXPLAIN } } },
        },
      },
      "/v1/approvals": { get: op("Held commands, optionally by ?state=", ["person"]) },
      "/v1/approvals/{id}": { get: op("One held command", ["person"]) },
      "/v1/approvals/{id}/votes": {
        post: {
          ...op("Answers a held command", ["person"]),
          requestBody: { required: true, content: { "application/json": { schema: VOTE } } },
        },
      },
    },
  };
}

function op(summary: string, security: readonly ("session" | "person")[] = []): object {
  return {
    summary,
    ...(security.length === 0 ? {} : { security: security.map((name) => ({ [name]: [] })) }),
    responses: { "2XX": { description: "As the summary says" }, default: { description: "RFC 9457 problem" } },
  };
}

const TOKEN_REQUEST = {
  type: "object",
  required: ["grant_type", "subject_token", "subject_token_type"],
  properties: {
    grant_type: { const: "urn:ietf:params:oauth:grant-type:token-exchange" },
    subject_token: { type: "string" },
    subject_token_type: { const: "urn:ietf:params:oauth:token-type:jwt" },
    authorization_details: { type: "string", description: 'JSON: [{"type":"gate_grant","grant":"orders-db"}]' },
    session: { type: "string", description: "The session to renew" },
  },
};

const VOTE = {
  type: "object",
  additionalProperties: false,
  required: ["vote"],
  properties: { vote: { enum: ["approve", "deny"] }, reason: { type: "string", maxLength: 1000 } },
};

const EXPLAIN = {
  type: "object",
  additionalProperties: false,
  required: ["grant"],
  properties: {
    grant: { type: "string" },
    as: { type: "string", description: "The trust rule of the job" },
    ...Object.fromEntries(
      ["sql", "http", "mcp", "exec", "sftp", "ssh", "kube"].map((key) => [key, { type: "string" }]),
    ),
  },
};
