/** A request for a connection that is not open yet. Pure. */
import type { UpstreamCall, UpstreamEvents } from "./upstream.ts";

/**
 * @param send with what was opened, unless nobody waits for the answer any more; then it goes to `unused`.
 */
export function sentLater<Opened>(
  opening: Promise<Opened>,
  events: UpstreamEvents,
  send: (opened: Opened) => UpstreamCall | undefined,
  unused: (opened: Opened) => void = () => undefined,
): UpstreamCall {
  let call: UpstreamCall | undefined;
  let aborted = false;
  opening.then(
    (opened) => {
      if (aborted) unused(opened);
      else call = send(opened);
    },
    (error: unknown) => {
      if (!aborted) events.onFail(error, false);
    },
  );
  return {
    resume: () => call?.resume(),
    abort: () => {
      aborted = true;
      call?.abort();
    },
  };
}
