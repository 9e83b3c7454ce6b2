/** What a verdict costs without any socket: classification and decision, once known and once new. */
import { decide, parsePolicy } from "@gate/policy";
import { analyse, buildCatalogue, loadParser } from "@gate/sql";
import { NO_ROWS } from "../../packages/sql/src/testing.ts";

export interface CostRow {
  readonly row: string;
  readonly path: string;
  readonly against: string;
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  readonly cpuMicros: number;
}

/** Ratios are against the targets of this repository: 2 µs for a known command, 150 µs for a new one. */
export async function decideCosts(): Promise<CostRow[]> {
  await loadParser();
  const policy = parsePolicy(POLICY, { file: "policy.yaml", issuers: { i: "https://issuer.test" } });
  const grant = policy.grants.get("g");
  if (grant === undefined) throw new Error("the policy has no grant");
  const catalogue = buildCatalogue(CATALOGUE_ROWS);
  const environment = {
    catalogue,
    searchPath: ["public"],
    temporary: new Set<string>(),
    prepared: () => undefined,
    cursor: () => undefined,
  };
  const { facts } = analyse("SELECT abalance FROM pgbench_accounts WHERE aid = 1", environment);
  const known = timed(200_000, () => decide(grant, facts));
  let literal = 0;
  const fresh = timed(20_000, () => {
    literal += 1;
    return decide(grant, analyse(`SELECT abalance FROM pgbench_accounts WHERE aid = ${literal}`, environment).facts);
  });
  return [costRow("decide, facts known", known, 2), costRow("classify and decide, new text", fresh, 150)];
}

function costRow(row: string, samples: readonly number[], target: number): CostRow {
  const sorted = [...samples].sort((a, b) => a - b);
  const round = (value: number): number => Math.round(value * 1000) / 1000;
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return {
    row,
    path: "engine",
    against: `target ${target} µs`,
    ratio: round(middle / target),
    low: round((sorted[0] ?? 0) / target),
    high: round((sorted.at(-1) ?? 0) / target),
    cpuMicros: round(middle),
  };
}

/** Microseconds a call: 7 samples after one to warm up. */
function timed(calls: number, run: () => unknown): number[] {
  const samples: number[] = [];
  for (let sample = 0; sample < 8; sample += 1) {
    const started = performance.now();
    for (let call = 0; call < calls; call += 1) run();
    if (sample > 0) samples.push(((performance.now() - started) * 1000) / calls);
  }
  return samples;
}

const CATALOGUE_ROWS = {
  ...NO_ROWS,
  schemas: [["public", "true"]],
  relations: [["20000", "public", "pgbench_accounts", "r"]],
  columns: [
    ["20000", "1", "aid", "23", "true"],
    ["20000", "2", "abalance", "23", "false"],
  ],
  keys: [["20000", "1"]],
  builtins: [["lower"]],
};

const POLICY = `version: gate/v1
trust:
  t: {issuer: i, audience: "https://g.test", claims: {repository_id: "1", event_name: push}, session: {ttl: 1m, max_ttl: 1m}, grants: [g]}
grants: {g: {target: t, rules: [r]}}
rules:
  r:
  - {id: read, effect: allow, match: {statement: [SELECT], reads: ["public.*", "@catalog"], functions: safe}}
  - {id: add, effect: allow, match: {statement: [INSERT], writes: [public.orders]}}
  - {id: keyed, effect: allow, match: {statement: [UPDATE], writes: [public.orders], where: keyed}}
  - {id: mass, effect: hold, approval: a, match: {statement: [UPDATE, DELETE], where: [present, none, tautology]}}
  - {id: never, effect: deny, message: no, match: {any: [{statement: ["DROP *", TRUNCATE, DO, CALL, GRANT, REVOKE]}, {classified: false}]}}
approvals: {a: {from: ["person:x"], count: 1, timeout: 1m}}
`;
