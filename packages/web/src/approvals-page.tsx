/** The inbox: what waits for a person, and what was answered lately. */
import { get, type Hold } from "./api.ts";
import { visible } from "./highlight.ts";
import { Excerpt, Failure, State, useLoaded, useNow } from "./parts.tsx";
import { ago, countdown } from "./time.ts";

export function ApprovalsPage() {
  const { value, error } = useLoaded(() => get<{ approvals: Hold[] }>("/v1/approvals"), 3_000, []);
  const now = useNow(1_000);
  const all = value?.approvals ?? [];
  const waiting = all.filter((hold) => hold.state === "pending");
  const answered = all.filter((hold) => hold.state !== "pending").slice(0, 50);
  return (
    <>
      <h1>Approvals</h1>
      <Failure error={error} />
      <section aria-labelledby="waiting">
        <h2 id="waiting">
          Waiting for an answer <span class="count">{waiting.length}</span>
        </h2>
        <div aria-live="polite">
          {value !== undefined && waiting.length === 0 && (
            <p class="muted">Nothing waits. New holds appear here by themselves.</p>
          )}
          <ul class="cards">
            {waiting.map((hold) => (
              <li key={hold.id}>
                <a class="card" href={`/approvals/${hold.id}`}>
                  <span class="card-head">
                    <strong>{hold.target}</strong>
                    <span class="muted">rule {hold.rule}</span>
                    <span class="countdown">{countdown(Date.parse(hold.expires_at), now)} left</span>
                  </span>
                  <Excerpt text={hold.command_text} chars={300} />
                  <span class="muted">
                    {visible(hold.principal)} · {hold.votes.length} of {hold.count}{" "}
                    {hold.count === 1 ? "approval" : "approvals"}
                  </span>
                </a>
              </li>
            ))}
          </ul>
        </div>
      </section>
      <section aria-labelledby="answered">
        <h2 id="answered">Answered or over</h2>
        {value !== undefined && answered.length === 0 && <p class="muted">Nothing yet.</p>}
        <ul class="rows">
          {answered.map((hold) => (
            <li key={hold.id}>
              <a href={`/approvals/${hold.id}`}>
                <State state={hold.state} />
                <Excerpt text={hold.command_text} chars={120} />
                <span class="muted">
                  {hold.target} · {ago(Date.parse(hold.created_at), now)}
                </span>
              </a>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
