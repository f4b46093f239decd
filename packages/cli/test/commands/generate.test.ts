import { join } from 'node:path'
import { tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const { test, slow } = tieredSuite('ashlar generate')

interface Trained {
  readonly run: string
  readonly export: { readonly generator: { readonly largestDifference: number } }
}

interface Generated {
  readonly text: string
  readonly tokens: readonly number[]
}

const SMALL = ['model.width=16', 'model.heads=2', 'model.blocks=1', 'model.tokens=24']
const FEW = ['dataset.tokens=24', 'dataset.samples=64', 'dataset.testSamples=8', 'epochs=1']

slow('the exported file goes on with a text, with what it remembers, the same for a seed', () =>
  inScratch({}, async (folder) => {
    const runs = join(folder, 'runs')
    const trained = await ashlarJson<Trained>('run', 'text-gpt', ...SMALL, ...FEW, '--out', runs)
    assert.ok(trained.export.generator.largestDifference < 1e-4)
    const generate = (...more: string[]) =>
      ashlarJson<Generated>('generate', trained.run, 'the fox', '--tokens', '40', ...more)
    const [first, again, other] = [
      await generate('--seed', '1'),
      await generate('--seed', '1'),
      await generate('--seed', '2'),
    ]
    // More than the 24 that it sees: its memory begins anew.
    assert.is(first.tokens.length, 40)
    assert.ok(first.text.startsWith('the fox'))
    assert.is(first.text, again.text)
    assert.is.not(first.text, other.text)
    const sure = await generate('--temperature', '0', '--seed', '1')
    assert.is(sure.text, (await generate('--temperature', '0', '--seed', '5')).text)

    const strange = await ashlar('generate', trained.run, 'thé fox')
    assert.is(strange.code, 1)
    assert.match(
      strange.err,
      'ashlar generate, character 3 of the prompt: must be in the vocabulary of 29 tokens, got "é"',
    )
    assert.match((await ashlar('generate', trained.run, '')).err, 'there must be a prompt')
    assert.match(
      (await ashlar('generate', trained.run, 'a', '--top-p', '2')).err,
      '--top-p above 0 and at most 1',
    )
    const plain = await ashlar('generate', join(trained.run, 'model.onnx'), 'a')
    assert.match(plain.err, 'the file must be that of a language model')
  }),
)

test('a run of another model has no such file', () =>
  inScratch({}, async (folder) => {
    const { run } = await ashlarJson<Trained>('run', TINY, '--out', join(folder, 'runs'))
    const { code, err } = await ashlar('generate', run, 'a')
    assert.is(code, 1)
    assert.match(err, 'there is no generate.onnx')
  }))

test.run()
