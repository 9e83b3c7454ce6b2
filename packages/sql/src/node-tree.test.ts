import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { NODE_TREE_DEPTH_MAX, parseNodeTree, treeFacts } from "./node-tree.ts";

const facts = (text: string): ReturnType<typeof treeFacts> | undefined => {
  const tree = parseNodeTree(text);
  return tree === undefined ? undefined : treeFacts(tree);
};

const DELETE =
  "({QUERY :commandType 4 :querySource 0 :utilityStmt <> :resultRelation 1 :cteList <> :rtable ({RANGETBLENTRY :alias <> " +
  ':eref {ALIAS :aliasname notes :colnames ("id" "a\\ b")} :rtekind 0 :relid 20003 :relkind r}) :jointree {FROMEXPR ' +
  ":fromlist ({RANGETBLREF :rtindex 1}) :quals {OPEXPR :opno 96 :opfuncid 65 :args ({VAR :varno 1} {CONST :consttype 23 " +
  ":constvalue 4 [ 4 0 0 0 0 0 0 0 ]})}}})";

test("the target, the condition and the functions of a change are found", () => {
  const found = facts(DELETE);
  expect(found?.writes).toEqual([{ relation: 20003, command: "DELETE", conditional: true, upsert: false }]);
  expect([...(found?.functions ?? [])]).toEqual([65]);
  expect([...(found?.reads ?? [])]).toEqual([20003]);
});

test("a change inside WITH is found, and what it reads besides", () => {
  const text = DELETE.slice(1, -1);
  const found = facts(
    `({QUERY :commandType 1 :utilityStmt <> :resultRelation 0 :cteList ({COMMONTABLEEXPR :ctename d :ctequery ${text}}) :rtable ({RANGETBLENTRY :rtekind 0 :relid 20001}) :jointree {FROMEXPR :quals <>}})`,
  );
  expect(found?.writes.map(({ relation }) => relation)).toEqual([20003]);
  expect([...(found?.reads ?? [])].sort()).toEqual([20001, 20003]);
});

test("statements that are no queries are named", () => {
  expect(facts("({QUERY :commandType 6 :utilityStmt {NOTIFYSTMT :conditionname x}})")?.utilities).toEqual([
    "NOTIFYSTMT",
  ]);
});

test("what is no tree, or too deep a one, is not known", () => {
  for (const text of ["", "(", "{QUERY", "{QUERY :a 1}}", ")", "(1) (2)"]) expect(parseNodeTree(text)).toBeUndefined();
  expect(parseNodeTree("(".repeat(NODE_TREE_DEPTH_MAX + 2) + ")".repeat(NODE_TREE_DEPTH_MAX + 2))).toBeUndefined();
});

test("no text makes it throw", () => {
  const token = fc.constantFrom("{", "}", "(", ")", ":rtable", ":relid", "QUERY", "<>", "\\", "1", " ", '"x"');
  fc.assert(
    fc.property(fc.array(token, { maxLength: 40 }), (tokens) => {
      facts(tokens.join(" "));
    }),
  );
});
