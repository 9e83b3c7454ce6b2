/** One hold: exactly what would run, for whom, why it waits; and the two answers. */
import { useState } from "preact/hooks";
import { get, post, type Hold, type HoldWithDetails, type Me } from "./api.ts";
import { visible } from "./highlight.ts";
import { Excerpt, CommandText, Fact, Failure, State, useLoaded, useNow } from "./parts.tsx";
import { ago, countdown } from "./time.ts";

export function ApprovalPage(props: { id: string; me: Me }) {
  const path = `/v1/approvals/${encodeURIComponent(props.id)}`;
  const { value: hold, error } = useLoaded(() => get<HoldWithDetails>(path), 3_000, [path]);
  const now = useNow(1_000);
  if (hold === undefined) return <Failure error={error} />;
  const sql = hold.effects["statement"] !== undefined;
  return (
    <>
      <p class="crumbs">
        <a href="/approvals">Approvals</a> / {hold.id}
      </p>
      <h1>
        A command waits for {hold.target} <State state={hold.state} />
      </h1>
      <Failure error={error} />
      {(hold.state === "pending" || hold.state === "withdrawn") && (
        <p class="countdown" role="timer">
          {countdown(Date.parse(hold.expires_at), now)} left to answer
          {hold.state === "withdrawn" &&
            " – its client is gone; an approval lets the same job run it again within ten minutes"}
        </p>
      )}
      <CommandText text={hold.command_text} sql={sql} label="The command, exactly as it would run" />
      <div class="columns">
        <section aria-labelledby="who">
          <h2 id="who">Who asks</h2>
          <dl>
            <Fact name="Job">
              {hold.links.run === undefined ? hold.principal : <Outside href={hold.links.run} text={hold.principal} />}
            </Fact>
            {Object.entries(hold.origin).map(([name, text]) => (
              <Fact key={name} name={ORIGIN_LABELS[name] ?? name}>
                {name === "sha" && hold.links.commit !== undefined ? (
                  <Outside href={hold.links.commit} text={text.slice(0, 12)} />
                ) : name === "repository" && hold.links.repository !== undefined ? (
                  <Outside href={hold.links.repository} text={text} />
                ) : (
                  text
                )}
              </Fact>
            ))}
            <Fact name="Session">
              <a href={`/sessions/${hold.session_id}`}>{hold.session_id}</a>
            </Fact>
          </dl>
        </section>
        <section aria-labelledby="what">
          <h2 id="what">What it does</h2>
          <dl>
            <Fact name="Target">
              {hold.target} through grant {hold.grant}
            </Fact>
            {Object.entries(hold.effects).map(([name, items]) => (
              <Fact key={name} name={name}>
                {items.join(", ")}
              </Fact>
            ))}
            {hold.estimated_rows !== undefined && (
              <Fact name="Expected rows">{hold.estimated_rows.toLocaleString("en")}</Fact>
            )}
            <Fact name="Digest">
              <code class="digest">{hold.command_digest}</code>
            </Fact>
          </dl>
        </section>
        <section aria-labelledby="why">
          <h2 id="why">Why it waits</h2>
          <dl>
            <Fact name="Rule">{hold.rule}</Fact>
            <Fact name="Who may answer">{hold.from.join(", ")}</Fact>
            {hold.exclude.length > 0 && <Fact name="Who may not">{hold.exclude.join(", ")}</Fact>}
            <Fact name="Approvals">
              {hold.votes.filter((vote) => vote.vote === "approve").length} of {hold.count}
            </Fact>
          </dl>
          {hold.rule_text !== undefined && (
            <details>
              <summary>The rule in the policy</summary>
              <pre tabIndex={0}>{hold.rule_text}</pre>
            </details>
          )}
        </section>
      </div>
      {hold.votes.length > 0 && (
        <section aria-labelledby="votes">
          <h2 id="votes">Answers</h2>
          <ul class="rows">
            {hold.votes.map((vote) => (
              <li key={vote.approver}>
                <State state={vote.vote === "approve" ? "approved" : "denied"} /> {vote.approver}
                {vote.reason !== "" && <q>{visible(vote.reason)}</q>}{" "}
                <span class="muted">{ago(Date.parse(vote.at), now)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {hold.similar.length > 0 && (
        <section aria-labelledby="similar">
          <h2 id="similar">Earlier commands that this rule held</h2>
          <ul class="rows">
            {hold.similar.map((other) => (
              <li key={other.id}>
                <a href={`/approvals/${other.id}`}>
                  <State state={other.state} />
                  <Excerpt text={other.command_text} chars={120} />
                  <span class="muted">
                    {other.same_command && "the same command · "}
                    {ago(Date.parse(other.created_at), now)}
                    {other.approvers.length > 0 && ` · approved by ${other.approvers.join(", ")}`}
                  </span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
      {(hold.state === "pending" || hold.state === "withdrawn") && <Answer hold={hold} />}
    </>
  );
}

function Answer(props: { hold: Hold }) {
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const [done, setDone] = useState<string>();
  const send = async (vote: "approve" | "deny"): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const hold = await post<Hold>(`/v1/approvals/${encodeURIComponent(props.hold.id)}/votes`, { vote, reason });
      const missing = hold.count - hold.votes.filter((each) => each.vote === "approve").length;
      setDone(
        vote === "deny"
          ? "You denied it."
          : missing > 0
            ? `You approved it; ${missing} more needed.`
            : "You approved it.",
      );
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown.message : String(thrown));
    } finally {
      setBusy(false);
    }
  };
  if (done !== undefined) {
    return (
      <p class="done" role="status">
        {done}
      </p>
    );
  }
  return (
    <form class="answer" aria-label="Your answer" onSubmit={(event) => event.preventDefault()}>
      <label for="reason">Reason (kept in the record)</label>
      <textarea
        id="reason"
        rows={2}
        maxLength={1000}
        value={reason}
        onInput={(event) => setReason(event.currentTarget.value)}
      />
      <Failure error={error} />
      <div class="buttons">
        <button type="button" class="approve" disabled={busy} onClick={() => void send("approve")}>
          Approve this command
        </button>
        <button type="button" class="deny" disabled={busy} onClick={() => void send("deny")}>
          Deny
        </button>
      </div>
    </form>
  );
}

function Outside(props: { href: string; text: string }) {
  return (
    <a href={props.href} target="_blank" rel="noopener noreferrer">
      {visible(props.text)}
    </a>
  );
}

const ORIGIN_LABELS: Readonly<Record<string, string>> = {
  repository: "Repository",
  ref: "Branch or tag",
  sha: "Commit",
  workflow: "Workflow",
  workflow_ref: "Workflow file",
  job_workflow_ref: "Job's workflow file",
  event_name: "Event",
  environment: "Environment",
  run_id: "Run",
  run_number: "Run number",
  run_attempt: "Attempt",
  actor: "Started by",
  triggering_actor: "Run again by",
  runner_environment: "Runner",
};
