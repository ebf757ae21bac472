import type { Check, CheckEnd, Outcome } from "./check.ts";

/** Longest that a check may take, in milliseconds. Ours: what it waits for has limits of its own, which are shorter together. */
const checkTimeoutMs = 60_000;

/** A check that ended. */
export interface CheckResult extends Outcome {
  readonly group: Check["group"];
  readonly name: string;
  readonly tookMs: number;
}

export interface RunOptions {
  /** Told of each in the order of the checks, as soon as it and those before it have ended. */
  readonly ended?: (result: CheckResult) => void;
  /** Told of what is still waited for, in their order, whenever that changes. */
  readonly waiting?: (checks: readonly Check[]) => void;
  readonly timeoutMs?: number;
}

interface Entry {
  readonly check: Check;
  hasEnded: boolean;
  /** None of what only led to others. */
  result?: CheckResult;
  next: readonly Entry[];
}

/** Runs all checks at once, and those that they lead to; never throws for one of them. */
export async function runChecks(checks: readonly Check[], options: RunOptions = {}): Promise<readonly CheckResult[]> {
  const { ended, waiting, timeoutMs = checkTimeoutMs } = options;
  const told: CheckResult[] = [];
  let toldCount = 0;
  let entries: readonly Entry[] = [];
  /** In order, each followed by those that it led to. */
  const inOrder = (some: readonly Entry[]): Entry[] => some.flatMap((entry) => [entry, ...inOrder(entry.next)]);
  const tell = () => {
    const all = inOrder(entries);
    const firstOpen = all.findIndex(({ hasEnded }) => !hasEnded);
    for (const { result } of all.slice(toldCount, firstOpen === -1 ? all.length : firstOpen)) {
      toldCount += 1;
      if (result === undefined) continue;
      told.push(result);
      ended?.(result);
    }
    waiting?.(all.filter(({ hasEnded }) => !hasEnded).map(({ check }) => check));
  };
  const begin = (check: Check): Entry & { readonly done: Promise<void> } => {
    const entry: Entry = { check, hasEnded: false, next: [] };
    const finish = async () => {
      const beganMs = performance.now();
      const end = await endOf(check, timeoutMs);
      const begun = (end.next ?? []).map(begin);
      entry.next = begun;
      entry.hasEnded = true;
      if ("verdict" in end) {
        const { next: _, ...outcome } = end;
        entry.result = { group: check.group, name: check.name, ...outcome, tookMs: performance.now() - beganMs };
      }
      tell();
      await Promise.all(begun.map(({ done }) => done));
    };
    return Object.assign(entry, { done: finish() });
  };
  const begun = checks.map(begin);
  entries = begun;
  tell();
  await Promise.all(begun.map(({ done }) => done));
  return told;
}

async function endOf(check: Check, timeoutMs: number): Promise<CheckEnd> {
  const late = Promise.withResolvers<Outcome>();
  const outcome: Outcome = {
    verdict: "failed",
    saw: `no end within ${timeoutMs / 1_000} s`,
    advice:
      "This check should have ended by itself, which is a fault of the doctor: run it again, and report it if it stays.",
  };
  const timer = setTimeout(() => late.resolve(outcome), timeoutMs);
  try {
    return await Promise.race([check.run(), late.promise]);
  } catch (error) {
    const saw = `the check itself failed: ${error instanceof Error ? error.message : error}`;
    return { verdict: "failed", saw, advice: "This is a fault of the doctor rather than of the node: report it." };
  } finally {
    clearTimeout(timer);
  }
}
