/**
 * Canonical absolute paths of what an SFTP request names, as the target itself resolves them: through links and `..`.
 * Pure: asks the target through the function that it is given.
 */

export type Resolved =
  | { readonly ok: true; readonly path: string }
  /** Why it cannot be known which file is meant; `given` is how the client named it. */
  | { readonly ok: false; readonly given: string; readonly reason: string };

export type Asked =
  { readonly kind: "path"; readonly path: string } | { readonly kind: "missing" } | { readonly kind: "failed" };

export interface PathServer {
  /** REALPATH: resolves every link; the last component may be missing. */
  realpath(path: string): Promise<Asked>;
  /** A path with `~` in it, as the target expands it (OpenSSH's expand-path). */
  expand(path: string): Promise<Resolved>;
  /** LSTAT: is there something of this name, be it a link that leads nowhere? */
  exists(path: string): Promise<boolean>;
}

/** What is behind the path in the end: for open, stat, opendir, setstat. */
export async function resolveTarget(server: PathServer, path: string): Promise<Resolved> {
  if (path === "") return unknown(path, "an empty path");
  const asked = await server.realpath(path);
  if (asked.kind === "path") return checked(asked.path);
  if (asked.kind === "failed") return unknown(path, "the target could not resolve the path");
  // A link that leads nowhere: what it would become once its target exists is not what its own name says.
  if (await server.exists(path)) return unknown(path, "a link that leads nowhere");
  return below(server, path, 0);
}

/** The name itself, be it a link: for lstat, remove, rename, readlink, mkdir. */
export async function resolveEntry(server: PathServer, path: string): Promise<Resolved> {
  const name = lastName(path);
  // `x/`, `x/.` and `x/..` name what is behind, also to calls that do not follow links.
  if (name === undefined) return resolveTarget(server, path);
  const parent = await resolveTarget(server, parentOf(path));
  return parent.ok ? { ok: true, path: join(parent.path, name) } : { ...parent, given: path };
}

/** What a link with this text in it, lying at `link`, would lead to. */
export function resolveLinkText(server: PathServer, link: string, text: string): Promise<Resolved> {
  return resolveTarget(server, text.startsWith("/") || text === "" ? text : join(parentOf(link), text));
}

/** Under the nearest ancestor that exists nothing can be a link: the rest stands as it is written. */
async function below(server: PathServer, path: string, depth: number): Promise<Resolved> {
  const name = lastName(path);
  if (name === undefined || depth > DEPTH_MAX) return unknown(path, "a path through directories that are not there");
  const parent = parentOf(path);
  const asked = await server.realpath(parent);
  if (asked.kind === "failed") return unknown(path, "the target could not resolve the path");
  if (asked.kind === "missing" && (await server.exists(parent))) return unknown(path, "a link that leads nowhere");
  const resolved = asked.kind === "path" ? checked(asked.path) : await below(server, parent, depth + 1);
  return resolved.ok ? { ok: true, path: join(resolved.path, name) } : { ...resolved, given: path };
}

export function checked(path: string): Resolved {
  const canonical = path.startsWith("/") && !/\/\/|\/\.{1,2}(?:\/|$)|.\/$/u.test(path);
  return canonical ? { ok: true, path } : unknown(path, "the target gave a path that is not canonical");
}

/** The last component, unless it is none of its own. */
function lastName(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name === "" || name === "." || name === ".." ? undefined : name;
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  if (slash === -1) return ".";
  return slash === 0 ? "/" : path.slice(0, slash);
}

function join(parent: string, name: string): string {
  return parent === "/" ? `/${name}` : `${parent}/${name}`;
}

function unknown(given: string, reason: string): Resolved {
  return { ok: false, given, reason };
}

/** Missing directories that a path may go through. */
const DEPTH_MAX = 32;
