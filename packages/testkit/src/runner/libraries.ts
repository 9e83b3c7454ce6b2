/**
 * Loads GitHub's own workflow parser and expression evaluator.
 *
 * They import a JSON file without an import attribute, which plain Node refuses: a load hook adds it. Jest links
 * modules itself, refuses hooks and needs none.
 */
import { registerHooks } from "node:module";

export async function loadLibraries(): Promise<Libraries> {
  loaded ??= load();
  return loaded;
}

export type Libraries = Awaited<ReturnType<typeof load>>;

let loaded: ReturnType<typeof load> | undefined;

async function load() {
  let unhook = () => {};
  try {
    const hooks = registerHooks({
      load: (url, context, next) =>
        next(
          url,
          /\/@actions\/workflow-parser\/.*\.json$/u.test(url)
            ? { ...context, importAttributes: { type: "json" } }
            : context,
        ),
    });
    unhook = () => hooks.deregister();
  } catch {
    // Under jest.
  }
  try {
    const [parser, actions, conditions, expressions, ast] = await Promise.all([
      import("@actions/workflow-parser"),
      import("@actions/workflow-parser/actions/index"),
      import("@actions/workflow-parser/model/converter/if-condition"),
      import("@actions/expressions"),
      import("@actions/workflow-parser/templates/tokens/index"),
    ]);
    return { parser, actions, conditions, expressions, tokens: ast };
  } finally {
    unhook();
  }
}
