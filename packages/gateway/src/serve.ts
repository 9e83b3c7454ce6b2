/** What `gate serve` and `gate validate` do. Touches the process: signals, output, exit. */
import { messageOf } from "@gate/base";
import { parsePolicy } from "@gate/policy";
import { protocols } from "@gate/protocols";
import { stringify } from "yaml";
import { effectiveConfig, readConfig, type GatewayConfig } from "./config.ts";
import { createGateway, type Gateway } from "./gateway.ts";
import { createLog, type Log } from "./log.ts";
import { fourEyesGaps } from "./people/four-eyes.ts";
import type { ExplainCommand } from "./web/explain.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws {ConfigError} with every problem of gateway.yaml and of the policy that it names */
export async function loadConfig(path: string, env: Environment): Promise<GatewayConfig> {
  return readConfig(path, { env, protocols });
}

/**
 * `gate validate`: what would be in force, as an object and as YAML, with secrets redacted; and what the operator should know
 * of it.
 * @throws {ConfigError}
 */
export async function validate(options: { readonly config: string; readonly env: Environment }): Promise<{
  readonly effective: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly warnings: readonly string[];
}> {
  const config = await loadConfig(options.config, options.env);
  const effective = effectiveConfig(config);
  return { effective, text: stringify(effective), warnings: warningsOf(config) };
}

function warningsOf(config: GatewayConfig): readonly string[] {
  const policy = parsePolicy(config.policyText, { file: config.policyFile, issuers: config.issuers });
  return fourEyesGaps(config.people, policy);
}

/**
 * Runs a gateway until SIGTERM or SIGINT; the second signal ends the process at once.
 * @param options.config path of gateway.yaml
 * @param options.onReady called once it listens
 * @returns the exit code
 * @throws {ConfigError} {GatewayError} when it cannot start
 */
export async function serve(options: {
  readonly config: string;
  readonly env: Environment;
  readonly log?: Log;
  readonly webFolder?: string;
  readonly explainCommand?: ExplainCommand;
  readonly print?: (line: string) => void;
  readonly onReady?: (gateway: Gateway) => void;
}): Promise<number> {
  const log = options.log ?? createLog();
  const print = options.print ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const config = await loadConfig(options.config, options.env);
  const gateway = await createGateway({
    config,
    policyText: config.policyText,
    policyFile: config.policyFile,
    log,
    // Not a drain: that would end sessions and seal recordings that are the other gateway's now.
    onLost: () => process.exit(1),
    ...(options.webFolder === undefined ? {} : { webFolder: options.webFolder }),
    ...(options.explainCommand === undefined ? {} : { explainCommand: options.explainCommand }),
  });
  for (const warning of warningsOf(config)) log.warn({}, warning);
  await gateway.listen();
  // In one piece: whoever waits for the first line has the others, too.
  print(
    [
      `gate: listening on ${gateway.url} (public URL ${gateway.publicUrl})`,
      `gate: recordings verify with ${gateway.vkey}`,
      ...(gateway.certificateFile === undefined
        ? []
        : [`gate: self-signed certificate; give jobs gateway-ca: ${gateway.certificateFile}`]),
    ].join("\n"),
  );
  options.onReady?.(gateway);
  return new Promise((resolve) => {
    let signals = 0;
    const finish = (code: number): void => {
      process.off("SIGTERM", stop).off("SIGINT", stop);
      // What could not be closed in time must not keep the process.
      setTimeout(() => process.exit(code), EXIT_MS).unref();
      resolve(code);
    };
    const stop = (signal: NodeJS.Signals): void => {
      signals += 1;
      if (signals > 1) process.exit(1);
      gateway.drain(signal).then(
        () => finish(0),
        (error: unknown) => {
          log.error({ error: messageOf(error) }, "the gateway did not shut down cleanly");
          finish(1);
        },
      );
    };
    process.on("SIGTERM", stop).on("SIGINT", stop);
  });
}

const EXIT_MS = 1_000;
