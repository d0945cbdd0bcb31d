// Builds the page into dist/, which the server carries inside its binary. During work on the page
// the development server hands everything that is the server's to a server on its default port.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

const server = "http://127.0.0.1:7777";

/** The modules that the first view needs: the entry and whatever it imports by itself. */
const first = new Set<string>();
const firstView: Plugin = {
  name: "first-view",
  buildEnd() {
    const open = [...this.getModuleIds()].filter((id) => this.getModuleInfo(id)?.isEntry);
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (first.has(id)) continue;
      first.add(id);
      open.push(...(this.getModuleInfo(id)?.importedIds ?? []));
    }
  },
};

export default defineConfig({
  base: "/",
  plugins: [svelte(), firstView],
  build: {
    target: "es2022",
    // Nothing is lowered: light-dark() and nesting are in every browser that we name.
    cssTarget: ["chrome123", "firefox121", "safari17.5"],
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // Whoever opens the page waits for two files of it, a script and a style, and not for a dozen.
        codeSplitting: {
          groups: [
            // The text editor is heavy and belongs to one page alone.
            { name: "code", test: /node_modules\/(@codemirror|@lezer|@marijn|crelt|style-mod|w3c-keyname)/ },
            // One file for the first view, one for what several of the other pages share.
            { name: "first", test: (id) => first.has(id), priority: 1 },
            {
              name: "more",
              test: (id) => !first.has(id) && /src\/(?!parts\/(play\/[A-Z]|PairingCards))/.test(id),
              minShareCount: 2,
            },
          ],
        },
      },
    },
  },
  server: {
    host: "127.0.0.1",
    proxy: {
      "/api": server,
      "/healthz": server,
      "/socket.io": { target: server, ws: true },
    },
  },
});
