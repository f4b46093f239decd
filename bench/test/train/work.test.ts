import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { chooseWorks, works } from '../../src/train/work.ts'

const work = suite('work')

work('everything by default: two networks, training and inference at two sizes', () => {
  assert.equal(
    chooseWorks(undefined, undefined).map(({ name, batch }) => `${name} ${batch}`),
    works.map(({ name, batch }) => `${name} ${batch}`),
  )
  assert.is(works.length, 6)
})

work('is chosen by the words of its name', () => {
  const chosen = chooseWorks('resnet18 training, mini-resnet inference', undefined)
  assert.equal(
    chosen.map(({ name, batch }) => `${name} ${batch}`),
    ['mini-resnet inference 1', 'mini-resnet inference 256', 'resnet18 training 64'],
  )
})

work('takes other batch sizes, each once', () => {
  const chosen = chooseWorks('mini-resnet', '16,512')
  assert.equal(
    chosen.map(({ name, batch }) => `${name} ${batch}`),
    [
      'mini-resnet training 16',
      'mini-resnet training 512',
      'mini-resnet inference 16',
      'mini-resnet inference 512',
    ],
  )
})

work('an unknown name is an error with the known ones', () => {
  assert.throws(() => chooseWorks('mini-resnt', undefined), /--work.*mini-resnet training/s)
})

work('a batch size is a whole number', () => {
  assert.throws(
    () => chooseWorks(undefined, '16,x'),
    '--batch: must be whole numbers parted by commas, got "16,x"',
  )
})

work.run()
