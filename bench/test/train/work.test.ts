import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { chooseWorks, works } from '../../src/train/work.ts'
import { declarations } from '../../src/train/works/index.ts'

const work = suite('work')

work('everything by default and for all: every network is trained, and two have inference', () => {
  const names = works.map(({ name, batch }) => `${name} ${batch}`)
  for (const asked of [undefined, 'all', 'mlp, all']) {
    assert.equal(
      chooseWorks(asked, undefined).map(({ name, batch }) => `${name} ${batch}`),
      names,
    )
  }
  const training = works.filter(({ mode }) => mode === 'training')
  assert.equal(
    training.map(({ network }) => network),
    declarations.map(({ name }) => name),
  )
  assert.is(works.length, training.length + 4)
  assert.ok(chooseWorks('all training', undefined).every(({ mode }) => mode === 'training'))
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
  assert.throws(() => chooseWorks('mlp, mini-resnt', undefined), /mini-resnt/, 'among known ones')
})

work('a batch size is a whole number', () => {
  assert.throws(
    () => chooseWorks(undefined, '16,x'),
    '--batch: must be whole numbers parted by commas, got "16,x"',
  )
})

work.run()
