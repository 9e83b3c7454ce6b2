/** Sessions of jobs, with filters that live in the address. */
import { useState } from "preact/hooks";
import { get, type Session } from "./api.ts";
import { visible } from "./highlight.ts";
import { Failure, State, useLoaded, useNow, Verdicts } from "./parts.tsx";
import { ago } from "./time.ts";

const STATES = ["all", "open", "closed", "revoked", "expired"];

export function SessionsPage() {
  const query = new URLSearchParams(location.search);
  const [state, setState] = useState(STATES.includes(query.get("state") ?? "") ? (query.get("state") ?? "all") : "all");
  const [words, setWords] = useState(query.get("q") ?? "");
  const path = state === "all" ? "/v1/sessions" : `/v1/sessions?state=${state}`;
  const { value, error } = useLoaded(() => get<{ sessions: Session[] }>(path), 5_000, [path]);
  const now = useNow(10_000);
  const remember = (next: { state?: string; q?: string }): void => {
    const kept = new URLSearchParams();
    const merged = { state, q: words, ...next };
    if (merged.state !== "all") kept.set("state", merged.state);
    if (merged.q !== "") kept.set("q", merged.q);
    history.replaceState(null, "", kept.size === 0 ? "/sessions" : `/sessions?${kept.toString()}`);
  };
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = (value?.sessions ?? []).filter((session) => {
    const text = [session.id, session.principal, session.trust_rule, ...session.grants].join(" ").toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  return (
    <>
      <h1>Sessions</h1>
      <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <label>
          State
          <select
            value={state}
            onChange={(event) => {
              setState(event.currentTarget.value);
              remember({ state: event.currentTarget.value });
            }}
          >
            {STATES.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label class="grow">
          Words in repository, run, grant or trust rule
          <input
            type="search"
            value={words}
            onInput={(event) => {
              setWords(event.currentTarget.value);
              remember({ q: event.currentTarget.value });
            }}
          />
        </label>
      </form>
      <Failure error={error} />
      <p class="muted" aria-live="polite">
        {value === undefined ? "Loading…" : `${shown.length} of ${value.sessions.length} sessions`}
      </p>
      <ul class="cards">
        {shown.slice(0, 200).map((session) => (
          <li key={session.id}>
            <a class="card" href={`/sessions/${session.id}`}>
              <span class="card-head">
                <strong>{visible(session.principal)}</strong>
                <State state={session.state} />
              </span>
              <span class="muted">
                {session.trust_rule} · {session.grants.join(", ")} · {ago(Date.parse(session.issued_at), now)}
              </span>
              {session.verdicts !== undefined && <Verdicts counts={session.verdicts} />}
            </a>
          </li>
        ))}
      </ul>
      {shown.length > 200 && <p class="muted">Only the newest 200 are shown: narrow the filters.</p>}
    </>
  );
}
