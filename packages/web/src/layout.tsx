/** What every page has around it: where one is, who one is, a way past the links for keyboards. */
import type { ComponentChildren } from "preact";
import { signOut, type Me } from "./api.ts";
import type { Route } from "./route.ts";

const LINKS = [
  { href: "/approvals", label: "Approvals", pages: ["approvals", "approval"] },
  { href: "/sessions", label: "Sessions", pages: ["sessions", "session"] },
  { href: "/policy", label: "Policy", pages: ["policy"] },
];

export function Layout(props: { me: Me; page: Route["page"]; children: ComponentChildren }) {
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header>
        <a class="brand" href="/approvals">
          Gate
        </a>
        <nav aria-label="Pages">
          {LINKS.map(({ href, label, pages }) => (
            <a key={href} href={href} {...(pages.includes(props.page) ? { "aria-current": "page" as const } : {})}>
              {label}
            </a>
          ))}
        </nav>
        <div class="who">
          <span title={props.me.subjects.join(", ")}>{props.me.name}</span>
          <button type="button" class="quiet" onClick={() => void signOut()}>
            Sign out
          </button>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {props.children}
      </main>
    </>
  );
}
