import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { inParallel, sampleOf, startChild } from '@ashlar/test-support'
import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { writePictureFolder } from '../support/pictures.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('streamed training that is killed')

/** How many runs are killed: `ASHLAR_KILLS`, or as many as take some minutes. */
const KILLS = Number(process.env.ASHLAR_KILLS ?? 12)

interface Trained {
  /** How long it took from the first step on. */
  readonly ms: number
  readonly result: string | undefined
}

function train(args: readonly string[], killAfter?: number): Promise<Trained> {
  return new Promise((resolve, reject) => {
    const child = startChild(new URL('../support/train-streamed.ts', import.meta.url), { args })
    let out = ''
    let began = 0
    let err = ''
    child.stderr.on('data', (text: Buffer) => {
      err += text.toString()
    })
    child.stdout.on('data', (text: Buffer) => {
      out += text.toString()
      if (began > 0 || !out.includes('begins')) return
      began = performance.now()
      if (killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfter)
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code !== 0 && signal !== 'SIGKILL') reject(new Error(err))
      else resolve({ ms: performance.now() - began, result: /ends (\w+)/.exec(out)?.[1] })
    })
  })
}

test('at random moments, it ends as one that was not, with any number of threads', () =>
  withTempFolder(async (folder) => {
    const data = join(folder, 'data')
    await mkdir(data)
    await writePictureFolder(data, 20)
    const whole = await train([data, join(folder, 'whole'), '2'])
    assert.ok(whole.result)
    const random = seedrandom.alea('streamed')
    const all = Array.from({ length: KILLS }, (_, run) => ({ run, at: random() * whole.ms }))
    const moments = process.env.ASHLAR_KILLS ? all : sampleOf(3, 'moments', all)
    let killed = 0
    await inParallel(moments, 2, async ({ run, at }) => {
      const out = join(folder, String(run))
      const first = await train([data, out, String(1 + (run % 3))], at)
      if (first.result === undefined) killed++
      const { result } = await train([data, out, String(1 + ((run + 1) % 3))])
      assert.is(result, whole.result, `killed after ${at.toFixed()} of ${whole.ms.toFixed()} ms`)
    })
    assert.ok(killed >= moments.length / 3, `only ${killed} were killed in time`)
  }))

test.run()
