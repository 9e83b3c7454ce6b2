/** Makes sure that act, the second runner of the tests, is there: installs it into .gate/bin where Go is present. */
import { messageOf } from "@gate/base";
import { ensureAct } from "@gate/testkit";

process.stderr.write("gate: looking for act (installed with go install where Go is there)\n");
try {
  const act = await ensureAct(process.cwd());
  process.stderr.write(
    act === undefined ? "gate: neither act nor Go here: its tests are skipped\n" : `gate: act is ${act}\n`,
  );
} catch (error) {
  process.stderr.write(`gate: ${messageOf(error)}\n`);
}
