/** A form that asks why the policy in force would allow, hold or deny a command. Nothing is run. */
import { useState } from "preact/hooks";
import { post, type Explained, type PolicyView } from "./api.ts";
import { Fact, Failure, State } from "./parts.tsx";

export function ExplainForm(props: { policy: PolicyView }) {
  const { grants, trust } = props.policy;
  const [grant, setGrant] = useState(grants[0]?.name ?? "");
  const [as, setAs] = useState("");
  const [kind, setKind] = useState<Kind>("sql");
  const [command, setCommand] = useState("");
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<Explained>();
  const [error, setError] = useState<string>();
  const ask = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    setAnswer(undefined);
    try {
      const question = { grant, [kind]: command, ...(as === "" ? {} : { as }) };
      setAnswer(await post<Explained>("/v1/policy/explain", question));
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown.message : String(thrown));
    } finally {
      setBusy(false);
    }
  };
  const { label, example } = KINDS[kind];
  return (
    <section aria-labelledby="explain">
      <h2 id="explain">Explain a command</h2>
      <p class="muted">
        What the policy would say, and for each rule the first condition that failed. Nothing is run, and no target is
        asked: SQL is read <strong>without the live catalogue</strong>, with tables as the command and the policy name
        them. Views, triggers and functions of the database can change the verdict of a real session.
      </p>
      <form
        class="explain"
        aria-labelledby="explain"
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        <div class="columns">
          <p>
            <label for="explain-grant">Grant</label>
            <select id="explain-grant" value={grant} onChange={(event) => setGrant(event.currentTarget.value)}>
              {grants.map(({ name }) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </p>
          <p>
            <label for="explain-as">Trust rule of the job</label>
            <select id="explain-as" value={as} onChange={(event) => setAs(event.currentTarget.value)}>
              <option value="">any</option>
              {trust.map(({ name }) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          </p>
          <p>
            <label for="explain-kind">Kind of command</label>
            <select id="explain-kind" value={kind} onChange={(event) => setKind(event.currentTarget.value as Kind)}>
              {Object.entries(KINDS).map(([key, { label: text }]) => (
                <option key={key} value={key}>
                  {text}
                </option>
              ))}
            </select>
          </p>
        </div>
        <label for="explain-command">{label}</label>
        <textarea
          id="explain-command"
          rows={3}
          required
          maxLength={COMMAND_CHARS_MAX}
          spellcheck={false}
          placeholder={example}
          value={command}
          onInput={(event) => setCommand(event.currentTarget.value)}
        />
        <div class="buttons">
          <button type="submit" class="quiet" disabled={busy}>
            Explain
          </button>
        </div>
      </form>
      <Failure error={error} />
      <div role="status">{answer !== undefined && <Answer answer={answer} />}</div>
    </section>
  );
}

function Answer(props: { answer: Explained }) {
  const { verdict, rules, message, hint, approval, observed, unclassified, catalogue, explanations } = props.answer;
  return (
    <>
      <dl>
        <Fact name="Verdict">
          <State state={verdict} /> by {rules.join(", ")}
          {observed && " (only observed, not enforced)"}
        </Fact>
        {approval !== undefined && <Fact name="Who is asked">{approval}</Fact>}
        {message !== undefined && message !== "" && <Fact name="Message">{message}</Fact>}
        {hint !== undefined && <Fact name="Hint">{hint}</Fact>}
        {unclassified !== undefined && <Fact name="Not understood">{unclassified}</Fact>}
        {catalogue !== undefined && <Fact name="Catalogue">assumed from the command, not the database's own</Fact>}
      </dl>
      <div class="scroll" tabIndex={0} role="region" aria-label="Each rule">
        <table>
          <thead>
            <tr>
              <th scope="col">Rule</th>
              <th scope="col">Effect</th>
              <th scope="col">Matches</th>
              <th scope="col">First that failed</th>
            </tr>
          </thead>
          <tbody>
            {explanations.map(({ rule, effect, outcome, failed }, index) => (
              <tr key={index}>
                <th scope="row">{rule}</th>
                <td>
                  <State state={effect} />
                </td>
                <td>{MATCHES[outcome]}</td>
                <td>{failed ?? "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

type Kind = keyof typeof KINDS;

const KINDS = {
  sql: { label: "SQL", example: "UPDATE orders SET paid = true" },
  http: { label: "HTTP request", example: "POST /v1/refunds, or {method: POST, path: /v1/refunds, body: {amount: 5}}" },
  mcp: { label: "MCP call", example: "{tool: search, arguments: {q: x}}" },
  exec: { label: "Command line (SSH)", example: "systemctl status app" },
  sftp: { label: "SFTP operation", example: "read /var/log/app/x.log" },
  ssh: { label: "Other SSH channel", example: '{forward: "db.internal:5432"}' },
  kube: { label: "Kubernetes request", example: "{verb: create, resource: pods, namespace: shop}" },
} as const;

const MATCHES = { true: "yes", false: "no", unknown: "not known" } as const;

/** Characters of a command that the form takes. */
const COMMAND_CHARS_MAX = 16_000;
