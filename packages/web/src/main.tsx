/** The pages: approvals, sessions, policy. Runs in a browser. */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { whoAmI, type Me } from "./api.ts";
import { ApprovalPage } from "./approval-page.tsx";
import { ApprovalsPage } from "./approvals-page.tsx";
import { Layout } from "./layout.tsx";
import { PolicyPage } from "./policy-page.tsx";
import { useRoute } from "./route.ts";
import { SessionPage } from "./session-page.tsx";
import { SessionsPage } from "./sessions-page.tsx";
import "./styles.css";

function App() {
  const route = useRoute();
  const [me, setMe] = useState<Me>();
  useEffect(() => {
    void whoAmI().then(setMe);
  }, []);
  if (me === undefined) return <p class="loading">Loading…</p>;
  return (
    <Layout me={me} page={route.page}>
      {route.page === "approvals" && <ApprovalsPage />}
      {route.page === "approval" && <ApprovalPage key={route.id} id={route.id} me={me} />}
      {route.page === "sessions" && <SessionsPage />}
      {route.page === "session" && <SessionPage key={route.id} id={route.id} />}
      {route.page === "policy" && <PolicyPage />}
      {route.page === "unknown" && (
        <>
          <h1>There is nothing here</h1>
          <p>
            Go to the <a href="/approvals">approvals</a>.
          </p>
        </>
      )}
    </Layout>
  );
}

const root = document.getElementById("root");
if (root !== null) render(<App />, root);
