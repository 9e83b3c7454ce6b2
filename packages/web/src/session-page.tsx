/** One session: what it could reach, did reach and was kept from; its commands live; its terminals; a way to end it. */
import { useState } from "preact/hooks";
import { get, post, type Entry, type GrantSummary, type Session, type Summary } from "./api.ts";
import { visible } from "./highlight.ts";
import { useEntries } from "./live.ts";
import { Excerpt, Fact, Failure, State, useLoaded, Verdicts } from "./parts.tsx";
import { clock } from "./time.ts";

export function SessionPage(props: { id: string }) {
  const id = encodeURIComponent(props.id);
  const live = useEntries(props.id);
  const ended = live.state === "ended";
  const { value: session, error } = useLoaded(() => get<Session>(`/v1/sessions/${id}`), ended ? 0 : 3_000, [id, ended]);
  const { value: summary } = useLoaded(() => get<Summary>(`/v1/sessions/${id}/summary`), ended ? 0 : 5_000, [
    id,
    ended,
  ]);
  const { value: casts } = useLoaded(
    () => get<{ terminals: { name: string; bytes: number }[] }>(`/v1/sessions/${id}/terminals`),
    ended ? 0 : 10_000,
    [id, ended],
  );
  if (session === undefined) return <Failure error={error} />;
  return (
    <>
      <p class="crumbs">
        <a href="/sessions">Sessions</a> / {session.id}
      </p>
      <h1>
        {visible(session.principal)} <State state={session.state} />
      </h1>
      <Failure error={error} />
      <dl class="inline">
        <Fact name="Trust rule">{session.trust_rule}</Fact>
        <Fact name="Grants">{session.grants.join(", ")}</Fact>
        <Fact name="From">{session.issued_at.replace("T", " ").slice(0, 19)} UTC</Fact>
        <Fact name="Until">{session.expires_at.replace("T", " ").slice(0, 19)} UTC</Fact>
        {summary !== undefined && (
          <Fact name="Verdicts">
            <Verdicts counts={summary.verdicts} />
          </Fact>
        )}
        {session.root !== undefined && (
          <Fact name="Sealed root">
            <code class="digest">{session.root}</code>
          </Fact>
        )}
      </dl>
      {session.state === "open" && <Kill id={props.id} />}
      {summary !== undefined && <BlastRadius summary={summary} />}
      {casts !== undefined && casts.terminals.length > 0 && (
        <section aria-labelledby="terminals">
          <h2 id="terminals">Terminals</h2>
          <ul class="rows terminals">
            {casts.terminals.map(({ name, bytes }) => (
              <li key={name}>
                <a href={`/replay/${id}?terminal=${encodeURIComponent(name)}`} target="_blank" rel="noopener">
                  {name}
                </a>
                <span class="muted">
                  {session.state === "open" ? "follow it live, " : ""}
                  {Math.ceil(bytes / 1024)} KiB
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <Timeline entries={live.entries} dropped={live.dropped} state={live.state} />
    </>
  );
}

function Kill(props: { id: string }) {
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState<string>();
  const kill = async (): Promise<void> => {
    try {
      await post(`/v1/sessions/${encodeURIComponent(props.id)}/revoke`, {});
      setAsking(false);
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown.message : String(thrown));
    }
  };
  return (
    <div class="kill">
      {asking ? (
        <div role="group" aria-label="End this session?">
          <span>Its connections are cut now, and it cannot be opened again.</span>
          <button type="button" class="deny" onClick={() => void kill()}>
            End it now
          </button>
          <button type="button" class="quiet" onClick={() => setAsking(false)}>
            Keep it
          </button>
        </div>
      ) : (
        <button type="button" class="quiet" onClick={() => setAsking(true)}>
          End this session…
        </button>
      )}
      <Failure error={error} />
    </div>
  );
}

/** The blast-radius card. */
function BlastRadius(props: { summary: Summary }) {
  return (
    <section class="blast" aria-labelledby="blast">
      <h2 id="blast">Blast radius</h2>
      <div class="columns">
        {props.summary.grants.map((grant) => (
          <article key={grant.grant} class="card">
            <h3>
              {grant.grant} <span class="muted">{grant.protocol ?? "not used"}</span>
            </h3>
            <dl>
              <Fact name="Could reach">{grant.target}</Fact>
              <Fact name="Did reach">
                {Object.entries(grant.reached).map(([kind, names]) => (
                  <span key={kind} class="reached">
                    {kind}: {names.slice(0, 20).join(", ")}
                    {names.length > 20 && ` and ${names.length - 20} more`}
                  </span>
                ))}
                <span class={grant.executed === 0 ? undefined : "muted"}>{reachedInNumbers(grant)}</span>
              </Fact>
              {Object.keys(grant.masked).length > 0 && (
                <Fact name="Masked">
                  {Object.entries(grant.masked).map(([mask, count]) => (
                    <span key={mask} class="reached">
                      {mask}: {count}
                    </span>
                  ))}
                </Fact>
              )}
              <Fact name="Held back">
                {grant.heldBack.length === 0
                  ? "nothing"
                  : grant.heldBack.slice(0, 10).map((held) => (
                      <span key={held.entry} class="reached">
                        <State state={held.how} /> <Excerpt text={held.text} chars={120} />
                      </span>
                    ))}
                {grant.heldBack.length > 10 && (
                  <span class="muted">and {grant.heldBack.length - 10 + grant.heldBackOmitted} more</span>
                )}
              </Fact>
            </dl>
          </article>
        ))}
      </div>
      {props.summary.latchRefused > 0 && (
        <p class="failure" role="alert">
          {props.summary.latchRefused} times somebody tried to take this job’s session a second time.
        </p>
      )}
    </section>
  );
}

function reachedInNumbers(grant: GrantSummary): string {
  if (grant.executed === 0) return "nothing";
  const rows = [`${grant.rows} rows read`, `${grant.affected} written`];
  return [grant.executed === 1 ? "1 command" : `${grant.executed} commands`]
    .concat(grant.rows + grant.affected === 0 ? [] : rows)
    .join(", ");
}

function Timeline(props: { entries: readonly Entry[]; dropped: number; state: string }) {
  const [verdicts, setVerdicts] = useState(true);
  const shown = verdicts ? props.entries.filter((entry) => SHOWN.has(entry.type)) : props.entries;
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">
        Timeline{" "}
        <span class={`live live-${props.state}`}>
          {props.state === "refused" ? "not live: close other views, or sign in again, and reload" : props.state}
        </span>
      </h2>
      <label class="check">
        <input type="checkbox" checked={verdicts} onChange={(event) => setVerdicts(event.currentTarget.checked)} /> Only
        commands, holds and the session’s own events
      </label>
      {props.dropped > 0 && <p class="muted">{props.dropped} earlier entries are not shown here.</p>}
      <ol class="timeline">
        {shown.map((entry) => (
          <li key={entry.seq} class={`entry entry-${entry.type}`}>
            <span class="seq">#{entry.seq}</span>
            <time dateTime={entry.time}>{clock(entry.time)}</time>
            <EntryText entry={entry} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function EntryText(props: { entry: Entry }) {
  const { entry } = props;
  const text = (name: string): string => (typeof entry[name] === "string" ? visible(entry[name]) : "");
  if (entry.type === "verdict") {
    const command = entry["command"] as { text?: string } | undefined;
    const rules = entry["rules"] as readonly string[] | undefined;
    return (
      <span class="what">
        <State state={text("verdict")} />
        <span class="muted">
          {text("grant")} · {(rules ?? []).join(", ")}
        </span>
        <Excerpt text={command?.text ?? ""} chars={1000} />
      </span>
    );
  }
  if (entry.type === "result") {
    return (
      <span class="what">
        result of #{String(entry["of"])}: {text("outcome")}{" "}
        <span class="muted">{typeof entry["rows"] === "number" ? `${entry["rows"]} rows` : ""}</span>
      </span>
    );
  }
  if (entry.type === "hold-resolved") {
    return (
      <span class="what">
        <State state={text("state")} /> hold of #{String(entry["of"])}{" "}
        {((entry["approvers"] as readonly string[] | undefined) ?? []).join(", ")}
      </span>
    );
  }
  if (entry.type === "vote") {
    return (
      <span class="what">
        {text("approver")}: {text("vote")} <span class="muted">{text("reason")}</span>
      </span>
    );
  }
  const detail = entry["detail"];
  return (
    <span class="what">
      {[entry.type.replace(/-/g, " "), text("event"), text("grant")].filter(Boolean).join(" ")}
      {text("reason") !== "" && `: ${text("reason")}`}{" "}
      <span class="muted">{detail === undefined ? "" : JSON.stringify(detail)}</span>
    </span>
  );
}

const SHOWN: ReadonlySet<string> = new Set([
  "verdict",
  "hold-resolved",
  "vote",
  "session-opened",
  "session-closed",
  "session-renewed",
  "latch-refused",
]);
