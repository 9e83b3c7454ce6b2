/** The part of the `pg` package that its own types leave out. */
declare module "pg/lib/crypto/sasl.js" {
  export interface SaslSession {
    mechanism: string;
    response: string;
  }
  const sasl: {
    startSession(mechanisms: string[], stream: unknown): SaslSession;
    continueSession(session: SaslSession, password: string, serverData: string, stream: unknown): Promise<void>;
    finalizeSession(session: SaslSession, serverData: string): void;
  };
  export default sasl;
}
