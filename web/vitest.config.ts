// Tests of the cores in node: everything without a component, a rune or a browser.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
