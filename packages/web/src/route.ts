/** Which page the address names. Pure, apart from `go`. */
import { useEffect, useState } from "preact/hooks";

export type Route =
  | { readonly page: "approvals" }
  | { readonly page: "approval"; readonly id: string }
  | { readonly page: "sessions" }
  | { readonly page: "session"; readonly id: string }
  | { readonly page: "policy" }
  | { readonly page: "unknown" };

export function routeOf(path: string): Route {
  const [, first = "", id, more] = path.split("/");
  if (more !== undefined) return { page: "unknown" };
  switch (first) {
    case "":
    case "approvals":
      return id === undefined || id === "" ? { page: "approvals" } : { page: "approval", id: decodeURIComponent(id) };
    case "sessions":
      return id === undefined || id === "" ? { page: "sessions" } : { page: "session", id: decodeURIComponent(id) };
    case "policy":
      return id === undefined ? { page: "policy" } : { page: "unknown" };
    default:
      return { page: "unknown" };
  }
}

/** The address in force; links of these pages change it without loading the page anew. */
export function useRoute(): Route {
  const [path, setPath] = useState(location.pathname);
  useEffect(() => {
    const moved = (): void => setPath(location.pathname);
    const clicked = (event: MouseEvent): void => {
      const link = (event.target as Element | null)?.closest("a");
      if (link === null || link === undefined || event.defaultPrevented || event.button !== 0) return;
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.target !== "") return;
      if (link.origin !== location.origin || routeOf(link.pathname).page === "unknown") return;
      event.preventDefault();
      history.pushState(null, "", link.href);
      moved();
      // A new page begins at its top, and a screen reader begins with it.
      scrollTo(0, 0);
      document.querySelector<HTMLElement>("main")?.focus();
    };
    addEventListener("popstate", moved);
    document.addEventListener("click", clicked);
    return () => {
      removeEventListener("popstate", moved);
      document.removeEventListener("click", clicked);
    };
  }, []);
  return routeOf(path);
}
