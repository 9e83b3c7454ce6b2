/** From the engine's events to notices, and the list of those that never arrived. */
import type { Clock } from "@gate/base";
import type { EngineEvent } from "@gate/engine";
import type { FastifyInstance } from "fastify";
import { requirePerson } from "../people/authenticate.ts";
import type { GatewayState } from "../state.ts";
import type { Outbox } from "./outbox.ts";

/** `GET /v1/notices/dead`: what could not be delivered, without the receivers' secrets. */
export function addNoticeRoutes(app: FastifyInstance, state: GatewayState, outbox: Outbox): void {
  app.get("/v1/notices/dead", async (request) => {
    await requirePerson(state, request);
    const letters = await outbox.deadLetters();
    return {
      dead_letters: letters.map(({ to, notice, tries, lastError, failedAtMs }) => ({
        to,
        kind: notice.kind,
        session: notice.session,
        url: notice.url,
        time: new Date(notice.timeMs).toISOString(),
        tries,
        last_error: lastError,
        failed_at: new Date(failedAtMs).toISOString(),
      })),
    };
  });
}

export function tellPeople(outbox: Outbox, event: EngineEvent, publicUrl: () => string, clock: Clock): void {
  const timeMs = clock.now();
  const session = (id: string): string => `${publicUrl()}/sessions/${id}`;
  switch (event.kind) {
    case "hold-requested":
      outbox.tell({ kind: "hold-requested", timeMs, session: event.hold.sessionId, url: event.url, hold: event.hold });
      return;
    case "hold-resolved": {
      const { hold } = event;
      const url = `${publicUrl()}/approvals/${hold.id}`;
      outbox.tell({ kind: "hold-answered", timeMs, session: hold.sessionId, url, hold });
      return;
    }
    case "command-denied": {
      const { grant, rules, text } = event;
      const url = session(event.session);
      outbox.tell({ kind: "command-denied", timeMs, session: event.session, url, command: { grant, rules, text } });
      return;
    }
    case "latch-refused": {
      const url = session(event.session);
      outbox.tell({ kind: "latch-alarm", timeMs, session: event.session, url, detail: event.principal });
      return;
    }
    case "recorder-failed":
      outbox.tell({ kind: "recorder-failed", timeMs, session: event.session, url: session(event.session) });
      return;
    case "verdict":
    case "connection-opened":
    case "connection-closed":
    case "session-opened":
    case "session-ended":
  }
}
