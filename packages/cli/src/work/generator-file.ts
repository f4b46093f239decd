import { stat } from 'node:fs/promises'
import {
  type DatasetSamples,
  type FieldSamples,
  isGenerative,
  type Model,
  readSamples,
  theOnly,
} from '@ashlar/core'
import { ExportError } from '@ashlar/errors'
import type { ExperimentParts, RunFolder } from '@ashlar/experiment'
import { openHere } from '@ashlar/export'
import { CACHE_KEY, type CacheShape, GENERATOR } from './cache-shape.ts'

/** A trained model, and where its files go. */
export interface GeneratorSource {
  readonly run: RunFolder
  readonly parts: ExperimentParts
  readonly samples: DatasetSamples
}

/** How far the logits of the two may be apart, as a part of the largest. */
const TOLERANCE = 1e-4

/** Texts that are gone through token by token. */
const TEXTS = 2

/**
 * Writes a language model for one token at a time, with its memory as a tensor that goes in and comes out, and holds that file against the model that has no memory, on real texts.
 *
 * @returns undefined for a model that does not generate.
 * @throws ExportError when the two are not equal; then there is no file.
 */
export async function exportGenerator(
  { run, parts, samples }: GeneratorSource,
  metadata: Readonly<Record<string, string>>,
): Promise<GeneratorFile | undefined> {
  const { model, exporter } = parts
  if (exporter === undefined || !isGenerative(model)) return undefined
  const cached = model.cached()
  const past = cached.signature()?.inputs.find(({ name }) => name === 'past')?.shape
  if (past === undefined) return undefined
  const shape: CacheShape = { tokens: model.tokens, past: past.slice(1) as number[] }
  const path = run.file(GENERATOR)
  const count = Math.min(TEXTS, samples.test.length)
  const texts = await readSamples(
    samples.test,
    Array.from({ length: count }, (_, at) => at),
  )
  await cached.export(path, exporter, {
    metadata: { ...metadata, [CACHE_KEY]: JSON.stringify(shape) },
  })
  const largestDifference = await holdAgainst(model, texts, path, shape)
  return { path, bytes: (await stat(path)).size, largestDifference }
}

/** What was written. */
export interface GeneratorFile {
  /** Absolute. */
  readonly path: string
  readonly bytes: number
  /** Between the logits with memory and those without. */
  readonly largestDifference: number
}

async function holdAgainst(
  model: Model,
  texts: FieldSamples,
  path: string,
  shape: CacheShape,
): Promise<number> {
  const whole = await model.predict(texts)
  const [count, tokens, vocabulary] = whole.shape as [number, number, number]
  const given = theOnly('generate', texts.inputs)
  const runner = await openHere(path)
  const size = shape.past.reduce((product, each) => product * each, 1)
  let past = new Float32Array(count * size)
  let apart = 0
  let magnitude = 0
  try {
    for (let place = 0; place < Math.min(tokens, shape.tokens); place++) {
      const token = Int32Array.from({ length: count }, (_, row) => given[row * tokens + place]!)
      const outputs = await runner.run({
        token: { shape: [count, 1], dtype: 'int32', data: token },
        place: { shape: [1], dtype: 'int32', data: Int32Array.of(place) },
        past: { shape: [count, ...shape.past], dtype: 'float32', data: past },
      })
      past = Float32Array.from(outputs.present!.data as Float32Array)
      const logits = outputs.logits!.data as Float32Array
      for (let at = 0; at < count * vocabulary; at++) {
        const row = Math.floor(at / vocabulary)
        const expected = whole.data[(row * tokens + place) * vocabulary + (at % vocabulary)]!
        apart = Math.max(apart, Math.abs(expected - logits[at]!))
        magnitude = Math.max(magnitude, Math.abs(expected))
      }
    }
  } finally {
    await runner.release()
  }
  if (apart <= 1e-5 + TOLERANCE * magnitude) return apart
  throw new ExportError({
    where: GENERATOR,
    expected: 'the file with a memory must give what the model gives without',
    given: apart,
    hint: 'Please report this, with the options of the model.',
  })
}
