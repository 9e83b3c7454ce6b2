/** The protocols that a target can name. Adding one is a folder and a line here. */
import type { Protocol } from "@gate/contract";
import { postgres } from "./postgres/index.ts";

export const protocols: ReadonlyMap<string, Protocol> = new Map<string, Protocol>([["postgres", postgres]]);
