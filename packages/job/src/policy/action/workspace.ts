/**
 * Files of the checked-out repository and no others: a pull request names paths, and what is wrong with a file is shown
 * to everybody. Reads the file system.
 */
import { readFileSync, realpathSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { JobError } from "../../errors.ts";

/**
 * Reads texts below the workspace; `undefined` where there is none.
 * @throws {JobError} JOB_INPUT for a path, or a link's end, outside of it or in the repository's own folder
 */
export function workspaceReader(workspace: string): (path: string) => string | undefined {
  return (path) => {
    try {
      const root = realpathSync(workspace);
      const real = realpathSync(join(root, path));
      const [first] = relative(root, real).split(sep);
      if (
        first === ".." ||
        first === ".git" ||
        relative(root, real).startsWith(sep) ||
        /^[A-Za-z]:/.test(first ?? "")
      ) {
        const message = `${path} is not in the workspace: policies and their tests lie in the repository`;
        throw new JobError("operator", "JOB_INPUT", message);
      }
      return readFileSync(real, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  };
}
