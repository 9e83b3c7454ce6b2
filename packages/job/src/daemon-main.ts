/** Entry of the proxy bundle: sessions at a gateway. It holds no parser and no store. */
import { randomUUID } from "node:crypto";
import { systemClock } from "@gate/base";
import { createDpopKey, createProof } from "@gate/identity";
import { runDaemonProcess } from "./daemon-process.ts";
import { JobError } from "./errors.ts";
import { createGatewayClient } from "./gateway-client.ts";
import { parseGatewayUrl } from "./gateway-url.ts";
import { fetchSubjectToken } from "./oidc.ts";
import { remoteBackend } from "./remote.ts";

await runDaemonProcess("gateway", async (config, log) => {
  const { subjectToken, audience, ca } = config;
  if (subjectToken === undefined) throw new JobError("bug", "JOB_DAEMON_FAILED", "no source of subject tokens");
  const key = await createDpopKey();
  return remoteBackend({
    client: createGatewayClient({ url: parseGatewayUrl(config.gateway), ...(ca === undefined ? {} : { ca }) }),
    audience,
    grants: config.grants,
    subjectToken: () => fetchSubjectToken(subjectToken, audience, systemClock),
    prove: ({ htm, htu, ...rest }) =>
      createProof(key, { method: htm, url: htu, ...rest, nowMs: systemClock.now(), jti: randomUUID() }),
    clock: systemClock,
    log,
  });
});
