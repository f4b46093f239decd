import { registerBackend } from '@ashlar/graph/backend'
import * as tf from '@tensorflow/tfjs'
import type { Work } from './works.ts'

/** The two sides: Ashlar's backend, and tfjs's own in JavaScript. */
export const BACKENDS: readonly ['onnxruntime', 'cpu'] = ['onnxruntime', 'cpu']

/** Milliseconds of processor time that a work takes, a number per round for each backend, and what it gave. */
export interface Measured {
  readonly times: Readonly<Record<(typeof BACKENDS)[number], readonly number[]>>
  readonly results: Readonly<Record<(typeof BACKENDS)[number], readonly number[]>>
}

/**
 * Takes turns. Each round has a backend that has seen nothing yet, so shapes are met for the first time in each. Processor time is taken, not the clock's: what
 * else the machine does meanwhile does not count, and a second thread counts against us. The first round warms both sides up and does not count.
 */
export async function measure({ run }: Work, rounds: number): Promise<Measured> {
  const times = { onnxruntime: [] as number[], cpu: [] as number[] }
  const results: Record<string, readonly number[]> = {}
  for (let round = 0; round <= rounds; round++) {
    await tf.setBackend('cpu')
    registerBackend()
    for (const backend of round % 2 === 0 ? BACKENDS : [...BACKENDS].reverse()) {
      await tf.setBackend(backend)
      const before = process.cpuUsage()
      results[backend] = await run()
      const { user, system } = process.cpuUsage(before)
      if (round > 0) times[backend].push((user + system) / 1000)
    }
  }
  await tf.setBackend('cpu')
  return { times, results: results as Measured['results'] }
}
