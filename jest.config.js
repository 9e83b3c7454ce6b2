/** Jest runs TypeScript through Node's own type stripping: see scripts/jest-transform.js. */
export default {
  testEnvironment: "node",
  roots: ["<rootDir>/packages", "<rootDir>/actions", "<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "<rootDir>/scripts/jest-transform.js" },
  moduleNameMapper: { "^fast-check$": "<rootDir>/scripts/fast-check.js" },
  moduleFileExtensions: ["ts", "js", "json"],
  watchman: false,
  coverageProvider: "v8",
  testTimeout: 90_000,
  reporters: ["<rootDir>/scripts/jest-reporter.js"],
};
