/** GET /openapi.json: short, and kept true by a test that compares its paths with the routes. Pure. */

/** @param hooks which receivers gateway.yaml has configured */
export function openapi(publicUrl: string, hooks: { readonly github: boolean; readonly slack: boolean }): object {
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
        person: {
          type: "http",
          scheme: "bearer",
          description:
            "A person's token, from gateway.yaml or `gate login`. Browsers use the cookie of /login instead, and repeat " +
            "the `csrf` of /v1/me in x-gate-csrf for everything but GET.",
        },
      },
    },
    paths: {
      "/.well-known/gate": {
        get: op("issuer, audience, token_endpoint, tunnel, vkey, checks (app or none), sign_in (oidc, saml), version"),
      },
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
      "/v1/sessions/{id}/entries": { get: op("Entries of the recording: ?from= (sequence) and ?limit=", ["person"]) },
      "/v1/sessions/{id}/events": {
        get: op(
          "Entries as they are written (text/event-stream); goes on after Last-Event-ID; 429 beyond 20 a person",
          ["person"],
        ),
      },
      "/v1/sessions/{id}/summary": { get: op("What was reached and what was held back", ["person"]) },
      "/v1/sessions/{id}/terminals": { get: op("Recorded terminals", ["person"]) },
      "/v1/sessions/{id}/terminals/{name}": { get: op("One of them (asciicast)", ["person"]) },
      "/v1/sessions/{id}/terminals/{name}/events": { get: op("The same while it goes on (SSE)", ["person"]) },
      "/v1/me": { get: op("Who the browser's cookie says that one is, with the csrf value") },
      "/v1/people/token": { post: op("Redeems the code of `gate login` with its verifier (PKCE)") },
      "/v1/people/device": { post: op("Begins a login by a code that a person types (RFC 8628)") },
      "/v1/people/device/token": { post: op("Its token; 202 until somebody typed the code") },
      "/v1/people/logout": { post: op("Ends the token", ["person"]) },
      "/v1/notices/dead": { get: op("Notices that could not be delivered", ["person"]) },
      ...(hooks.github
        ? { "/v1/github/webhooks": { post: op("GitHub's deliveries, signed with the App's webhook secret") } }
        : {}),
      ...(hooks.slack ? { "/v1/slack/actions": { post: op("Clicks in Slack, signed by Slack") } } : {}),
      "/v1/policy": { get: op("The policy that new sessions get", ["person"]) },
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
