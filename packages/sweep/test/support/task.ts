import type { TrialTask } from '../../src/index.ts'
import { trialId } from '../../src/trials/digest.ts'
import { configOf } from '../../src/work/perform.ts'
import { resolver } from './sweep.ts'

/** A task of a tiny sweep: three epochs, as far as nothing else is said. */
export async function taskOf(
  args: readonly string[],
  more: Partial<TrialTask> = {},
): Promise<TrialTask> {
  const resolved = await resolver(args)([])
  return {
    ...{ id: trialId(resolved.experiment), until: 3, config: configOf(resolved) },
    ...{ metric: 'val_loss', threads: 1, requires: { plugins: {} }, attempts: 3 },
    ...more,
  }
}

/** A task that is told from others by its digit, and that nobody trains. */
export function plainTask(digit: string): TrialTask {
  return {
    ...{ id: digit.repeat(16), until: 3, config: { epochs: 3 }, metric: 'val_loss', threads: 1 },
    ...{ requires: { plugins: {} }, attempts: 3 },
  }
}
