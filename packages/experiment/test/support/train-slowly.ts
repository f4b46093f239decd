// As a program: trains the experiment of train-killed.ts into a folder, with the engine that is named, and waits a moment in each step, so that somebody
// can kill it anywhere. Says `begun` before the first step.
import { setTimeout } from 'node:timers/promises'
import type { Callback } from '@ashlar/core'
import { trainInto } from './train-killed.ts'

const [, , out, engine] = process.argv
const slow: Callback = {
  name: 'slow',
  onTrainBegin() {
    process.stdout.write('begun\n')
  },
  async onBatchEnd() {
    await setTimeout(5)
  },
}
await trainInto(out!, [slow], { engine })
