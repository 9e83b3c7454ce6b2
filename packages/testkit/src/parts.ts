/**
 * Suites that need a part of the machine: where it is missing they are skipped under a name that says what is missing, so
 * that the list at the end of `npm test` gives the reason. For tests only: registers with jest.
 */
import { describe, test } from "@jest/globals";

export function suiteWith(there: boolean, part: string): (name: string, run: () => void) => void {
  const register = there ? describe : describe.skip;
  return (name, run) => register(named(there, name, part), run);
}

export function testWith(
  there: boolean,
  part: string,
): (name: string, run: () => void | Promise<void>, timeoutMs?: number) => void {
  const register = there ? test : test.skip;
  return (name, run, timeoutMs) => register(named(there, name, part), run, timeoutMs);
}

function named(there: boolean, name: string, part: string): string {
  return there ? name : `${name} [needs ${part}]`;
}
