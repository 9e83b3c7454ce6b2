/** The protocols that a target can name. Adding one is a folder and a line here. */
import type { Protocol } from "@gate/contract";
import { http } from "./http/index.ts";
import { mcp } from "./mcp/index.ts";
import { postgres } from "./postgres/index.ts";
import { ssh } from "./ssh/index.ts";

export const protocols: ReadonlyMap<string, Protocol> = new Map<string, Protocol>([
  ["http", http],
  ["mcp", mcp],
  ["postgres", postgres],
  ["ssh", ssh],
]);
