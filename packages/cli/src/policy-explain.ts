/** `gate policy explain`: why one command would be allowed, held or denied. Reads files only. */
import type { CommandKey, Explained } from "@gate/job/policy";
import type { Obligation } from "@gate/contract";
import { Option, type Command } from "commander";
import { CommandError, EXIT, print, printJson, table, visible } from "./output.ts";
import { gatewayNames, needText } from "./policy.ts";

type Options = { readonly [K in CommandKey]?: string } & {
  readonly as?: string;
  readonly grant: string;
  readonly catalogue?: string;
  readonly config?: string;
  readonly json?: boolean;
};

const EXAMPLES: Readonly<Record<CommandKey, string>> = {
  sql: "an SQL text",
  http: "a request: 'POST /v1/refunds' or '{method: POST, path: /v1/refunds, body: {amount: 5}}'",
  kube: "'{verb: create, resource: pods, subresource: exec, namespace: shop}'",
  exec: "a command line",
  sftp: "'read /var/log/app/x.log'",
  ssh: "'{shell: true}' or '{forward: \"db.internal:5432\"}'",
  mcp: "'{tool: search, arguments: {q: x}}'",
};

const COMMAND_KEYS = Object.keys(EXAMPLES) as readonly CommandKey[];

export function addPolicyExplain(policy: Command): void {
  const command = policy
    .command("explain <file>")
    .description("why a command would be allowed, held or denied: for each rule the first matcher that failed")
    .requiredOption("--grant <name>", "the grant that it goes over")
    .option("--as <name>", "the trust rule of the job: checks that it gives the grant");
  for (const key of COMMAND_KEYS) command.addOption(new Option(`--${key} <command>`, EXAMPLES[key]));
  command
    .option("--catalogue <file>", "a .test.yaml whose `catalogue` says which tables there are")
    .option("--config <file>", "gateway.yaml: names of issuers and targets")
    .option("--json", "print JSON, with the facts")
    .addHelpText(
      "after",
      "\nExample: gate policy explain policy.yaml --as deploy-prod --grant orders-db --sql 'UPDATE orders SET paid = true'\nExit: 0 allowed, held or only observed, 1 denied, 2 wrong use",
    )
    .action(async (file: string, options: Options) => {
      const { catalogueOf, explainCommand } = await import("@gate/job/policy");
      const { formatProblems, parsePolicy } = await import("@gate/policy");
      const used = COMMAND_KEYS.filter((key) => options[key] !== undefined);
      const [key] = used;
      if (key === undefined || used.length > 1) {
        throw new CommandError(
          EXIT.usage,
          `give exactly one command: ${COMMAND_KEYS.map((each) => `--${each}`).join(", ")}`,
        );
      }
      const names = await gatewayNames(options.config);
      const parsed = parsePolicy(needText(file), { file, ...names });
      const declared =
        options.catalogue === undefined ? undefined : catalogueOf(needText(options.catalogue), options.catalogue);
      if (declared !== undefined && declared.problems.length > 0) {
        throw new CommandError(EXIT.usage, formatProblems(declared.problems));
      }
      const answer = await explainCommand(parsed, {
        grant: options.grant,
        key,
        command: options[key] ?? "",
        ...(options.as === undefined ? {} : { as: options.as }),
        ...(declared?.catalogue === undefined ? {} : { catalogue: declared.catalogue }),
      });
      if ("problems" in answer) {
        throw new CommandError(EXIT.usage, answer.problems.map(({ message }) => message).join("\n"));
      }
      if (options.json === true) printJson(answer);
      else describe(answer);
      if (answer.verdict.kind === "deny" && !answer.observed) process.exitCode = EXIT.no;
    });
}

function describe({ verdict, observed, rules, obligations, facts }: Explained): void {
  const approval = verdict.kind === "hold" ? `, approval \`${verdict.approval.name}\`` : "";
  print(`${verdict.kind} by ${verdict.rules.join(", ")}${approval}${observed ? " (only observed, not enforced)" : ""}`);
  if (verdict.kind === "deny") print(`message  ${visible(verdict.message)}`);
  if (verdict.kind === "deny" && verdict.hint !== undefined) print(`hint     ${visible(verdict.hint)}`);
  if (!facts.classified) print(`unclassified: ${visible(facts.unclassifiedReason ?? "")}`);
  print("");
  print(
    table(
      ["RULE", "EFFECT", "OUTCOME", "FIRST FAILED"],
      rules.map(({ rule, effect, outcome, failed }) => [rule, effect, outcome, failed ?? ""]),
    ),
  );
  for (const line of obligations.flatMap(describeObligation)) print(line);
}

function describeObligation(obligation: Obligation): readonly string[] {
  if (obligation.kind === "limit") {
    const limits = Object.entries(obligation.limits).map(([name, value]) => `${name} ${String(value)}`);
    return [`limits   ${limits.join(", ")}`];
  }
  return obligation.masks.map((mask) => {
    const where = mask.kind === "column" ? mask.column : mask.kind === "json" ? mask.path : mask.detectors.join(", ");
    return `mask     ${mask.kind} ${where}: ${mask.action.kind}`;
  });
}
