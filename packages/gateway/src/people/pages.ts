/** The few pages of signing in that need no script. Pure. Everything that comes from outside is escaped. */

export interface Page {
  readonly title: string;
  /** HTML. */
  readonly body: string;
}

/** The only styles: inline styles would need a weaker policy than `default-src 'none'`. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export function pageHtml(page: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="/login/style.css">
<title>${escapeHtml(page.title)} · Gate</title>
</head>
<body>
<main>
<h1>${escapeHtml(page.title)}</h1>
${page.body}
</main>
</body>
</html>
`;
}

export function chooserPage(methods: readonly { readonly label: string; readonly href: string }[]): Page {
  if (methods.length === 0) {
    const how = "This gateway knows no identity provider. Use <code>gate approvals</code> with a token, or set";
    return { title: "Sign in", body: `<p>${how} <code>people.oidc</code> or <code>people.saml</code>.</p>` };
  }
  const links = methods.map(
    ({ label, href }) => `<a class="button" href="${escapeHtml(href)}">${escapeHtml(label)}</a>`,
  );
  return { title: "Sign in", body: `<p>Use the account of your organisation.</p>\n${links.join("\n")}` };
}

export function failedPage(message: string): Page {
  return {
    title: "You are not signed in",
    body: `<p>${escapeHtml(message)}</p>\n<a class="button" href="/login">Try again</a>`,
  };
}

export function devicePage(request: { readonly csrf: string; readonly name: string }): Page {
  const hidden = `<input type="hidden" name="csrf" value="${escapeHtml(request.csrf)}">`;
  return {
    title: "Let a command line act as you",
    body: `<p>You are <strong>${escapeHtml(request.name)}</strong>. Type the code that your own <code>gate login</code> shows.
One that somebody sent you would let them act as you.</p>
<form method="post" action="/login/device">
${hidden}
<label for="code">Code</label>
<input id="code" name="code" autocomplete="off" spellcheck="false" required pattern="[A-Z]{4}-[A-Z]{4}">
<button type="submit">Let it act as me</button>
</form>`,
  };
}

export function commandLinePage(request: {
  readonly handle: string;
  readonly name: string;
  readonly port: number;
}): Page {
  return {
    title: "Let a command line act as you",
    body: `<p>You are <strong>${escapeHtml(request.name)}</strong>. Continue only if you started <code>gate login</code> on this
computer yourself, just now.</p>
<form method="post" action="/login/cli">
<input type="hidden" name="handle" value="${escapeHtml(request.handle)}">
<button type="submit">Let it act as me</button>
</form>
<p>It listens on port ${request.port} of this computer.</p>`,
  };
}

export function donePage(title: string, message: string): Page {
  return { title, body: `<p>${escapeHtml(message)}</p>` };
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export const PAGE_STYLE = `:root { color-scheme: light dark; --accent: #1f5fbf; font: 16px/1.5 system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { :root { --accent: #8ab4f8; } }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText; }
main { width: min(28rem, calc(100vw - 2rem)); }
h1 { font-size: 1.5rem; }
form { display: grid; gap: .75rem; }
input { font: inherit; padding: .5rem; letter-spacing: .1em; }
pre { overflow: auto; padding: .75rem; border: 1px solid var(--accent); border-radius: .4rem; }
.button, button { display: block; font: inherit; padding: .7rem 1rem; margin: .5rem 0; border: 1px solid var(--accent);
  border-radius: .4rem; color: var(--accent); background: Canvas; text-align: center; text-decoration: none; cursor: pointer; }
.button:focus-visible, button:focus-visible, input:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;
