/** Statements about the session: settings, transactions, notifications, names to forget. Pure. */
import type { Json, JsonObject } from "./parser.ts";
import { isHarmlessSetting, settingTag } from "./settings.ts";
import { tag } from "./targets.ts";
import { asObject, list, only, textOf, word } from "./tree.ts";
import type { Handler } from "./walk.ts";

export const SESSION: readonly (readonly [string, Handler])[] = [
  [
    "VariableSetStmt",
    (walker, node) => {
      walker.print.tag(settingTags(node));
      walker.children("VariableSetStmt", node);
    },
  ],
  ...["VariableShowStmt", "ClosePortalStmt", "DeallocateStmt", "DiscardStmt"].map((type): [string, Handler] => [
    type,
    (walker, node) => {
      tag(walker, type, node);
      walker.children(type, node);
    },
  ]),
  [
    "TransactionStmt",
    (walker, node) => {
      tag(walker, "TransactionStmt", node);
      // Another session's prepared transaction: what it holds is not known here.
      if (["TRANS_STMT_COMMIT_PREPARED", "TRANS_STMT_PREPARE"].includes(word(node["kind"]))) {
        walker.print.mayWrite = true;
        walker.print.writesComplete = false;
      }
      walker.children("TransactionStmt", node);
    },
  ],
  ...["NotifyStmt", "ListenStmt", "UnlistenStmt", "CheckPointStmt", "ConstraintsSetStmt"].map(
    (type): [string, Handler] => [
      type,
      (walker, node) => {
        tag(walker, type, node);
        walker.print.mayWrite = true;
        // SET CONSTRAINTS names constraints as RangeVars: they are no relations.
        if (type !== "ConstraintsSetStmt") walker.children(type, node);
      },
    ],
  ),
];

/** The tag of SET and RESET (CONTRACT §3). */
export function settingTags(node: JsonObject): string {
  const kind = word(node["kind"]);
  const name = (textOf(node["name"]) ?? "").toLowerCase();
  if (kind === "VAR_RESET_ALL") return "RESET ALL";
  if (kind === "VAR_SET_MULTI") {
    return name === "transaction" || name === "session characteristics" ? "SET" : `SET ${name.toUpperCase()}`;
  }
  const values = kind === "VAR_SET_VALUE" ? list(node["args"]).map(constantText) : undefined;
  const plain = values?.every((value) => value !== undefined) === true ? values : undefined;
  if (!isHarmlessSetting(name, plain)) return settingTag(name);
  return kind === "VAR_RESET" ? "RESET" : "SET";
}

function constantText(json: Json): string | undefined {
  const [type, node] = only(json);
  if (type !== "A_Const") return undefined;
  if (node["sval"] !== undefined) return textOf(asObject(node["sval"])["sval"]) ?? "";
  if (node["ival"] !== undefined) return JSON.stringify(asObject(node["ival"])["ival"] ?? 0);
  if (node["fval"] !== undefined) return textOf(asObject(node["fval"])["fval"]) ?? "";
  return node["boolval"] !== undefined ? "bool" : undefined;
}
