/**
 * From what a test says of a command (`sql: …`, `http: …`) to its facts, through the classifiers that the gateway
 * itself uses. Pure, once the SQL grammar is loaded.
 */
import type { Fact, Facts, MapFact, SetFact } from "@gate/contract";
import {
  kindSpec,
  readBoolean,
  readObject,
  readOneOrMore,
  readString,
  readWord,
  suggestion,
  type CommandFacts,
  type CommandReader,
  type Grant,
  type Problems,
  type YamlNode,
} from "@gate/policy";
import {
  agentFacts,
  execFacts,
  forwardFacts,
  listenFacts,
  sftpFacts,
  shellFacts,
  socketFacts,
  subsystemFacts,
  x11Facts,
} from "@gate/protocols/ssh/classify";
import { classify as classifyHttp } from "@gate/protocols/http/classify";
import { factsOf as mcpFacts } from "@gate/protocols/mcp/classify";
import { readRequestHead } from "@gate/protocols/web/request-head";
import { readJsonPaths } from "@gate/masking";
import { analyse, resolveMasks } from "@gate/sql";
import { GateError } from "@gate/base";
import { guessCatalogue, toCatalogue, type DeclaredCatalogue } from "./catalogue.ts";

/** The keys that a test may name its command with. */
export const COMMAND_KEYS = ["sql", "http", "kube", "exec", "sftp", "ssh", "mcp"] as const;

export type CommandKey = (typeof COMMAND_KEYS)[number];

/** `catalogue`: declared by the test file; otherwise each statement gets one that is guessed. */
export function commandReaders(catalogue?: DeclaredCatalogue): ReadonlyMap<string, CommandReader> {
  const declared = catalogue === undefined ? undefined : { ...catalogue, built: toCatalogue(catalogue) };
  const plain = (read: (problems: Problems, node: YamlNode, grant: Grant) => Facts | undefined): CommandReader => {
    return ({ problems, node, grant }) => {
      const facts = read(problems, node, grant);
      return facts && { facts };
    };
  };
  return new Map<CommandKey, CommandReader>([
    ["sql", (context) => readSql(context.problems, context.node, context.grant, declared)],
    ["http", plain(readHttp)],
    ["kube", plain(readApiRequest)],
    ["exec", masked(plain(readExec))],
    ["sftp", masked(plain(readSftp))],
    ["ssh", masked(plain(readChannel))],
    ["mcp", plain(readToolCall)],
  ]);
}

/** What a program prints can be searched for values; files, connections and subsystems pass as they are. */
function masked(read: CommandReader): CommandReader {
  return (context) => {
    const command = read(context);
    const { masks } = context.grant;
    if (command === undefined || masks.length === 0) return command;
    const { operation, sftp } = command.facts.fields;
    const names = (fact: Fact | undefined) => (fact?.type === "set" ? fact.items.map(({ name }) => name) : []);
    const prints = names(operation).some((name) => name === "exec" || name === "shell");
    const other = masks.find(({ kind }) => kind !== "detect");
    if (prints && other === undefined) return command;
    if (prints) return { ...command, refusal: `a ${other?.kind} mask cannot be applied to what a program prints` };
    const silent = names(sftp).length > 0 && !names(sftp).some((name) => SHOWING.includes(name));
    return silent ? command : { ...command, refusal: "masks cannot be applied to what passes as it is" };
  };
}

function readSql(
  problems: Problems,
  node: YamlNode,
  grant: Grant,
  declared: (DeclaredCatalogue & { readonly built: ReturnType<typeof toCatalogue> }) | undefined,
): CommandFacts | undefined {
  const text = readString(problems, node, "`sql`");
  if (text === undefined) return undefined;
  const catalogue = declared?.built ?? toCatalogue(guessCatalogue(grant, text));
  const analysis = analyse(text, {
    catalogue,
    searchPath: declared?.searchPath ?? ["public"],
    temporary: new Set(),
    prepared: () => undefined,
    cursor: () => undefined,
  });
  if (analysis.syntaxError !== undefined) {
    problems.add(node, `the SQL does not parse: ${analysis.syntaxError.message}`);
    return undefined;
  }
  const { masked, problems: unknown } = resolveMasks(grant.masks, catalogue);
  if (masked.byColumn.size === 0 && unknown.length === 0) return { facts: analysis.facts };
  const masks = analysis.masks(masked);
  const refusal = unknown.length > 0 ? `a mask does not fit the catalogue: ${unknown.join("; ")}` : masks.refusal;
  const facts = withPredicates(analysis.facts, masks);
  return refusal === undefined ? { facts } : { facts, refusal };
}

/** Conditions over masked columns tell their values: the policy has rules about them. */
function withPredicates(facts: Facts, masks: ReturnType<ReturnType<typeof analyse>["masks"]>): Facts {
  const add = (to: Facts, names: readonly string[]): Facts =>
    names.length === 0 ? to : { ...to, fields: { ...to.fields, predicates: set(names) } };
  const whole = add(facts, masks.predicates);
  if (facts.parts === undefined) return whole;
  const parts = facts.parts.map((part, place) => add(part, masks.statements[place]?.predicates ?? masks.predicates));
  return { ...whole, parts };
}

/** `"POST /v1/refunds?x=1"`, or `{method, path, query, headers, body, upgrade}`; a body is JSON. */
function readHttp(problems: Problems, node: YamlNode, grant: Grant): Facts | undefined {
  const request = httpRequest(problems, node);
  if (request === undefined) return undefined;
  const { method, target, headers, body, upgrade } = request;
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const rawHeaders = ["host", AUTHORITY, ...headers.flat()];
  const typed = headers.some(([name]) => name.toLowerCase() === "content-type");
  if (bytes !== undefined) {
    rawHeaders.push("content-length", String(bytes.length), ...(typed ? [] : ["content-type", "application/json"]));
  }
  const askedOf = (field: string): readonly string[] => grant.asked.get(field) ?? [];
  return refusing(problems, node, () =>
    classifyHttp({
      head: readRequestHead({ method, target, version: "1.1", rawHeaders }, AUTHORITY),
      upgrade: upgrade ? "websocket" : undefined,
      asked: { headers: askedOf("headers"), query: askedOf("query"), body: askedOf("body") },
      body: bytes ?? Buffer.alloc(0),
    }),
  );
}

function httpRequest(problems: Problems, node: YamlNode) {
  if (node.type !== "map") {
    const text = readString(problems, node, "`http`");
    const match = text === undefined ? null : /^([A-Za-z]+) (\S+)$/.exec(text);
    if (text !== undefined && match === null)
      problems.add(node, "write a request as `GET /v1/orders`, or as a mapping");
    if (match === null) return undefined;
    return { method: match[1] ?? "", target: match[2] ?? "", headers: [], body: undefined, upgrade: false };
  }
  const view = readObject(problems, node, {
    what: "`http`",
    keys: ["method", "path", "query", "headers", "body", "upgrade"],
    required: ["method", "path"],
  });
  const methodNode = view?.get("method");
  const pathNode = view?.get("path");
  const method = methodNode && readString(problems, methodNode, "`method`");
  const path = pathNode && readString(problems, pathNode, "`path`");
  const query = new URLSearchParams(pairs(problems, view?.get("query"), "`query`"));
  const headers = pairs(problems, view?.get("headers"), "`headers`");
  const upgradeNode = view?.get("upgrade");
  const upgrade = upgradeNode && readWord(problems, upgradeNode, "`upgrade`", ["websocket"] as const);
  if (method === undefined || path === undefined) return undefined;
  const bodyNode = view?.get("body");
  const suffix = query.size === 0 ? "" : `${path.includes("?") ? "&" : "?"}${query.toString()}`;
  return {
    method,
    target: `${path}${suffix}`,
    headers,
    body: bodyNode === undefined ? undefined : plain(bodyNode),
    upgrade: upgrade === "websocket",
  };
}

/** A command line as one string, or as a list of words. */
function readExec(problems: Problems, node: YamlNode): Facts | undefined {
  if (node.type === "list") {
    const words = readOneOrMore(problems, node, "`exec`", (item) => readString(problems, item, "a word of `exec`"));
    return words && execFacts(words.map(quoteWord).join(" "), { pty: false });
  }
  const text = readString(problems, node, "`exec`");
  return text === undefined ? undefined : execFacts(text, { pty: false });
}

/** `"read /var/log/app/x.log"`, or `{operation, path}`; both may be lists. */
function readSftp(problems: Problems, node: YamlNode): Facts | undefined {
  if (node.type !== "map") {
    const [operation, path, ...rest] = (readString(problems, node, "`sftp`") ?? "").split(" ");
    if (operation === undefined || path === undefined || rest.length > 0) {
      if (node.type === "scalar") problems.add(node, "write an operation and its path, as in `read /var/log/x`");
      return undefined;
    }
    return sftpOf(problems, node, [operation], [path]);
  }
  const view = readObject(problems, node, {
    what: "`sftp`",
    keys: ["operation", "path"],
    required: ["operation", "path"],
  });
  const operations = texts(problems, view?.get("operation"), "`operation`");
  const paths = texts(problems, view?.get("path"), "`path`");
  return operations === undefined || paths === undefined ? undefined : sftpOf(problems, node, operations, paths);
}

function sftpOf(problems: Problems, node: YamlNode, operations: readonly string[], paths: readonly string[]) {
  // A misspelt one would be denied, and a test that expects that would pass.
  const spec = kindSpec("ssh")?.matchers.get("sftp");
  const known = (spec?.type === "set" ? spec.names : undefined) ?? [];
  const unknown = operations.find((name) => !known.includes(name) && !name.startsWith("extended:"));
  if (unknown !== undefined) {
    problems.add(node, `there is no operation \`${unknown}\`${suggestion(unknown, known)}`);
    return undefined;
  }
  const crooked = paths.find((path) => !path.startsWith("/") || /\/\.{0,2}(?:\/|$)/.test(path));
  if (crooked !== undefined) {
    problems.add(node, `\`${crooked}\` is not absolute and canonical, as paths are when they are judged`);
    return undefined;
  }
  return sftpFacts({ operations, paths });
}

/** What else a channel can be: exactly one of these. */
function readChannel(problems: Problems, node: YamlNode): Facts | undefined {
  const keys = ["shell", "subsystem", "forward", "listen", "socket", "agent", "x11"] as const;
  const view = readObject(problems, node, { what: "`ssh`", keys });
  const used = keys.filter((key) => view?.get(key) !== undefined);
  const [key] = used;
  const value = key && view?.get(key);
  if (key === undefined || value === undefined || used.length > 1) {
    if (view !== undefined) problems.add(node, `write exactly one of ${keys.join(", ")}`);
    return undefined;
  }
  if (key === "shell" || key === "agent" || key === "x11") {
    if (readBoolean(problems, value, `\`${key}\``) !== true) return undefined;
    if (key === "shell") return shellFacts({ pty: true });
    return key === "agent" ? agentFacts() : x11Facts();
  }
  const text = readString(problems, value, `\`${key}\``);
  if (text === undefined) return undefined;
  if (key === "subsystem") return subsystemFacts(text, { pty: false });
  if (key === "listen") return listenFacts(text);
  if (key === "socket") return socketFacts(text);
  const port = /^(.*):(\d{1,5})$/.exec(text);
  if (port === null) {
    problems.add(value, "write host and port, as in `db.internal:5432`");
    return undefined;
  }
  return forwardFacts(port[1] ?? "", Number(port[2]));
}

/** Facts straight from the test: what a request on API objects says. */
function readApiRequest(problems: Problems, node: YamlNode): Facts | undefined {
  const view = readObject(problems, node, {
    what: "`kube`",
    keys: ["verb", "resource", "subresource", "namespace", "name"],
    required: ["verb", "resource"],
  });
  if (view === undefined) return undefined;
  const read = (key: "verb" | "resource" | "subresource" | "namespace" | "name"): SetFact => {
    const value = view.get(key);
    const text = value && readString(problems, value, `\`${key}\``);
    return set(text === undefined ? [] : [text]);
  };
  const before = problems.count;
  const fields = {
    verb: read("verb"),
    resource: read("resource"),
    subresource: read("subresource"),
    namespace: read("namespace"),
    name: read("name"),
  };
  if (problems.count > before || view.get("verb") === undefined || view.get("resource") === undefined) return undefined;
  const reading = ["get", "list", "watch"].includes(fields.verb.items[0]?.name ?? "");
  return { kind: "kubernetes", classified: true, housekeeping: false, writes: !reading, fields };
}

/** `{tool: search, arguments: {…}}`, `{resource: uri}`, `{prompt: name}` or `{method: tools/list}`. */
function readToolCall(problems: Problems, node: YamlNode, grant: Grant): Facts | undefined {
  const view = readObject(problems, node, {
    what: "`mcp`",
    keys: ["method", "tool", "arguments", "resource", "prompt", "definition"],
  });
  if (view === undefined) return undefined;
  const read = (key: "method" | "tool" | "resource" | "prompt") => {
    const value = view.get(key);
    return value && readString(problems, value, `\`${key}\``);
  };
  const before = problems.count;
  const [tool, resource, prompt] = [read("tool"), read("resource"), read("prompt")];
  const implied =
    tool !== undefined
      ? "tools/call"
      : resource !== undefined
        ? "resources/read"
        : prompt !== undefined
          ? "prompts/get"
          : undefined;
  const method = read("method") ?? implied;
  const definitionNode = view.get("definition");
  const definition =
    definitionNode && readWord(problems, definitionNode, "`definition`", ["known", "new", "changed"] as const);
  if (method === undefined) problems.add(node, "write `tool`, `resource`, `prompt` or `method`");
  if (problems.count > before || method === undefined) return undefined;
  const arguments_ = tool === undefined && prompt === undefined ? undefined : view.get("arguments");
  return mcpFacts({
    method,
    ...(tool === undefined ? {} : { tool, definition: definition ?? "known" }),
    ...(resource === undefined ? {} : { resources: [resource] }),
    ...(prompt === undefined ? {} : { prompt }),
    ...(tool === undefined && prompt === undefined
      ? {}
      : { arguments: argumentFacts(arguments_, grant.asked.get("arguments") ?? []) }),
  });
}

function argumentFacts(node: YamlNode | undefined, asked: readonly string[]): MapFact {
  const bytes = Buffer.from(JSON.stringify(node === undefined ? {} : plain(node)));
  const { values, unknown, complete } = readJsonPaths(bytes, asked);
  return { type: "map", entries: values, unknown, complete };
}

/** What the classifier refuses outright is a mistake of the test. */
function refusing(problems: Problems, node: YamlNode, make: () => Facts): Facts | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    problems.add(node, `the gateway refuses this before any rule: ${error.message}`);
    return undefined;
  }
}

function pairs(problems: Problems, node: YamlNode | undefined, what: string): [string, string][] {
  if (node === undefined) return [];
  if (node.type !== "map") {
    problems.add(node, `${what} must be a mapping`);
    return [];
  }
  return [...node.entries.values()].flatMap(({ key, value }) =>
    (texts(problems, value, what) ?? []).map((text): [string, string] => [key, text]),
  );
}

function texts(problems: Problems, node: YamlNode | undefined, what: string): readonly string[] | undefined {
  if (node === undefined) return undefined;
  return readOneOrMore(problems, node, what, (item) =>
    item.type === "scalar" && item.value !== null ? item.text : readString(problems, item, what),
  );
}

/** A YAML node as JSON's value. */
function plain(node: YamlNode): unknown {
  switch (node.type) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(plain);
    case "map":
      return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plain(value)]));
    case "invalid":
      return null;
  }
}

/** A word that every shell reads as itself. */
function quoteWord(word: string): string {
  return /^[A-Za-z0-9_./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function set(names: readonly string[]): SetFact {
  return { type: "set", items: names.map((name) => ({ name })), complete: true };
}

/** Operations on files whose answers show what is in them. */
const SHOWING: readonly string[] = ["read", "list"];

/** The host of requests in tests; it stands in no fact. */
const AUTHORITY = "target.test";
