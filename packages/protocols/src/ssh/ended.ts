/** Something on a connection that is told when the session ends. Types only. */
export interface Ended {
  /** Says why in the client's own channel, then closes it. */
  end(message: string): void;
}
