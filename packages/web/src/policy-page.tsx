/** The policy in force, to read: who may come, what each grant allows, and the file itself. */
import { get, type PolicyView } from "./api.ts";
import { ExplainForm } from "./explain-form.tsx";
import { Fact, Failure, State, useLoaded } from "./parts.tsx";

export function PolicyPage() {
  const { value: policy, error } = useLoaded(() => get<PolicyView>("/v1/policy"), 0, []);
  if (policy === undefined) return <Failure error={error} />;
  return (
    <>
      <h1>Policy</h1>
      <p class="muted">
        In force for new sessions; a session keeps the policy with which it began. Digest{" "}
        <code class="digest">{policy.digest}</code>
      </p>
      <section aria-labelledby="grants">
        <h2 id="grants">Grants</h2>
        <div class="columns">
          {policy.grants.map((grant) => (
            <article key={grant.name} class="card">
              <h3>{grant.name}</h3>
              <dl>
                <Fact name="Target">
                  {grant.target} {grant.protocol !== undefined && <span class="muted">{grant.protocol}</span>}
                </Fact>
                <Fact name="Rules">
                  {grant.rules.map((rule) => (
                    <span key={rule.id} class="reached">
                      <State state={rule.effect} /> {rule.id}
                    </span>
                  ))}
                </Fact>
                <Fact name="Masks">{grant.masks}</Fact>
                <Fact name="In words">{grant.hint}</Fact>
              </dl>
            </article>
          ))}
        </div>
      </section>
      <section aria-labelledby="trust">
        <h2 id="trust">Who may come</h2>
        <div class="columns">
          {policy.trust.map((rule) => (
            <article key={rule.name} class="card">
              <h3>{rule.name}</h3>
              <dl>
                <Fact name="Issuer">{rule.issuer}</Fact>
                {Object.entries(rule.claims).map(([name, globs]) => (
                  <Fact key={name} name={name}>
                    {globs.join(" or ")}
                  </Fact>
                ))}
                <Fact name="Grants">{rule.grants.join(", ")}</Fact>
              </dl>
            </article>
          ))}
        </div>
      </section>
      {policy.explains && <ExplainForm policy={policy} />}
      <section aria-labelledby="file">
        <h2 id="file">The file</h2>
        <pre class="command" tabIndex={0} role="region" aria-label="policy.yaml">
          {policy.text}
        </pre>
      </section>
    </>
  );
}
