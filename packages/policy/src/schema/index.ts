/** JSON Schema of policy.yaml. */
export { policySchema, type JsonSchema } from "./schema.ts";
