/** What targets can do with a policy, for lint: by protocol, or by kind of facts where the target is not known. Pure data. */
import type { Capability } from "@gate/policy";

const BY_PROTOCOL: ReadonlyMap<string, Capability> = new Map([
  ["postgres", { masks: ["column", "json", "detect"], lacks: [] }],
  ["mysql", { masks: ["column", "json", "detect"], lacks: ["estimated_rows"] }],
  [
    "ssh",
    {
      masks: ["detect"],
      lacks: [],
      refusesOthers: true,
      unmaskable: ["sftp", "path", "subsystem", "forward", "listen", "socket", "agent", "x11"],
    },
  ],
  ["http", { masks: ["json", "detect"], lacks: [] }],
  ["mcp", { masks: ["json", "detect"], lacks: [] }],
  ["kubernetes", { masks: ["json", "detect"], lacks: [] }],
]);

/** Of a kind: what at least one of its protocols can do. */
const BY_KIND: ReadonlyMap<string, Capability> = new Map([
  ["sql", { masks: ["column", "json", "detect"], lacks: [] }],
  ["line", { masks: [], lacks: [] }],
]);

export function capability(protocol: string | undefined, kind: string): Capability | undefined {
  return protocol === undefined ? (BY_KIND.get(kind) ?? BY_PROTOCOL.get(kind)) : BY_PROTOCOL.get(protocol);
}
