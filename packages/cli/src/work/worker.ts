import { resolve } from 'node:path'
import { ownFolder } from '@ashlar/experiment'
import { openWorker } from '@ashlar/sweep'
import { aborted, listenForInterruption } from '../terminal/interruption.ts'
import type { Output } from '../terminal/output.ts'
import { TRIAL_PROCESS } from './trial-module.ts'

/** What a worker is asked for on the command line. */
export interface WorkerCommand {
  readonly queue?: string | undefined
  readonly workers?: number | undefined
  readonly name?: string | undefined
  readonly runs?: string | undefined
  readonly home?: string | undefined
  readonly scratch?: string | undefined
  readonly lease?: number | undefined
}

/** Takes trials from a queue until it is stopped. */
export async function runWorker(asked: WorkerCommand, output: Output): Promise<void> {
  const worker = await openWorker({
    ...asked,
    module: TRIAL_PROCESS,
    runs: asked.runs && resolve(asked.runs),
    home: asked.home && resolve(asked.home),
    scratch: asked.scratch === undefined ? await ownFolder('worker') : resolve(asked.scratch),
    notice: (text) => output.notice(text),
  })
  output.notice(`${worker.name} takes trials; Ctrl-C gives back what is under way`)
  const interruption = listenForInterruption({
    told: () => output.notice('giving back what is under way'),
  })
  await aborted(interruption.signal)
  interruption.end()
  await worker.stop()
  output.line(`${worker.done()} trials done`)
  output.result({ worker: worker.name, done: worker.done() })
}
