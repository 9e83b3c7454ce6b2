/** Statements about the session: settings, transactions, notifications, names to forget. Pure. */
import { settingTags } from "./setting-tags.ts";
import { tag } from "./targets.ts";
import { word } from "./tree.ts";
import type { Handler } from "./walk.ts";

export const SESSION: readonly (readonly [string, Handler])[] = [
  [
    "VariableSetStmt",
    (walker, node) => {
      const name = settingTags(node);
      walker.print.tag(name);
      if (CHANGES_READING.has(name.toLowerCase())) {
        // What comes after would be read by the server otherwise than by the gate.
        walker.print.unclassify("gate reads texts with standard_conforming_strings on and in UTF-8 only");
        walker.print.changesReading = true;
      }
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

const CHANGES_READING: ReadonlySet<string> = new Set(["set standard_conforming_strings", "set client_encoding"]);
