/** The variables that a job's steps see (CONTRACT §5). Pure. */
import type { EndpointInfo } from "./endpoints.ts";
import { JobError } from "./errors.ts";
import { isMcp, mcpUrl } from "./mcp-config.ts";
import { sshCommand } from "./ssh-config.ts";

export interface JobEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  /** Values that must be masked in logs before anything else is printed: passwords, and URLs that hold them. */
  readonly secrets: readonly string[];
}

/**
 * @param defaults grants that own the protocol's common variables (PGHOST …) although there are several
 * @throws {JobError} JOB_INPUT when `defaults` names no grant of the session, or two of one protocol; or when two
 *   grants would get the same variable names.
 */
export function jobEnvironment(
  session: { readonly id: string; readonly control: string; readonly endpoints: readonly EndpointInfo[] },
  defaults: readonly string[],
): JobEnvironment {
  const variables: Record<string, string> = { GATE_SESSION_ID: session.id, GATE_CONTROL: session.control };
  const secrets = new Set<string>();
  const prefixes = new Map<string, string>();
  for (const endpoint of session.endpoints) {
    const prefix = variablePrefix(endpoint.grant);
    const other = prefixes.get(prefix);
    if (other !== undefined) {
      throw input(
        `the grants "${other}" and "${endpoint.grant}" would both be called ${prefix}*: ask for one of them in \`grants\``,
      );
    }
    prefixes.set(prefix, endpoint.grant);
    const url = endpointUrl(endpoint);
    variables[`${prefix}URL`] = url;
    variables[`${prefix}HOST`] = endpoint.host;
    variables[`${prefix}PORT`] = String(endpoint.port);
    // fetch() and its kin take no password in a URL: for them it stands alone.
    if (endpoint.protocol === "http" || isMcp(endpoint)) variables[`${prefix}TOKEN`] = endpoint.password;
    secrets.add(endpoint.password);
    if (url.includes(endpoint.password)) secrets.add(url);
  }
  const owner = postgresOwner(session.endpoints, defaults);
  if (owner !== undefined) {
    Object.assign(variables, {
      PGHOST: owner.host,
      PGPORT: String(owner.port),
      PGUSER: owner.user,
      PGPASSWORD: owner.password,
      ...(owner.database === undefined ? {} : { PGDATABASE: owner.database }),
      PGSSLMODE: "disable",
      DATABASE_URL: endpointUrl(owner),
    });
  }
  const { sshConfig } = session.endpoints.find((endpoint) => endpoint.sshConfig !== undefined) ?? {};
  if (sshConfig !== undefined) {
    Object.assign(variables, { GATE_SSH_CONFIG: sshConfig, GIT_SSH_COMMAND: sshCommand(sshConfig) });
  }
  const { mcpConfig } = session.endpoints.find((endpoint) => endpoint.mcpConfig !== undefined) ?? {};
  if (mcpConfig !== undefined) variables["GATE_MCP_CONFIG"] = mcpConfig;
  return { variables, secrets: [...secrets] };
}

/** The address of an endpoint as clients take it; holds its password. */
export function endpointUrl(endpoint: EndpointInfo): string {
  const { protocol, user, password, host, port, database } = endpoint;
  if (protocol === "postgres") {
    const path = database === undefined ? "" : encodeURIComponent(database);
    return `postgres://${user}:${password}@${host}:${port}/${path}?sslmode=disable`;
  }
  if (isMcp(endpoint)) return mcpUrl(endpoint);
  // Its clients have a key, not a password.
  if (endpoint.sshConfig !== undefined) return `${protocol}://${user}@${host}:${port}`;
  return `${protocol}://${user}:${password}@${host}:${port}`;
}

/** The action's `endpoints` output: JSON {grant: {url, host, port, protocol}}. Holds secrets. */
export function endpointOutputs(endpoints: readonly EndpointInfo[]): string {
  const outputs = endpoints.map((endpoint) => {
    const { grant, host, port, protocol } = endpoint;
    return [grant, { url: endpointUrl(endpoint), host, port, protocol }] as const;
  });
  return JSON.stringify(Object.fromEntries(outputs));
}

function postgresOwner(endpoints: readonly EndpointInfo[], defaults: readonly string[]): EndpointInfo | undefined {
  for (const name of defaults) {
    if (!endpoints.some((endpoint) => endpoint.grant === name)) {
      throw input(`\`default\` names the grant "${name}", which this session does not have`);
    }
  }
  const postgres = endpoints.filter((endpoint) => endpoint.protocol === "postgres");
  const chosen = postgres.filter((endpoint) => defaults.includes(endpoint.grant));
  if (chosen.length > 1) {
    throw input(
      `\`default\` names several PostgreSQL grants (${chosen.map(({ grant }) => grant).join(", ")}): only one can own PGHOST`,
    );
  }
  return chosen[0] ?? (postgres.length === 1 ? postgres[0] : undefined);
}

/** `orders-db` → `GATE_ORDERS_DB_`. */
function variablePrefix(grant: string): string {
  return `GATE_${grant.toUpperCase().replace(/[^A-Z0-9]/g, "_")}_`;
}

function input(message: string): JobError {
  return new JobError("operator", "JOB_INPUT", message);
}
