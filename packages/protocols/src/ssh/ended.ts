/** Something on a connection that is told when the session ends. Types only. */
export interface Ended {
  /** It works, or waits for a person, although nothing may move: the connection is not idle. */
  readonly busy: boolean;
  /** Says why in the client's own channel, then closes it. */
  end(message: string): void;
}
