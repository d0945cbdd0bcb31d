// The Proofs: a real browser against the real programs. Each file starts its own server, folder and browser.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    environment: "node",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    retry: 0,
    // How long a condition may take to come true: a limit for what never does, no measure of speed.
    expect: { poll: { timeout: 10_000 } },
  },
});
