import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { accuracyBench } from '../../src/accuracy/bench.ts'
import type { Bench, FlagValues } from '../../src/bench.ts'
import { trainBench } from '../../src/train/bench.ts'

const bench = suite('flags of train and accuracy')

/** The message of the error that a bench ends with; nothing is measured before flags are looked at. */
async function refusal({ flags, run }: Bench, given: FlagValues): Promise<string> {
  const defaults = Object.entries(flags).map(([name, flag]) => [name, flag.default])
  return await run({ ...Object.fromEntries(defaults), ...given }).then(
    () => 'none',
    (error: Error) => error.message,
  )
}

bench('clocks, works and engines must be known ones', async () => {
  assert.match(await refusal(trainBench, { clock: 'procesor' }), /--clock(.|\n)*processor/)
  assert.match(await refusal(trainBench, { work: 'mlq' }), /--work(.|\n)*"mlq"/)
  assert.match(await refusal(trainBench, { engines: 'pytorch fuse' }), /--engines(.|\n)*fused/)
  assert.is(
    await refusal(trainBench, { patience: '0' }),
    '--patience: must be a number above 0, got "0"',
  )
})

bench('works are held against peers over two seeds at least', async () => {
  const given = { work: 'mlp', seeds: '3' }
  assert.match(await refusal(accuracyBench, given), /^--seeds: must be two at least/)
  assert.match(await refusal(accuracyBench, { ...given, work: 'mlq', seeds: '1,2' }), /--work/)
  assert.match(await refusal(accuracyBench, { ...given, seeds: '1,-2' }), /--seeds/)
})

bench.run()
