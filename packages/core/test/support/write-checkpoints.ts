// Not by the index: what it imports takes seconds in each of many processes.
import { writeCheckpoint } from '../../src/checkpoints/write.ts'
import type { TrainingState } from '../../src/index.ts'

/** A small but whole state, made of its step alone. */
export function stateAt(step: number): TrainingState {
  return {
    progress: {
      run: { engine: 'tfjs', seed: 1, batchSize: 2, samples: 6, shuffle: true, accumulate: 1 },
      step,
      epoch: 0,
      batch: step,
      optimizer: { steps: step, updates: step, gathered: 0 },
      learningRateFactor: 1,
      seconds: 0,
      epochs: [],
      callbacks: {},
    },
    tensors: new Map([
      ['weights/w', { dtype: 'F32', shape: [4000], data: new Float32Array(4000).fill(step) }],
    ]),
  }
}

// As a program: writes the checkpoints of steps 1, 2, ... into a folder.
const [, , folder, count] = process.argv
if (folder !== undefined && count !== undefined) {
  for (let step = 1; step <= Number(count); step++) {
    await writeCheckpoint(folder, stateAt(step))
    process.stdout.write(`${step}\n`)
  }
}
