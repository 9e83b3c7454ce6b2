/**
 * gateway.yaml (CONTRACT §2) into a configuration that is whole or refused: every mistake is reported with file, line
 * and column. Reads files and the environment that it is given; opens nothing.
 */
import { messageOf, Secret } from "@gate/base";
import type { Protocol } from "@gate/contract";
import { checkTarget } from "@gate/engine";
import { assertSecureUrl, IdentityError } from "@gate/identity";
import {
  parsePolicy,
  parseYamlDocument,
  PolicyError,
  readEntries,
  readObject,
  readString,
  readWord,
  suggestion,
  type Problems,
  type YamlNode,
} from "@gate/policy";
import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ConfigError, type ConfigProblem } from "./errors.ts";
import { readGitHub, type GitHubConfig } from "./github/config.ts";
import { readNotify, type NotifyConfig } from "./notify/config.ts";
import { readKeyFile } from "./keys.ts";
import { effectivePeople, isNobody, readPeople, type PeopleConfig } from "./people/config.ts";
import { readSecret, REFERENCED_FILE_BYTES_MAX, resolveTree, type References } from "./references.ts";
import { checkPair } from "./tls.ts";

export interface GatewayConfig {
  readonly file: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Without a trailing slash; undefined: the address that is listened on. */
  readonly publicUrl: string | undefined;
  readonly tls: TlsConfig;
  readonly store: { readonly kind: "sqlite"; readonly path: string } | { readonly kind: "memory" };
  readonly recordings: { readonly kind: "file"; readonly path: string };
  readonly signingKeyFile: string;
  readonly policyFile: string;
  readonly policyText: string;
  readonly targets: ReadonlyMap<string, ConfiguredTarget>;
  /** Alias to exact URL. */
  readonly issuers: Readonly<Record<string, string>>;
  readonly people: PeopleConfig;
  readonly github: GitHubConfig | undefined;
  readonly notify: NotifyConfig;
}

export type TlsConfig =
  | { readonly kind: "off" }
  | { readonly kind: "self-signed" }
  | { readonly kind: "files"; readonly cert: string; readonly key: Secret };

export interface ConfiguredTarget {
  readonly protocol: string;
  /** What the protocol's parseTarget returned. */
  readonly target: unknown;
  /** For clients' connection strings, where the protocol has one. */
  readonly database?: string;
  /** As written, every reference a Secret. */
  readonly source: Readonly<Record<string, unknown>>;
}

export interface ConfigOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly protocols: ReadonlyMap<string, Protocol>;
}

const GITHUB_ISSUER = "https://token.actions.githubusercontent.com";

/**
 * Reads gateway.yaml and the policy that it names.
 * @throws {ConfigError} with every problem of both files
 */
export function readConfig(path: string, options: ConfigOptions): GatewayConfig {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
    const why = code === "ENOENT" ? "there is no such file; check the path" : code;
    throw new ConfigError([{ file: path, line: 1, column: 1, message: `cannot be read: ${why}` }]);
  }
  return parseConfig(text, path, options);
}

/** @throws {ConfigError} */
export function parseConfig(text: string, file: string, options: ConfigOptions): GatewayConfig {
  const { root, problems } = parseYamlDocument(text, file);
  const from: References = { env: options.env, folder: dirname(resolve(file)), problems };
  const top = readObject(problems, root, {
    what: "the configuration",
    keys: ["version", "gateway", "policy", "targets", "issuers", "people", "github", "notify"],
    required: ["version", "gateway", "policy", "targets"],
  });
  const version = top?.get("version");
  if (version !== undefined) readWord(problems, version, "version", ["gate/v1"]);
  const gateway = readGateway(top?.get("gateway"), from);
  const targetsNode = top?.get("targets");
  const targets = readTargets(targetsNode, from, options.protocols);
  const issuers = readIssuers(top?.get("issuers"), problems);
  const people = readPeople(top?.get("people"), from);
  const github = readGitHub(top?.get("github"), from);
  const notify = readNotify(top?.get("notify"), from);
  const policy = readPolicyFile(top?.get("policy"), from);
  const found: ConfigProblem[] = [...problems.list];
  // With a broken configuration the policy is still read, and held against the names that were written.
  if (policy !== undefined) found.push(...policyProblems(policy, issuers, namedTargets(targetsNode, targets)));
  if (found.length > 0 || gateway === undefined || policy === undefined) throw new ConfigError(found);
  return {
    file,
    ...gateway,
    policyFile: policy.file,
    policyText: policy.text,
    targets,
    issuers,
    people,
    github,
    notify,
  };
}

/** For `gate validate`: what is in force, with every secret redacted. */
export function effectiveConfig(config: GatewayConfig): Readonly<Record<string, unknown>> {
  const { tls } = config;
  return {
    version: "gate/v1",
    gateway: {
      listen: formatListen(config.listen),
      public_url: config.publicUrl ?? `${tls.kind === "off" ? "http" : "https"}://${formatListen(config.listen)}`,
      tls: tls.kind === "files" ? { cert: tls.cert, key: REDACTED } : tls.kind,
      store: config.store.kind === "memory" ? "memory:" : `sqlite:${config.store.path}`,
      recordings: `file:${config.recordings.path}`,
      signing_key: `file:${config.signingKeyFile}`,
    },
    policy: `file:${config.policyFile}`,
    targets: Object.fromEntries([...config.targets].map(([name, target]) => [name, redact(target.source, false)])),
    issuers: Object.fromEntries(Object.entries(config.issuers).map(([alias, issuer]) => [alias, { issuer }])),
    ...(isNobody(config.people) ? {} : { people: effectivePeople(config.people) }),
    ...effectiveNotify(config.notify),
    ...(config.github === undefined
      ? {}
      : {
          github: {
            app_id: config.github.appId,
            private_key: REDACTED,
            webhook_secret: REDACTED,
            api_url: config.github.apiUrl,
          },
        }),
  };
}

function effectiveNotify({ slack, webhooks }: NotifyConfig): Readonly<Record<string, unknown>> {
  if (slack === undefined && webhooks.length === 0) return {};
  return {
    notify: {
      ...(slack === undefined
        ? {}
        : {
            slack: {
              webhook_url: REDACTED,
              ...(slack.signingSecret === undefined ? {} : { signing_secret: REDACTED }),
              ...(slack.users.size === 0 ? {} : { users: Object.fromEntries(slack.users) }),
              events: slack.events,
            },
          }),
      ...(webhooks.length === 0
        ? {}
        : { webhooks: webhooks.map(({ name, url, events }) => ({ name, url, secret: REDACTED, events })) }),
    },
  };
}

/** True for localhost, 127.0.0.0/8 and ::1. */
export function isLoopbackHost(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/.test(host);
}

export function formatListen(listen: { readonly host: string; readonly port: number }): string {
  return listen.host.includes(":") ? `[${listen.host}]:${listen.port}` : `${listen.host}:${listen.port}`;
}

type GatewaySection = Pick<GatewayConfig, "listen" | "publicUrl" | "tls" | "store" | "recordings" | "signingKeyFile">;

function readGateway(node: YamlNode | undefined, from: References): GatewaySection | undefined {
  if (node === undefined) return undefined;
  const { problems } = from;
  const view = readObject(problems, node, {
    what: "gateway",
    keys: ["listen", "public_url", "tls", "store", "recordings", "signing_key"],
  });
  if (view === undefined) return undefined;
  const listen = readListen(view.get("listen"), problems);
  const tls = readTls(view.get("tls"), from, listen);
  const publicUrl = readPublicUrl(view.get("public_url"), problems);
  const allAddresses = listen !== undefined && /^(?:0\.0\.0\.0|::)$/.test(listen.host);
  if (view.get("public_url") === undefined && allAddresses) {
    problems.add(node, "`public_url` is needed when `listen` takes every address; write the URL that jobs use");
  }
  const store = readStore(view.get("store"), from);
  const recordings = readPath(view.get("recordings"), from, "recordings", "./recordings");
  const signingKeyFile = readPath(view.get("signing_key"), from, "signing_key", "./gate.key");
  const keyNode = view.get("signing_key") ?? node;
  if (signingKeyFile !== undefined) {
    try {
      readKeyFile(signingKeyFile);
    } catch (error) {
      problems.add(keyNode, messageOf(error));
    }
  }
  if (
    listen === undefined ||
    tls === undefined ||
    store === undefined ||
    recordings === undefined ||
    signingKeyFile === undefined
  ) {
    return undefined;
  }
  return { listen, publicUrl, tls, store, recordings: { kind: "file", path: recordings }, signingKeyFile };
}

function readListen(node: YamlNode | undefined, problems: Problems): GatewayConfig["listen"] | undefined {
  if (node === undefined) return { host: "127.0.0.1", port: 8443 };
  const text = readString(problems, node, "listen");
  if (text === undefined) return undefined;
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    problems.add(node, "listen must be an address and a port, such as 127.0.0.1:8443 or [::1]:8443");
    return undefined;
  }
  return { host: (match[1] ?? match[2]) as string, port };
}

function readTls(
  node: YamlNode | undefined,
  from: References,
  listen: GatewayConfig["listen"] | undefined,
): TlsConfig | undefined {
  if (node === undefined) return { kind: "self-signed" };
  const { problems } = from;
  // YAML 1.2 reads `off` as text; a reader of YAML 1.1 habits may write false.
  if (node.type === "scalar") {
    const word = readWord(problems, node, "tls", ["self-signed", "off"]);
    if (word === "off" && listen !== undefined && !isLoopbackHost(listen.host)) {
      problems.add(
        node,
        "tls: off is for loopback addresses only; listen on 127.0.0.1 behind your proxy, or give cert and key",
      );
      return undefined;
    }
    return word === undefined ? undefined : { kind: word };
  }
  const view = readObject(problems, node, { what: "tls", keys: ["cert", "key"], required: ["cert", "key"] });
  const cert = view?.get("cert");
  const key = view?.get("key");
  if (cert === undefined || key === undefined) return undefined;
  const certText = readSecret(cert, from, "tls.cert")?.reveal();
  const keyText = readSecret(key, from, "tls.key");
  if (certText === undefined || keyText === undefined) return undefined;
  try {
    checkPair({ cert: certText, key: keyText.reveal() });
  } catch (error) {
    problems.add(cert, messageOf(error));
    return undefined;
  }
  return { kind: "files", cert: certText, key: keyText };
}

function readPublicUrl(node: YamlNode | undefined, problems: Problems): string | undefined {
  const text = node === undefined ? undefined : readString(problems, node, "public_url");
  if (node === undefined || text === undefined) return undefined;
  try {
    const url = assertSecureUrl(text, "public_url");
    if (url.pathname !== "/") problems.add(node, "public_url must have no path; write the origin alone");
    return url.origin;
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    problems.add(node, error.message);
    return undefined;
  }
}

function readStore(node: YamlNode | undefined, from: References): GatewayConfig["store"] | undefined {
  if (node === undefined) return { kind: "sqlite", path: resolve(from.folder, "gate.db") };
  const text = readString(from.problems, node, "store");
  if (text === undefined) return undefined;
  if (text === "memory:") return { kind: "memory" };
  const path = /^sqlite:(.+)$/s.exec(text)?.[1];
  if (path !== undefined) return { kind: "sqlite", path: resolve(from.folder, path) };
  from.problems.add(node, "store must be sqlite:PATH or memory:");
  return undefined;
}

function readPath(node: YamlNode | undefined, from: References, what: string, fallback: string): string | undefined {
  if (node === undefined) return resolve(from.folder, fallback);
  const text = readString(from.problems, node, what);
  if (text === undefined) return undefined;
  const path = /^file:(.+)$/s.exec(text)?.[1];
  if (path !== undefined) return resolve(from.folder, path);
  from.problems.add(node, `${what} must be file:PATH`);
  return undefined;
}

function readPolicyFile(
  node: YamlNode | undefined,
  from: References,
): { readonly file: string; readonly text: string } | undefined {
  const file = node === undefined ? undefined : readPath(node, from, "policy", "./policy.yaml");
  if (node === undefined || file === undefined) return undefined;
  try {
    if (statSync(file).size > REFERENCED_FILE_BYTES_MAX) {
      from.problems.add(
        node,
        `the policy is larger than ${REFERENCED_FILE_BYTES_MAX} bytes; split it or remove what is not used`,
      );
      return undefined;
    }
    return { file, text: readFileSync(file, "utf8") };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
    from.problems.add(node, `the policy file ${file} cannot be read (${code}); correct the path or create it`);
    return undefined;
  }
}

function readTargets(
  node: YamlNode | undefined,
  from: References,
  protocols: ReadonlyMap<string, Protocol>,
): ReadonlyMap<string, ConfiguredTarget> {
  const targets = new Map<string, ConfiguredTarget>();
  const entries = node === undefined ? undefined : readEntries(from.problems, node, "targets");
  for (const { key: name, at, value } of entries ?? []) {
    if (!NAME.test(name)) {
      from.problems.add(
        { at },
        "a target's name must be 1 to 64 letters, digits, `-`, `_` or `.`, beginning with a letter or digit",
      );
      continue;
    }
    const target = readTarget(name, value, from, protocols);
    if (target !== undefined) targets.set(name, target);
  }
  return targets;
}

function readTarget(
  name: string,
  node: YamlNode,
  from: References,
  protocols: ReadonlyMap<string, Protocol>,
): ConfiguredTarget | undefined {
  const { problems } = from;
  if (readEntries(problems, node, `target ${name}`) === undefined || node.type !== "map") return undefined;
  const named = node.entries.get("protocol");
  if (named === undefined) {
    problems.add(node, `target ${name} needs \`protocol\`${suggestion("", [...protocols.keys()])}`);
    return undefined;
  }
  const id = readWord(problems, named.value, "protocol", [...protocols.keys()]);
  const protocol = id === undefined ? undefined : protocols.get(id);
  const before = problems.count;
  const source = resolveTree(node, from) as Record<string, unknown>;
  if (protocol === undefined) return undefined;
  const { protocol: _named, ...keys } = source;
  const parse = (each: Record<string, unknown>): unknown => protocol.parseTarget(each);
  // A secret that cannot be read is told already; the other mistakes are found with something in its place.
  checkTarget(problems, { name, node, keys }, parse);
  if (problems.count > before) return undefined;
  const { database } = keys;
  return { protocol: protocol.id, target: parse(keys), source, ...(typeof database === "string" ? { database } : {}) };
}

function readIssuers(node: YamlNode | undefined, problems: Problems): Readonly<Record<string, string>> {
  const issuers: Record<string, string> = { github: GITHUB_ISSUER };
  const entries = node === undefined ? undefined : readEntries(problems, node, "issuers");
  for (const { key: alias, at, value } of entries ?? []) {
    if (!NAME.test(alias)) {
      problems.add(
        { at },
        "an issuer's name must be 1 to 64 letters, digits, `-`, `_` or `.`, beginning with a letter or digit",
      );
      continue;
    }
    const view = readObject(problems, value, { what: `issuer ${alias}`, keys: ["issuer"], required: ["issuer"] });
    const url = view?.get("issuer");
    const text = url === undefined ? undefined : readString(problems, url, "issuer");
    if (url === undefined || text === undefined) continue;
    issuers[alias] = text;
    try {
      assertSecureUrl(text, "issuer");
    } catch (error) {
      problems.add(url, messageOf(error));
    }
  }
  return issuers;
}

function policyProblems(
  policy: { readonly file: string; readonly text: string },
  issuers: Readonly<Record<string, string>>,
  targets: Readonly<Record<string, { readonly protocol: string | undefined }>> | undefined,
): readonly ConfigProblem[] {
  try {
    parsePolicy(policy.text, { file: policy.file, issuers, ...(targets === undefined ? {} : { targets }) });
    return [];
  } catch (error) {
    if (error instanceof PolicyError) return error.problems;
    throw error;
  }
}

/** Every target that the file names, also one that could not be read; undefined where there is no list of them. */
function namedTargets(
  node: YamlNode | undefined,
  targets: ReadonlyMap<string, ConfiguredTarget>,
): Readonly<Record<string, { readonly protocol: string | undefined }>> | undefined {
  if (node?.type !== "map") return undefined;
  return Object.fromEntries([...node.entries.keys()].map((name) => [name, { protocol: targets.get(name)?.protocol }]));
}

/** What the policy needs to know of the targets. */
export function policyTargets(
  targets: ReadonlyMap<string, ConfiguredTarget>,
): Readonly<Record<string, { readonly protocol: string }>> {
  return Object.fromEntries([...targets].map(([name, { protocol }]) => [name, { protocol }]));
}

/** Secrets are redacted by their type, and by their key where somebody wrote one out. */
function redact(value: unknown, inside: boolean): unknown {
  if (value instanceof Secret) return REDACTED;
  if (Array.isArray(value)) return value.map((item) => redact(item, inside));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [
        key,
        key === "username" ? redact(member, false) : redact(member, inside || SECRET_KEYS.test(key)),
      ]),
    );
  }
  return inside ? REDACTED : value;
}

const SECRET_KEYS = /^(?:credential|password|token|secret|private_key|headers)$/;
const REDACTED = "[redacted]";
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
