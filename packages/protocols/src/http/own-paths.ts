/** The paths of an endpoint that the gate answers itself and never forwards: `/.gate/…`. */
import type { Gate } from "@gate/contract";
import { jsonAnswer, problem, type ProblemAnswer } from "../web/problem.ts";
import type { RequestHead } from "../web/request-head.ts";

export const OWN_HOLDS = "/.gate/holds/";

export function isOwnPath(path: string): boolean {
  return path === "/.gate" || path.startsWith("/.gate/");
}

/** `GET /.gate/holds/<id>`: what became of a held request of this session and grant. */
export async function answerOwnPath(head: Pick<RequestHead, "method" | "path">, gate: Gate): Promise<ProblemAnswer> {
  const session = gate.session.id;
  const id = head.path.startsWith(OWN_HOLDS) ? head.path.slice(OWN_HOLDS.length) : "";
  if (id === "" || !/^[A-Za-z0-9_-]{1,64}$/.test(id)) return problem(404, "gate: there is no such page", { session });
  if (head.method !== "GET") return problem(405, "gate: a hold is read with GET", { session }, { allow: "GET" });
  const hold = await gate.hold(id);
  if (hold === undefined) return problem(404, "gate: this session has no such hold", { session });
  const { state, rule, url, expiresAtMs } = hold;
  return jsonAnswer(200, { hold: id, state, rule, url, expires: new Date(expiresAtMs).toISOString() });
}
