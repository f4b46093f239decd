import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { inParallel, sampleOf, startChild } from '@ashlar/test-support'
import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { streamFormats } from '../support/stream-formats.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('streamed training that is killed')

/** How many runs are killed: `ASHLAR_KILLS`, or each format by each engine once. */
const FAMILY = Object.keys(streamFormats).flatMap((format) =>
  ['onnxruntime', 'tfjs'].map((engine) => ({ format, engine })),
)
const KILLS = Number(process.env.ASHLAR_KILLS ?? FAMILY.length)

interface Trained {
  /** How long it took from the first step on. */
  readonly ms: number
  readonly result: string | undefined
}

/** @param killAfter milliseconds after which it is killed, in any case before it ends. */
function train(args: readonly string[], killAfter?: number): Promise<Trained> {
  return new Promise((resolve, reject) => {
    const child = startChild(new URL('../support/train-streamed.ts', import.meta.url), {
      args: killAfter === undefined ? args : [...args, 'held'],
    })
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

test('at random moments, it ends as one that was not: any format and engine, with any number of threads', () =>
  withTempFolder(async (folder) => {
    const random = seedrandom.alea('streamed')
    const all = Array.from({ length: KILLS }, (_, run) => ({
      ...{ run, part: random() },
      ...FAMILY[run % FAMILY.length]!,
    }))
    const moments = process.env.ASHLAR_KILLS ? all : sampleOf(4, 'moments', all)
    const data = new Map<string, string>()
    for (const format of new Set(moments.map((each) => each.format))) {
      const path = join(folder, `data ${format}`)
      await mkdir(path)
      await streamFormats[format]!.write(path, 20)
      data.set(format, path)
    }
    const whole = new Map<string, Promise<Trained>>()
    await inParallel(moments, 2, async ({ run, part, format, engine }) => {
      const args = (out: string, threads: number) => [
        ...[format, engine, data.get(format)!, join(folder, out), String(threads)],
      ]
      const key = `${format} by ${engine}`
      const own = whole.get(key) ?? train(args(key, 2))
      whole.set(key, own)
      const expected = await own
      assert.ok(expected.result, key)
      const at = part * expected.ms
      const out = `run ${run}`
      assert.is((await train(args(out, 1 + (run % 3)), at)).result, undefined)
      const { result } = await train(args(out, 1 + ((run + 1) % 3)))
      assert.is(
        result,
        expected.result,
        `${key}, killed after ${at.toFixed()} of ${expected.ms.toFixed()} ms`,
      )
    })
  }))

test.run()
