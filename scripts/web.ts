/** How the web pages are built: names without digests (the gateway sends ETags), no inline code. Touches `outDir`. */
import { join, resolve } from "node:path";

export async function buildPages(root: string, outDir: string): Promise<void> {
  // Loaded only here: the bundler has a native part, which a check of one action need not have.
  const { build } = await import("vite");
  await build({
    configFile: false,
    root,
    publicDir: false,
    logLevel: "warn",
    build: {
      target: "es2023",
      outDir: resolve(outDir),
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rollupOptions: {
        input: ["index.html", "replay.html"].map((name) => join(root, name)),
        output: {
          entryFileNames: "assets/[name].js",
          chunkFileNames: "assets/[name].js",
          assetFileNames: "assets/[name][extname]",
        },
      },
    },
  });
}
