/** Prints failures, skips by name, and the closing line "N passed, N failed, N skipped". */
import { readFileSync } from "node:fs";

export default class GateReporter {
  #error;

  onTestResult(_test, result) {
    const failed = result.numFailingTests > 0 || result.testExecError !== undefined;
    const name = result.testFilePath.slice(process.cwd().length + 1);
    const seconds = ((result.perfStats.end - result.perfStats.start) / 1000).toFixed(1);
    process.stdout.write(`${failed ? "FAIL" : "ok"} ${name} (${result.numPassingTests} tests, ${seconds} s)\n`);
    if (failed) process.stdout.write(`${result.failureMessage ?? ""}\n`);
    for (const line of result.console ?? []) process.stdout.write(`  console.${line.type}: ${line.message}\n`);
  }

  onRunComplete(_contexts, results) {
    const skipped = results.testResults.flatMap((file) =>
      file.testResults
        .filter((test) => test.status === "pending" || test.status === "todo")
        .map((test) => test.fullName),
    );
    const allowed = allowedSkips();
    const forbidden =
      process.env.CI === "true" ? skipped.filter((name) => !allowed.some((a) => name.startsWith(a))) : [];
    for (const name of skipped) process.stdout.write(`skipped: ${name}\n`);
    if (forbidden.length > 0) {
      this.#error = new Error(`${forbidden.length} tests were skipped that .ci/allowed-skips does not name`);
      process.stdout.write(`${this.#error.message}\n`);
    }
    // A suite that does not even load has no failing test: count the suite itself, so it can never pass quietly.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites + forbidden.length;
    process.stdout.write(`\n${results.numPassedTests} passed, ${failed} failed, ${skipped.length} skipped\n`);
  }

  getLastError() {
    return this.#error;
  }
}

function allowedSkips() {
  return readFileSync(new URL("../.ci/allowed-skips", import.meta.url), "utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}
