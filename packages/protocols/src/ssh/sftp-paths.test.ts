import { describe, expect, test } from "@jest/globals";
import { resolveEntry, resolveLinkText, resolveTarget, type Asked, type PathServer } from "./sftp-paths.ts";

const resolveNothing: PathServer["expand"] = async (given) => ({ ok: false, given, reason: "not here" });

/** Files as a server has them: directories, and links with their text. */
function server(links: Readonly<Record<string, string>>, directories: readonly string[]): PathServer {
  const dirs = new Set(["/", ...directories]);
  const walk = (path: string, depth = 0): Asked => {
    if (depth > 20) return { kind: "missing" };
    let at = "";
    const parts = (path.startsWith("/") ? path : `/home/${path}`)
      .split("/")
      .filter((part) => part !== "" && part !== ".");
    for (const [index, part] of parts.entries()) {
      if (part === "..") {
        at = at.slice(0, at.lastIndexOf("/"));
        continue;
      }
      const here = `${at}/${part}`;
      const link = links[here];
      const rest = parts.slice(index + 1).join("/");
      if (link !== undefined) return walk(`${link.startsWith("/") ? link : `${at}/${link}`}/${rest}`, depth + 1);
      if (!dirs.has(here) && index < parts.length - 1) return { kind: "missing" };
      at = here;
    }
    return { kind: "path", path: at === "" ? "/" : at };
  };
  return {
    realpath: async (path) => walk(path),
    expand: resolveNothing,
    exists: async (path) => links[path] !== undefined || dirs.has(path),
  };
}

const here = server(
  {
    "/srv/app/out": "/etc",
    "/srv/app/self": "self",
    "/srv/app/gone": "/nowhere/deep/file",
    "/srv/app/current": "releases/7",
  },
  ["/srv", "/srv/app", "/srv/app/releases", "/srv/app/releases/7", "/etc", "/home"],
);
const path = async (resolved: ReturnType<typeof resolveTarget>): Promise<string> => {
  const found = await resolved;
  return found.ok ? found.path : `? ${found.reason}`;
};

describe("what is behind a path", () => {
  test.each([
    ["/srv/app/a", "/srv/app/a"],
    ["/srv/app/../app//./a", "/srv/app/a"],
    ["/srv/app/out/passwd", "/etc/passwd"],
    ["/srv/app/current/x", "/srv/app/releases/7/x"],
    ["a", "/home/a"],
    [".", "/home"],
    ["/srv/app/new/dir/file", "/srv/app/new/dir/file"],
    ["/srv/app/out/new/file", "/etc/new/file"],
    ["/", "/"],
  ])("%s is %s", async (given, expected) => {
    expect(await path(resolveTarget(here, given))).toBe(expected);
  });

  test.each(["", "/srv/app/gone", "/srv/app/self", "/srv/app/new/../../etc/x", "/srv/app/gone/x"])(
    "%j cannot be known",
    async (given) => {
      expect(await path(resolveTarget(here, given))).toMatch(/^\? /u);
    },
  );
});

describe("the name itself", () => {
  test.each([
    ["/srv/app/out", "/srv/app/out"],
    ["/srv/app/out/", "/etc"],
    ["/srv/app/out/.", "/etc"],
    ["/srv/app/out/..", "/"],
    ["/srv/app/out/x", "/etc/x"],
    ["/srv/app/gone", "/srv/app/gone"],
    ["x", "/home/x"],
    ["/x", "/x"],
  ])("%s is %s", async (given, expected) => {
    expect(await path(resolveEntry(here, given))).toBe(expected);
  });
});

describe("the text of a new link", () => {
  test.each([
    ["/etc/passwd", "/etc/passwd"],
    ["../../etc/passwd", "/etc/passwd"],
    ["releases/7", "/srv/app/releases/7"],
    ["out/shadow", "/etc/shadow"],
  ])("%s leads to %s", async (text, expected) => {
    expect(await path(resolveLinkText(here, "/srv/app/link", text))).toBe(expected);
  });
});

test("a server whose answer is no canonical path is not believed", async () => {
  for (const answer of ["relative", "/a/../b", "/a//b", "/a/", "/a/."]) {
    const liar: PathServer = {
      realpath: async () => ({ kind: "path", path: answer }),
      exists: async () => true,
      expand: resolveNothing,
    };
    expect((await resolveTarget(liar, "/x")).ok).toBe(false);
  }
});
