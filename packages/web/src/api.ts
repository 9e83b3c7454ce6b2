/** The gateway's HTTP API as these pages use it. Touches the network of this origin only. */

export interface Me {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly method: string;
  readonly csrf: string;
  readonly expires_at: string;
}

export interface Vote {
  readonly approver: string;
  readonly vote: "approve" | "deny";
  readonly reason: string;
  readonly at: string;
}

export interface Hold {
  readonly id: string;
  readonly session_id: string;
  readonly grant: string;
  readonly target: string;
  readonly rule: string;
  readonly approval: string;
  readonly from: readonly string[];
  readonly exclude: readonly string[];
  readonly count: number;
  readonly command_digest: string;
  readonly command_text: string;
  readonly policy_digest: string;
  readonly principal: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly state: "pending" | "approved" | "spent" | "denied" | "expired" | "withdrawn" | "void";
  readonly votes: readonly Vote[];
}

export interface HoldWithDetails extends Hold {
  readonly origin: Readonly<Record<string, string>>;
  readonly links: { readonly repository?: string; readonly commit?: string; readonly run?: string };
  readonly rule_text?: string;
  readonly effects: Readonly<Record<string, readonly string[]>>;
  readonly estimated_rows?: number;
  readonly similar: readonly {
    readonly id: string;
    readonly command_text: string;
    readonly same_command: boolean;
    readonly state: string;
    readonly created_at: string;
    readonly approvers: readonly string[];
  }[];
}

export interface Session {
  readonly id: string;
  readonly state: "open" | "closed" | "revoked" | "expired";
  readonly trust_rule: string;
  readonly principal: string;
  readonly grants: readonly string[];
  readonly issued_at: string;
  readonly expires_at: string;
  readonly connections?: number;
  readonly verdicts?: Readonly<Record<"allow" | "hold" | "deny", number>>;
  readonly entries?: number;
  readonly root?: string;
}

/** An entry of a recording; the fields depend on its type. */
export interface Entry {
  readonly seq: number;
  readonly time: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface GrantSummary {
  readonly grant: string;
  readonly target: string;
  readonly protocol?: string;
  readonly verdicts: Readonly<Record<"allow" | "hold" | "deny", number>>;
  readonly executed: number;
  readonly failed: number;
  readonly rows: number;
  readonly affected: number;
  readonly masked: Readonly<Record<string, number>>;
  readonly reached: Readonly<Record<string, readonly string[]>>;
  readonly heldBack: readonly {
    readonly entry: number;
    readonly text: string;
    readonly rules: readonly string[];
    readonly how: string;
  }[];
  readonly heldBackOmitted: number;
}

export interface Summary {
  readonly mode?: string;
  readonly closeReason?: string;
  readonly verdicts: Readonly<Record<"allow" | "hold" | "deny", number>>;
  readonly grants: readonly GrantSummary[];
  readonly latchRefused: number;
}

export interface PolicyView {
  readonly digest: string;
  readonly text: string;
  /** Can this gateway explain commands? */
  readonly explains: boolean;
  readonly trust: readonly {
    readonly name: string;
    readonly issuer: string;
    readonly claims: Readonly<Record<string, readonly string[]>>;
    readonly grants: readonly string[];
  }[];
  readonly grants: readonly {
    readonly name: string;
    readonly target: string;
    readonly protocol?: string;
    readonly rules: readonly { readonly id: string; readonly effect: string }[];
    readonly masks: number;
    readonly hint: string;
  }[];
}

/** Why a command would be allowed, held or denied. */
export interface Explained {
  readonly verdict: "allow" | "hold" | "deny";
  readonly rules: readonly string[];
  readonly message?: string;
  readonly hint?: string;
  readonly approval?: string;
  readonly observed: boolean;
  readonly unclassified?: string;
  readonly catalogue?: "assumed";
  readonly explanations: readonly {
    readonly rule: string;
    readonly effect: string;
    readonly outcome: "true" | "false" | "unknown";
    readonly failed?: string;
  }[];
}

/** What the gateway said no to, in its own words. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

let me: Me | undefined;

/** Who is signed in; goes to the sign-in page when nobody is. */
export async function whoAmI(): Promise<Me> {
  me ??= await get<Me>("/v1/me");
  return me;
}

export async function get<T>(path: string): Promise<T> {
  return read<T>(await fetch(path, { headers: { accept: "application/json" } }));
}

export async function post<T>(path: string, body: object): Promise<T> {
  const { csrf } = await whoAmI();
  const headers = { "content-type": "application/json", "x-gate-csrf": csrf };
  return read<T>(await fetch(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

export async function signOut(): Promise<void> {
  await post("/logout", {}).catch(() => undefined);
  location.assign("/login");
}

async function read<T>(response: Response): Promise<T> {
  if (response.status === 401) {
    location.assign(`/login?return_to=${encodeURIComponent(location.pathname + location.search)}`);
    return new Promise(() => undefined);
  }
  if (response.status === 204) return undefined as T;
  const body = (await response.json().catch(() => ({}))) as { detail?: string; title?: string };
  if (!response.ok) throw new ApiError(response.status, body.detail ?? body.title ?? `status ${response.status}`);
  return body as T;
}
