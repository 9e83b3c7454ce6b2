/** The part of the API that the web pages live on: entries, live events, summaries, terminals, the policy in force. */
import type { HoldRow, RecordingReader } from "@gate/contract";
import { summarize } from "@gate/recording";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { authenticatePerson, requirePerson } from "../people/authenticate.ts";
import type { Person } from "../people/person.ts";
import { Problem } from "../problem.ts";
import type { GatewayState } from "../state.ts";
import {
  ENTRIES_MAX,
  FEEDS_MAX,
  FEEDS_OF_PERSON_MAX,
  readEntries,
  streamEntries,
  streamTerminal,
  type FeedOptions,
} from "./feed.ts";
import { holdDetails, type HoldDetails } from "./hold-details.ts";

interface ById {
  Params: { id: string };
}

interface ByName {
  Params: { id: string; name: string };
}

export function addWebRoutes(app: FastifyInstance, state: GatewayState): void {
  let feeds = 0;
  const feedsOf = new Map<string, number>();

  /** A live view, of which there are so many at a time, and so many a person. */
  const follow = async (
    request: FastifyRequest<ById>,
    reply: FastifyReply,
    person: Person,
    reader: RecordingReader,
    stream: (options: FeedOptions) => Promise<void>,
  ): Promise<FastifyReply> => {
    if (feeds >= FEEDS_MAX) throw new Problem(503, "too_many_feeds", "too many live views are open: try again later");
    const { id } = person.identity;
    const own = feedsOf.get(id) ?? 0;
    if (own >= FEEDS_OF_PERSON_MAX) {
      const detail = `you have ${own} live views open, which is all that one person may have: close some`;
      throw new Problem(429, "too_many_feeds", detail, { headers: { "retry-after": "10" } });
    }
    feeds += 1;
    feedsOf.set(id, own + 1);
    reply.hijack();
    try {
      await stream({
        engine: state.engine,
        reader,
        sessionId: request.params.id,
        reply,
        signal: state.ending,
        allowed: () => stillSomebody(state, request),
        after: (ms, run) => state.clock.after(ms, run),
      });
    } catch (error) {
      state.log.warn({ request: request.id, session: request.params.id, error: String(error) }, "a live view broke");
      reply.raw.destroy();
    } finally {
      feeds -= 1;
      const left = (feedsOf.get(id) ?? 1) - 1;
      if (left === 0) feedsOf.delete(id);
      else feedsOf.set(id, left);
    }
    return reply;
  };

  app.get<ById>("/v1/sessions/:id/entries", async (request, reply) => {
    await requirePerson(state, request);
    const reader = await recordingOf(state, request.params.id);
    const from = integer(request, "from", 0, Number.MAX_SAFE_INTEGER);
    const limit = integer(request, "limit", 200, ENTRIES_MAX);
    const { entries, more } = await readEntries(reader, from, limit);
    // The lines are JSON already: parsed and written again they would lose what only the recording can show.
    const body = `{"entries":[${entries.map(({ json }) => json).join(",")}],"more":${String(more)}}`;
    return reply.type("application/json; charset=utf-8").send(body);
  });

  app.get<ById>("/v1/sessions/:id/events", async (request, reply) => {
    const person = await requirePerson(state, request);
    const reader = await recordingOf(state, request.params.id);
    const last = request.raw.headersDistinct["last-event-id"]?.[0];
    const from =
      last !== undefined && /^\d{1,15}$/.test(last)
        ? Number(last) + 1
        : integer(request, "from", 0, Number.MAX_SAFE_INTEGER);
    return follow(request, reply, person, reader, (options) => streamEntries({ ...options, from }));
  });

  app.get<ById>("/v1/sessions/:id/summary", async (request) => {
    await requirePerson(state, request);
    return summarize(await recordingOf(state, request.params.id));
  });

  app.get<ById>("/v1/sessions/:id/terminals", async (request) => {
    await requirePerson(state, request);
    const files = await (await recordingOf(state, request.params.id)).list();
    return {
      terminals: files
        .filter(({ name }) => TERMINAL.test(name))
        .map(({ name, bytes }) => ({ name: name.slice("terminals/".length), bytes })),
    };
  });

  app.get<ByName>("/v1/sessions/:id/terminals/:name", async (request, reply) => {
    await requirePerson(state, request);
    const { reader, file } = await terminalOf(state, request.params);
    return reply.type("application/x-asciicast").send(reader.read(file));
  });

  app.get<ByName>("/v1/sessions/:id/terminals/:name/events", async (request, reply) => {
    const person = await requirePerson(state, request);
    const { reader, file } = await terminalOf(state, request.params);
    return follow(request, reply, person, reader, (options) => streamTerminal({ ...options, file }));
  });

  app.get("/v1/policy", async (request) => {
    await requirePerson(state, request);
    const { policy, targets } = state;
    return {
      digest: policy.digest,
      text: policy.text,
      explains: state.explainCommand !== undefined,
      trust: policy.trust.map(({ name, issuer, audience, claims, grants }) => ({
        name,
        issuer,
        audience,
        claims,
        grants,
      })),
      grants: [...policy.grants.values()].map((grant) => ({
        name: grant.name,
        target: grant.target,
        protocol: targets.get(grant.target)?.protocol,
        rules: grant.rules.map(({ id, effect }) => ({ id, effect })),
        masks: grant.masks.length,
        hint: grant.hint,
      })),
    };
  });
}

async function stillSomebody(state: GatewayState, request: FastifyRequest): Promise<boolean> {
  try {
    await authenticatePerson(state, request, "look");
    return true;
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}

/** A hold's details, over what this gateway knows. */
export async function detailsOf(state: GatewayState, hold: HoldRow): Promise<HoldDetails> {
  const [others, session] = await Promise.all([
    state.store.holds({ limit: SIMILAR_LOOKED_AT_MAX }),
    state.store.session(hold.sessionId),
  ]);
  const policy = hold.policyDigest === state.policy.digest ? state.policy.text : "";
  return holdDetails(hold, others, session?.principal.issuer ?? "", policy);
}

async function recordingOf(state: GatewayState, id: string): Promise<RecordingReader> {
  const session = await state.store.session(id);
  const reader = session === undefined ? undefined : await state.recordings.open(id);
  if (reader === undefined) throw new Problem(404, "session_unknown", "there is no such session");
  return reader;
}

async function terminalOf(
  state: GatewayState,
  params: ByName["Params"],
): Promise<{ readonly reader: RecordingReader; readonly file: string }> {
  const reader = await recordingOf(state, params.id);
  const file = `terminals/${params.name}`;
  const files = await reader.list();
  if (!TERMINAL.test(file) || !files.some(({ name }) => name === file)) {
    throw new Problem(404, "terminal_unknown", "there is no such terminal in this recording");
  }
  return { reader, file };
}

function integer(request: FastifyRequest, name: string, byDefault: number, max: number): number {
  const query = request.query as Record<string, unknown>;
  const value = Object.hasOwn(query, name) ? query[name] : undefined;
  if (value === undefined) return byDefault;
  const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : -1;
  if (number < 0 || number > max) throw new Problem(400, "invalid_request", `${name} must be a number up to ${max}`);
  return number;
}

/** Holds among which earlier ones of the same rule are looked for. */
const SIMILAR_LOOKED_AT_MAX = 200;
const TERMINAL = /^terminals\/[A-Za-z0-9_.-]{1,128}\.cast$/;
