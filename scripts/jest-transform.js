/** Strips types with Node's own stripper (Node >= 22.13), so tests run the same text that production runs. */
import { createHash } from "node:crypto";
import { stripTypeScriptTypes } from "node:module";

export default {
  process(source) {
    return { code: stripTypeScriptTypes(source) };
  },
  getCacheKey(source) {
    return createHash("sha256").update(process.version).update(source).digest("hex");
  },
};
