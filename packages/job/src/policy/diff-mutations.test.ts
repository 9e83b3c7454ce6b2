/**
 * The diff sees every pattern: in each example policy, each pattern of each rule is taken out, and a fresh one put in,
 * one at a time; the comparison must find a difference, of the right direction for an allow.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { diffPolicies, parsePolicy, PolicyError, type Policy } from "@gate/policy";
import { isMap, isScalar, isSeq, parseDocument, type Document } from "yaml";
import { exchange } from "./exchange.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const policies = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "examples/policies"], {
  cwd: ROOT,
})
  .toString()
  .split("\n")
  .filter((path) => path.endsWith(".yaml") && !path.endsWith(".test.yaml"));

/** Something of the same kind that no example names. */
const FRESH: Readonly<Record<string, string>> = {
  statement: "VACUUM",
  reads: "fresh.relation",
  writes: "fresh.relation",
  functions: "fresh.function",
  path: "/fresh/file",
  sftp: "mkdir",
  operation: "subsystem",
  verb: "create",
  resource: "freshthings",
  subresource: "fresh",
  namespace: "fresh",
  method: "FRESH",
  tool: "fresh_tool",
};

interface Mutation {
  readonly what: string;
  readonly effect: string;
  readonly grows: boolean;
  readonly text: string;
}

/** Every list of patterns, with one item more or less. */
function mutations(source: string): readonly Mutation[] {
  const found: Mutation[] = [];
  const sets = (parseDocument(source).toJS() as { rules: Record<string, { id: string; effect: string }[]> }).rules;
  for (const [set, rules] of Object.entries(sets)) {
    rules.forEach((rule, index) => {
      const start = ["rules", set, index, "match"];
      for (const path of patternLists(parseDocument(source), start)) {
        const field = String(path.at(-1));
        const change = (edit: (items: unknown[]) => void, grows: boolean, what: string): void => {
          const document = parseDocument(source);
          const node = document.getIn(path, true);
          const items = isSeq(node) ? node.toJSON() : isScalar(node) ? [node.value] : [];
          edit(items);
          if (items.length === 0) return;
          document.setIn(path, items);
          found.push({ what: `${rule.id}.${field}: ${what}`, effect: rule.effect, grows, text: document.toString() });
        };
        const fresh = FRESH[field];
        if (fresh !== undefined) change((items) => items.push(fresh), true, `and ${fresh}`);
        const node = parseDocument(source).getIn(path, true);
        const count = isSeq(node) ? node.items.length : 0;
        for (let place = 0; place < count; place += 1) {
          change((items) => void items.splice(place, 1), false, `without item ${place}`);
        }
      }
    });
  }
  return found;
}

function patternLists(
  document: Document,
  path: readonly (string | number)[],
): readonly (readonly (string | number)[])[] {
  const node = document.getIn(path, true);
  if (!isMap(node)) return [];
  return node.items.flatMap((pair) => {
    const key = String(isScalar(pair.key) ? pair.key.value : "");
    if (key === "any") {
      const list = isSeq(pair.value) ? pair.value.items : [];
      return list.flatMap((_, place) => patternLists(document, [...path, key, place]));
    }
    return Object.hasOwn(FRESH, key) || key === "exec" ? [[...path, key]] : [];
  });
}

/** Changes that change nothing: something else covers it, or no command is like that. */
const NOTHING: readonly string[] = [
  "write.tool: without item 0", // `create_*` covers it
  "look.method: and FRESH", // only tools/call has a tool
  "write.method: and FRESH",
  "look.subresource: without item 0", // an empty set is inside of every list
  "roll.subresource: without item 0",
];

function parsed(text: string): Policy | undefined {
  try {
    return parsePolicy(text, { file: "policy.yaml" });
  } catch (error) {
    if (error instanceof PolicyError) return undefined;
    throw error;
  }
}

test.each(policies)("%s: no pattern comes or goes unseen", (path) => {
  const source = readFileSync(join(ROOT, path), "utf8");
  const before = parsePolicy(source, { file: path });
  const unseen: string[] = [];
  let tried = 0;
  for (const { what, effect, grows, text } of mutations(source)) {
    const after = parsed(text);
    // What nothing allows is denied anyway: a deny that comes or goes is seen only where something else allows it.
    if (after === undefined || effect === "deny" || NOTHING.includes(what)) continue;
    tried += 1;
    const { changes } = diffPolicies(before, after, exchange);
    const wider = (effect === "allow") === grows;
    const seen =
      effect === "hold"
        ? changes.length > 0
        : changes.some(({ direction }) => direction === (wider ? "wider" : "narrower"));
    if (!seen) unseen.push(`${what} (${effect}): ${changes.length} changes`);
  }
  expect(tried).toBeGreaterThan(5);
  expect(unseen).toEqual([]);
});
