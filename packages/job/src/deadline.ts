/** A bound in time for work that may hang. Touches timers. */
import { JobError } from "./errors.ts";

/** @throws {JobError} JOB_DEADLINE when `work` takes longer; it is then left to itself. */
export async function withDeadline<T>(what: string, msMax: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new JobError("operator", "JOB_DEADLINE", `${what} took longer than ${Math.round(msMax / 1000)} s`)),
      msMax,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
