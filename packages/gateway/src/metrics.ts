/** What /metrics answers (Prometheus text format). */
import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import type { EngineEvent } from "@gate/engine";

export interface Metrics {
  readonly registry: Registry;
  /** result: issued, renewed, or the problem's code. */
  readonly exchanges: Counter<"result">;
  readonly sessions: Gauge;
  /** result: opened, or the problem's code. */
  readonly tunnels: Counter<"result">;
  onEvent(event: EngineEvent): void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const on = { registers: [registry] };
  const exchanges = new Counter({
    ...on,
    name: "gate_token_exchanges_total",
    help: "Token exchanges by result",
    labelNames: ["result"],
  });
  const tunnels = new Counter({
    ...on,
    name: "gate_tunnels_total",
    help: "Tunnel requests by result",
    labelNames: ["result"],
  });
  const sessions = new Gauge({ ...on, name: "gate_sessions_open", help: "Sessions open now" });
  const connections = new Gauge({
    ...on,
    name: "gate_connections_open",
    help: "Connections served now",
    labelNames: ["grant"],
  });
  const verdicts = new Counter({
    ...on,
    name: "gate_verdicts_total",
    help: "Verdicts by effect",
    labelNames: ["effect", "grant"],
  });
  const holds = new Gauge({ ...on, name: "gate_holds_pending", help: "Commands waiting for a person" });
  const recorder = new Counter({
    ...on,
    name: "gate_recorder_failures_total",
    help: "Sessions ended because their record could not be written",
  });
  // One a command: finding the counter by its labels each time would cost more than the policy's answer.
  const known = new Map<string, { inc(): void }>();
  const verdictsOf = (effect: string, grant: string): { inc(): void } => {
    const key = `${effect} ${grant}`;
    let counter = known.get(key);
    if (counter === undefined) known.set(key, (counter = verdicts.labels({ effect, grant })));
    return counter;
  };
  return {
    registry,
    exchanges,
    sessions,
    tunnels,
    onEvent(event) {
      switch (event.kind) {
        case "verdict":
          // An observed deny stopped nothing: an alert on denials must not count it.
          verdictsOf(event.observed === true ? `observed-${event.effect}` : event.effect, event.grant).inc();
          break;
        case "session-opened":
        case "latch-refused":
        case "command-denied":
          // Counted by the exchange, and as a verdict.
          break;
        case "hold-requested":
          holds.inc();
          break;
        case "hold-resolved":
          holds.dec();
          break;
        case "connection-opened":
          connections.inc({ grant: event.grant });
          break;
        case "connection-closed":
          connections.dec({ grant: event.grant });
          break;
        case "session-ended":
          sessions.dec();
          break;
        case "recorder-failed":
          recorder.inc();
          // Such a session ends without another word of the engine.
          sessions.dec();
          break;
      }
    },
  };
}
