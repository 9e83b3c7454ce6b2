/** Prints failures, skips by name, and the closing line "N passed, N failed, N skipped". */
import { DefaultReporter } from "@jest/reporters";

export default class GateReporter extends DefaultReporter {
  onRunComplete(_contexts, results) {
    const skipped = results.testResults.flatMap((file) =>
      file.testResults
        .filter((test) => test.status === "pending" || test.status === "todo")
        .map((test) => test.fullName),
    );
    for (const name of skipped) process.stdout.write(`skipped: ${name}\n`);
    // A suite that does not even load has no failing test: count the suite itself, so it can never pass quietly.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    process.stdout.write(`\n${results.numPassedTests} passed, ${failed} failed, ${skipped.length} skipped\n`);
  }
}
