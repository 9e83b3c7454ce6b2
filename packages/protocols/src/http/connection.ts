/** What the exchanges of one client's connection share. Touches the link's sockets. */
import { messageOf } from "@gate/base";
import type { Gate, Link } from "@gate/contract";
import { WebConnection } from "../web/connection.ts";
import type { KnownAnswer } from "./answer.ts";
import { Exchange } from "./exchange.ts";
import { NodeIncoming, NodeOutgoing } from "./node-peer.ts";
import { PlainConnection } from "./plain-connection.ts";
import type { HttpTarget } from "./target.ts";
import { TargetUpstream } from "./upstream.ts";
import { serveWebSocket } from "./websocket.ts";

export class HttpConnection {
  readonly link: Link;
  readonly gate: Gate;
  readonly target: HttpTarget;
  /** The way to the target, for this connection alone. */
  readonly upstream: TargetUpstream;
  /** Requests without the endpoint's secret; a few are how clients find out that one is needed. */
  unauthenticated = 0;
  lastAnswer: KnownAnswer | undefined;
  #current: Exchange | undefined;

  constructor(link: Link, gate: Gate, target: HttpTarget) {
    this.link = link;
    this.gate = gate;
    this.target = target;
    this.upstream = new TargetUpstream(link, gate, target);
  }

  /** Resolves when the connection has ended. */
  async run(): Promise<void> {
    const { link, gate, target } = this;
    const plain = new PlainConnection(this);
    let served = false;
    const onAbort = (): void => {
      if (served) this.#current?.sessionEnded();
      else plain.sessionEnded();
    };
    link.signal.addEventListener("abort", onAbort, { once: true });
    try {
      const how = await plain.run();
      if (how === "ended" || link.downstream.destroyed) return;
      served = true;
      let { behind } = plain;
      const rest = new WebConnection({
        link,
        gate,
        target,
        onExchange: (_connection, request, response, expectation) =>
          new Promise<void>((resolve) => {
            behind = false;
            const incoming = new NodeIncoming(request, expectation, target.authority);
            this.#current = new Exchange(this, incoming, new NodeOutgoing(response));
            this.#current.start(() => {
              this.#current = undefined;
              resolve();
            });
          }),
        onUpgrade: async (_connection, request, head) => {
          if (behind) {
            // Where its answer would end was not known when it was sent.
            gate.note("violation", { code: "UPGRADE_IN_PIPELINE" });
            link.downstream.destroy();
          } else {
            await serveWebSocket(this, request, head);
          }
        },
      }).run();
      link.downstream.resume();
      await rest;
    } finally {
      this.upstream.destroy();
    }
  }

  /** A bug of ours: nothing on this connection can be believed any more. */
  failed(error: unknown): void {
    this.gate.note("failed", { error: messageOf(error).slice(0, 200) });
    this.link.downstream.destroy();
  }
}
