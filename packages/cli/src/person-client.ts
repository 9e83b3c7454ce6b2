/** A person's requests to a gateway, with their token. Touches the network. */
import { readFileSync } from "node:fs";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { messageOf } from "@gate/base";
import { createGatewayClient, parseGatewayUrl, type Answer, type GatewayClient } from "@gate/job";
import type { Command } from "commander";
import { credentialsFile, savedLogin } from "./credentials.ts";
import { CommandError, EXIT, inOptions, visible } from "./output.ts";

export interface PersonOptions {
  readonly gateway?: string;
  readonly tokenFile?: string;
  readonly ca?: string;
  readonly json?: boolean;
}

export function withPersonOptions(command: Command): Command {
  return withGatewayOptions(command).option(
    "--token-file <file>",
    "file with your token (default: $GATE_TOKEN_FILE, else what gate login saved)",
  );
}

export function withGatewayOptions(command: Command): Command {
  return command
    .option("--gateway <url>", "the gateway's address (default: $GATE_GATEWAY)")
    .option("--ca <file>", "PEM of the authority to trust (default: $GATE_CA_FILE)")
    .option("--json", "print JSON");
}

export function gatewayUrl(options: PersonOptions): URL {
  const gateway = options.gateway ?? process.env["GATE_GATEWAY"];
  if (gateway === undefined) {
    throw new CommandError(EXIT.usage, "which gateway? Give --gateway URL or set GATE_GATEWAY");
  }
  return parseGatewayUrl(gateway);
}

/** @throws {CommandError} no when the gateway says no; unknown when it cannot be asked */
export async function ask<T>(options: PersonOptions, method: "GET" | "POST", path: string, json?: unknown): Promise<T> {
  const url = gatewayUrl(options);
  const authorization = `Bearer ${personToken(options, url)}`;
  return withClient(options, url, async (client) => {
    const answer = await client.send(method, new URL(path, url).href, {
      headers: { authorization },
      ...(json === undefined ? {} : { json }),
    });
    return accepted<T>(answer);
  });
}

export async function withClient<T>(
  options: PersonOptions,
  url: URL,
  run: (client: GatewayClient) => Promise<T>,
): Promise<T> {
  const ca = options.ca ?? process.env["GATE_CA_FILE"];
  const client = createGatewayClient({ url, ...(ca === undefined ? {} : { ca: readCertificate(ca) }) });
  try {
    return await run(client);
  } catch (error) {
    throw error instanceof CommandError ? error : new CommandError(EXIT.unknown, inOptions(messageOf(error)));
  } finally {
    client.close();
  }
}

/** @throws {CommandError} with what the gateway said */
export function accepted<T>(answer: Answer): T {
  if (answer.status >= 200 && answer.status <= 299) return answer.body as T;
  const problem = answer.body as { detail?: unknown; title?: unknown } | undefined;
  const said = problem?.detail ?? problem?.title ?? `status ${answer.status}`;
  throw new CommandError(answer.status >= 500 ? EXIT.unknown : EXIT.no, visible(typeof said === "string" ? said : ""));
}

/**
 * Server-sent events of one stream, until it ends or `signal` aborts; `onEvent` gets each event's name and data.
 * @throws {CommandError} like `ask`, and unknown when the stream breaks
 */
export async function follow(
  options: PersonOptions,
  path: string,
  onEvent: (name: string, data: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const url = gatewayUrl(options);
  const ca = options.ca ?? process.env["GATE_CA_FILE"];
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  const headers = { accept: "text/event-stream", authorization: `Bearer ${personToken(options, url)}` };
  const tls = ca === undefined ? {} : { ca: readCertificate(ca) };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = send(new URL(path, url), { headers, agent: false, rejectUnauthorized: true, ...tls }, resolve);
    request.setTimeout(SILENCE_MS_MAX, () => request.destroy(new Error("the gateway fell silent")));
    request.once("error", reject).end();
  }).catch((error: unknown) => {
    throw new CommandError(EXIT.unknown, messageOf(error));
  });
  let rest = "";
  signal?.addEventListener("abort", () => response.destroy());
  try {
    for await (const chunk of response.setEncoding("utf8")) {
      rest += chunk as string;
      if (rest.length > EVENT_CHARS_MAX) throw new Error("an event is too large");
      if (response.statusCode !== 200) continue;
      const events = rest.split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) {
        const name = fieldOf(event, "event");
        if (name !== undefined) onEvent(name, fieldOf(event, "data") ?? "");
      }
    }
  } catch (error) {
    if (signal?.aborted === true) return;
    throw new CommandError(EXIT.unknown, messageOf(error));
  }
  if (response.statusCode !== 200) accepted({ status: response.statusCode ?? 0, body: parsed(rest) });
}

/** Not by a pattern: to those U+2028 in a command's text ends a line too. */
function fieldOf(event: string, name: string): string | undefined {
  const line = event.split("\n").find((each) => each.startsWith(`${name}: `));
  return line?.slice(name.length + 2);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** PEM, or wrong use: another file would only make the gateway look unknown. */
export function readCertificate(file: string): string {
  const text = readText(file);
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new CommandError(EXIT.usage, `${file} holds no certificate: give PEM text, with BEGIN CERTIFICATE`);
}

export function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandError(EXIT.usage, `cannot read ${file}: ${messageOf(error)}`);
  }
}

function personToken(options: PersonOptions, url: URL): string {
  const tokenFile = options.tokenFile ?? process.env["GATE_TOKEN_FILE"];
  if (tokenFile !== undefined) {
    const token = readText(tokenFile).trim();
    if (token === "") throw new CommandError(EXIT.usage, `${tokenFile} is empty: write your token into it`);
    return token;
  }
  const login = savedLogin(credentialsFile(process.env), url);
  if (login === undefined) {
    throw new CommandError(
      EXIT.usage,
      `who are you? Run gate login --gateway ${url.origin}, give --token-file FILE, or set GATE_TOKEN_FILE`,
    );
  }
  if (Date.parse(login.expires_at) <= Date.now()) {
    throw new CommandError(EXIT.no, `your login is over: run gate login --gateway ${url.origin} again`);
  }
  return login.token;
}

/** Milliseconds without a byte: the gateway sends a sign of life every fifteen seconds. */
const SILENCE_MS_MAX = 60_000;
/** Characters of one event: an entry is at most a mebibyte. */
const EVENT_CHARS_MAX = 4 * 1024 * 1024;
