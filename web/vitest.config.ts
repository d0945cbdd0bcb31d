// Tests of the cores in node: everything without a component or a browser. Words need the Svelte compiler for the one rune
// that holds the language.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte()],
  test: { include: ["src/**/*.test.ts"], environment: "node", setupFiles: ["src/words/spoken.setup.ts"] },
});
