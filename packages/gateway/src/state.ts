/** What the routes, the exchange and the tunnel share: built once in create.ts. Types only. */
import type { Clock } from "@gate/base";
import type { Protocol, RecordingStore, Store } from "@gate/contract";
import type { Engine, EngineTarget } from "@gate/engine";
import type { Issuer } from "@gate/identity";
import type { Policy } from "@gate/policy";
import type { GatewayKeys } from "./keys.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { CommandLineLogins } from "./people/command-line.ts";
import type { PeopleConfig } from "./people/config.ts";
import type { OidcLogin } from "./people/oidc.ts";
import type { SamlLogin } from "./people/saml.ts";
import type { LoginSessions } from "./people/sessions.ts";
import type { Throttle } from "./throttle.ts";
import type { ExplainCommand } from "./web/explain.ts";

export interface GatewayState {
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: Engine;
  readonly store: Store;
  readonly recordings: RecordingStore;
  readonly policy: Policy;
  readonly targets: ReadonlyMap<string, EngineTarget>;
  readonly protocols: ReadonlyMap<string, Protocol>;
  readonly issuers: ReadonlyMap<string, Issuer>;
  readonly people: PeopleConfig;
  readonly logins: LoginSessions;
  readonly commandLine: CommandLineLogins;
  /** Undefined where gateway.yaml names no such provider. */
  readonly oidc: OidcLogin | undefined;
  readonly saml: SamlLogin | undefined;
  readonly keys: GatewayKeys;
  readonly vkey: string;
  readonly metrics: Metrics;
  readonly failures: Throttle;
  /** Who tells GitHub about sessions: this gateway's App with check runs, or nobody (a job may then set commit statuses). */
  readonly checks: "app" | "none";
  /** The page on which a hold is answered. */
  readonly holdPage: (id: string) => string;
  /** Explains a command; undefined where nothing was handed in that can. */
  readonly explainCommand: ExplainCommand | undefined;
  /** Receivers of others' requests that gateway.yaml has configured. */
  readonly hooks: { readonly github: boolean; readonly slack: boolean };
  /** Aborted when the gateway begins to drain: open streams of people end then. */
  readonly ending: AbortSignal;
  /** True when /metrics needs no person: the listener and the public URL are both on loopback. */
  readonly local: boolean;
  /** Without a trailing slash. Known once listening, when gateway.yaml leaves it out. */
  publicUrl: string;
  phase: "starting" | "ready" | "draining";
}
