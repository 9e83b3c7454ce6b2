/** Makes sure that PostgreSQL's regression files, the oracle of the SQL classifier, are in .gate/oracle. */
import { messageOf } from "@gate/base";
import { ensureRegress } from "@gate/testkit";

try {
  process.stderr.write("gate: looking for PostgreSQL's regression files (from Debian's source package)\n");
  process.stderr.write(`gate: they are in ${await ensureRegress(process.cwd())}\n`);
} catch (error) {
  process.stderr.write(`gate: they could not be fetched, and the oracle is skipped: ${messageOf(error)}\n`);
}
