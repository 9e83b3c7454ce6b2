export { effectiveConfig, parseConfig, type ConfiguredTarget, type GatewayConfig, type TlsConfig } from "./config.ts";
export { ConfigError, GatewayError, type ConfigProblem } from "./errors.ts";
export { createGateway, DRAIN_MS_MAX, type Gateway, type GatewayOptions, type GatewayParts } from "./gateway.ts";
export { createLog, type Log } from "./log.ts";
export { loadConfig, serve, validate } from "./serve.ts";
export type { Person } from "./people/person.ts";
export type { HoldView, SessionView } from "./views.ts";
