/**
 * POST /v1/policy/explain: why the policy in force would allow, hold or deny one command. Nothing is run and nobody is
 * asked: SQL is read without the target's catalogue, as `gate policy explain` reads it.
 */
import type { Verdict } from "@gate/contract";
import { PolicyError, type Explanation, type Policy } from "@gate/policy";
import type { FastifyInstance } from "fastify";
import { requirePerson } from "../people/authenticate.ts";
import { Problem } from "../problem.ts";
import type { GatewayState } from "../state.ts";

const COMMAND_KEYS = ["sql", "http", "mcp", "exec", "sftp", "ssh", "kube"] as const;

export interface ExplainQuestion {
  readonly as?: string;
  readonly grant: string;
  readonly key: (typeof COMMAND_KEYS)[number];
  readonly command: string;
}

/** What can read commands of every kind; handed in, because the parsers for it lie above the gateway. */
export type ExplainCommand = (
  policy: Policy,
  question: ExplainQuestion,
) => Promise<
  | {
      readonly verdict: Verdict;
      readonly observed: boolean;
      readonly rules: readonly Explanation[];
      readonly facts: { readonly classified: boolean; readonly unclassifiedReason?: string };
    }
  | { readonly problems: readonly { readonly message: string }[] }
>;

export interface ExplainView {
  readonly verdict: Verdict["kind"];
  readonly rules: readonly string[];
  readonly message?: string;
  readonly hint?: string;
  readonly approval?: string;
  readonly observed: boolean;
  readonly unclassified?: string;
  /** `assumed`: tables and columns were taken as the text and the policy name them, not from the target. */
  readonly catalogue?: "assumed";
  readonly explanations: readonly Explanation[];
}

export function addExplain(app: FastifyInstance, state: GatewayState): void {
  const { explainCommand } = state;
  app.post("/v1/policy/explain", { bodyLimit: EXPLAIN_BYTES_MAX }, async (request): Promise<ExplainView> => {
    await requirePerson(state, request);
    if (explainCommand === undefined) {
      throw new Problem(501, "not_available", "this gateway was started without what reads commands for explanations");
    }
    const question = readQuestion(request.body);
    const answer = await explainCommand(state.policy, question).catch((error: unknown) => {
      if (error instanceof PolicyError) return { problems: error.problems };
      throw error;
    });
    if ("problems" in answer) {
      const why = answer.problems.map(({ message }) => message).join("; ");
      throw new Problem(400, "not_explained", why === "" ? "the command cannot be read" : why);
    }
    const { verdict, observed, rules, facts } = answer;
    return {
      verdict: verdict.kind,
      rules: verdict.rules,
      ...(verdict.kind === "deny" ? { message: verdict.message } : {}),
      ...(verdict.kind === "deny" && verdict.hint !== undefined ? { hint: verdict.hint } : {}),
      ...(verdict.kind === "hold" ? { approval: verdict.approval.name } : {}),
      observed,
      ...(facts.classified ? {} : { unclassified: facts.unclassifiedReason ?? "" }),
      ...(question.key === "sql" ? { catalogue: "assumed" as const } : {}),
      explanations: rules,
    };
  });
}

function readQuestion(body: unknown): ExplainQuestion {
  const members = body !== null && typeof body === "object" && !Array.isArray(body) ? Object.entries(body) : [];
  const text = new Map<string, string>();
  for (const [name, value] of members) {
    if (typeof value !== "string" || !KNOWN.has(name)) throw wrong();
    text.set(name, value);
  }
  const keys = COMMAND_KEYS.filter((key) => text.has(key));
  const [key] = keys;
  const grant = text.get("grant");
  if (key === undefined || keys.length > 1 || grant === undefined) throw wrong();
  const as = text.get("as");
  return { grant, key, command: text.get(key) ?? "", ...(as === undefined || as === "" ? {} : { as }) };
}

function wrong(): Problem {
  return new Problem(
    400,
    "invalid_request",
    `send {"grant": name, "as": trust rule (optional), and one of ${COMMAND_KEYS.join(", ")}: text}`,
  );
}

const KNOWN: ReadonlySet<string> = new Set(["as", "grant", ...COMMAND_KEYS]);
/** Bytes of a question about one command. */
const EXPLAIN_BYTES_MAX = 65_536;
