// Builds the page into dist/, which the server carries inside its binary. During work on the page
// the development server hands everything that is the server's to a server on its default port.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const server = "http://127.0.0.1:7777";

/** What the overview shares with few other pages. */
const overview =
  /src\/(live\/(room|held|robots|own-hand|unseen|endings)|parts\/(ConnectionBar|theme|choices|favicon|endings|StatusSign|Age|LastJob\.|LateNote|Empty|dropped|FileDrop|keys\.ts)|ui\/(Segments|Menu|toasts)|words\/(outcome|text\.|generated\/(connection|status|outcome|robots)\.))/;

export default defineConfig({
  base: "/",
  plugins: [svelte()],
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
        // Parts that several pages share travel together: a few requests instead of thirty.
        codeSplitting: {
          groups: [
            // The text editor is heavy and belongs to one page alone.
            { name: "code", test: /node_modules\/(@codemirror|@lezer|@marijn|crelt|style-mod|w3c-keyname)/ },
            { name: "base", test: /node_modules|src\/wire\//, minShareCount: 2 },
            { name: "shared", test: /src\//, minShareCount: 7 },
            { name: "shared", test: overview },
            // What the overview does not need, but more than one of the other pages.
            { name: "more", test: /src\/(?!parts\/(play\/[A-Z]|PairingCards))/, minShareCount: 2 },
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
