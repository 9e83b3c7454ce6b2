/** The part of the `samlp` package that the identity provider for tests uses; it brings no types. */
declare module "samlp" {
  export interface SamlResponseOptions {
    issuer: string;
    audience: string;
    recipient: string;
    destination: string;
    inResponseTo: string;
    cert: string;
    key: string;
    signatureAlgorithm: string;
    digestAlgorithm: string;
    lifetimeInSeconds: number;
    signAssertion?: boolean;
    signResponse?: boolean;
    profileMapper: (user: unknown) => {
      getClaims(): Record<string, unknown>;
      getNameIdentifier(): { nameIdentifier: string; nameIdentifierFormat: string };
    };
  }
  const samlp: {
    getSamlResponse(
      options: SamlResponseOptions,
      user: unknown,
      done: (error: Error | null, response?: string) => void,
    ): void;
  };
  export default samlp;
}
