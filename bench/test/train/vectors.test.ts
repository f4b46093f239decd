import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { limitOf } from '../../src/train/vectors.ts'

const vectors = suite('--vectors')

const refusal = (name: string, block: number) =>
  limitOf(name, () => Promise.resolve(block)).then(
    () => 'none',
    (error: Error) => error.message,
  )

vectors('PyTorch is told, and onnxruntime must show that it is kept to them', async () => {
  const { env } = await limitOf('avx2', () => Promise.resolve(8))
  assert.is(env.ATEN_CPU_CAPABILITY, 'avx2')
  assert.is(env.ONEDNN_MAX_CPU_ISA, 'AVX2')
  assert.match(
    await refusal('avx2', 16),
    '--vectors avx2: onnxruntime must compute in blocks of 8 channels, got 16\n  It takes what the processor has',
  )
})

vectors('names must be known', async () => {
  assert.match(await refusal('avx', 8), '--vectors: vectors must be one of avx2, got "avx"')
})

vectors.run()
