/** SSH, protocol 2 (RFC 4250 to 4254), over ssh2 on both sides. */
import type { Protocol } from "@gate/contract";
import { publicLineOf } from "./keys.ts";
import { refusalBytes } from "./refusal.ts";
import { serveSsh } from "./serve.ts";
import { parseTarget, type SshTarget } from "./target.ts";

export const ssh: Protocol<SshTarget> = {
  id: "ssh",
  discharges: ["mask", "limit"],
  housekeeping: ["sftp"],
  parseTarget,
  address: ({ host, port }) => ({ host, port }),
  serve: serveSsh,
  hostKeyLine: (hostKey) => publicLineOf(hostKey.reveal()),
  refusal: refusalBytes,
};

export { SshError, type SshErrorCode } from "./errors.ts";
export type { SshTarget } from "./target.ts";
