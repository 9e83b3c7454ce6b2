/**
 * What nested steps put into the job's environment (GITHUB_ENV) reaches the post step. Before it opens any connection,
 * the variables that change where Node connects or whom it trusts go back to what they were at connect. Pure but for
 * the environment object it is given.
 */

/** Names, in both cases where programs read both. */
const TRUSTED_AT_CONNECT = [
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "all_proxy",
  "no_proxy",
] as const;

const NEVER = [
  "NODE_OPTIONS",
  "NODE_EXTRA_CA_CERTS",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  "NODE_USE_ENV_PROXY",
  "NODE_USE_SYSTEM_CA",
  "NODE_DEBUG",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "OPENSSL_CONF",
  "SSLKEYLOGFILE",
] as const;

/** The proxy settings that connect itself was started with: kept in the state for post. */
export function proxySettings(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of TRUSTED_AT_CONNECT) {
    const value = env[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

/** Returns the names that a step had changed, for a warning. */
export function restoreEnvironment(
  env: Record<string, string | undefined>,
  proxies: Readonly<Record<string, string>>,
): string[] {
  const changed: string[] = [];
  for (const name of NEVER) {
    if (env[name] === undefined) continue;
    changed.push(name);
    delete env[name];
  }
  for (const name of TRUSTED_AT_CONNECT) {
    const before = Object.hasOwn(proxies, name) ? proxies[name] : undefined;
    if (env[name] === before) continue;
    changed.push(name);
    if (before === undefined) delete env[name];
    else env[name] = before;
  }
  return changed;
}
