// Trials that are nothing but their result: for what is around them.
import { Registry } from '@ashlar/plugins'
import { serveTrials, type TaskResult, type TrialTask } from '../../src/index.ts'

async function trivial({ id, until, config }: TrialTask): Promise<TaskResult> {
  const wait = Number(process.env.ASHLAR_TEST_WAIT ?? 0)
  const end = performance.now() + wait
  // A core that is busy, as one that trains.
  while (performance.now() < end);
  const loss = Math.abs(
    Math.log10(Number((config.optimizer as { learningRate: number }).learningRate)) + 2.5,
  )
  return {
    ...{ id, until, status: 'reached', better: 'lower', epochs: until, steps: until, seconds: 0 },
    metrics: { val_loss: loss },
  }
}

await serveTrials(new Registry(), trivial)
