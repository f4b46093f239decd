import { stat } from 'node:fs/promises'
import type { FileLimits } from '@ashlar/core'
import { readEncodings, readMetadata } from '@ashlar/core/encoding'
import { textCodec } from '@ashlar/datasets/raw'
import { DataError } from '@ashlar/errors'
import { isRun, openRun } from '@ashlar/experiment/runs'
import { openInspected } from '@ashlar/export/guarded'
import { inspectFile } from '@ashlar/export/inspect'
import { formatPath } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { CACHE_KEY, cacheShape, GENERATOR } from './cache-shape.ts'
import { checkSampling, type SamplingOptions, sampleToken } from './sample-token.ts'
import { tokenDraws } from './token-draws.ts'

/** What to generate. */
export interface GenerateRequest extends SamplingOptions {
  /** A run, or the file of one. */
  readonly model: string
  readonly prompt: string
  /** Tokens that are added. */
  readonly tokens: number
  readonly seed: number
  readonly limits?: FileLimits | undefined
}

/** Goes on with a text, token by token, by the exported file alone: its memory goes in and comes out. */
export async function generateText(request: GenerateRequest, output: Output): Promise<void> {
  checkSampling(request)
  const path = await generatorFile(request.model)
  const file = await inspectFile(path)
  const { tokens: encoding } = readEncodings(file.metadata, path)
  const cache = readMetadata(file.metadata, CACHE_KEY, cacheShape, path)
  if (encoding === undefined || cache === undefined) {
    throw new DataError({
      where: path,
      expected: 'the file must be that of a language model: it says nothing of tokens and a cache',
      hint: `${GENERATOR} in the folder of a run is, where the model is a gpt.`,
    })
  }
  const codec = textCodec(encoding, 'ashlar generate')
  const prompt = codec.encode(request.prompt)
  const runner = await openInspected(path, file, request.limits)
  try {
    const size = cache.past.reduce((product, each) => product * each, 1)
    let past = new Float32Array(size)
    let place = 0
    let logits: Float32Array = new Float32Array(0)
    const step = async (token: number) => {
      const outputs = await runner.run({
        token: { shape: [1, 1], dtype: 'int32', data: Int32Array.of(token) },
        place: { shape: [1], dtype: 'int32', data: Int32Array.of(place) },
        past: { shape: [1, ...cache.past], dtype: 'float32', data: past },
      })
      past = outputs.present!.data as typeof past
      logits = outputs.logits!.data as Float32Array
      place++
    }
    const all = [...prompt]
    const draws = tokenDraws(request.seed)
    // What it sees of a prompt that is longer is its end.
    for (const token of prompt.slice(-cache.tokens)) await step(token)
    for (let added = 0; added < request.tokens; added++) {
      const next = sampleToken(logits, request, draws())
      all.push(next)
      if (added + 1 === request.tokens) break
      if (place < cache.tokens) await step(next)
      else {
        // The memory is full: it begins anew with the last half of the text.
        place = 0
        past = new Float32Array(size)
        for (const token of all.slice(-Math.max(1, Math.floor(cache.tokens / 2)))) await step(token)
      }
    }
    const text = codec.decode(all)
    output.line(text)
    output.result({ model: path, prompt: request.prompt, text, tokens: all.slice(prompt.length) })
  } finally {
    await runner.release()
  }
}

async function generatorFile(model: string): Promise<string> {
  if (!(await isRun(model))) return model
  const run = await openRun(model)
  const path = run.file(GENERATOR)
  if ((await stat(path).catch(() => undefined))?.isFile()) return path
  throw new DataError({
    where: formatPath(run.path),
    expected: `the run must have been exported, and its model be a language model: there is no ${GENERATOR}`,
    hint: `Export it: ashlar export ${formatPath(run.path)}`,
  })
}
