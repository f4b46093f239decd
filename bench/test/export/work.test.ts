import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { engines } from '../../src/export/engines.ts'
import { chooseWorks, works } from '../../src/export/work.ts'

const work = suite('work')

work('everything by default', () => {
  assert.equal(chooseWorks(undefined), works)
})

work('is chosen by its name', () => {
  const chosen = chooseWorks('resnet18 nchw, mini-resnet nhwc')
  assert.equal(
    chosen.map(({ name }) => name),
    ['mini-resnet nhwc', 'resnet18 nchw'],
  )
})

work('an unknown name is an error with the closest one', () => {
  assert.throws(() => chooseWorks('mini-resnet nhcw'), /--work.*"mini-resnet nhwc"/s)
})

work('is done by those who can express it', () => {
  const takers = works.map((each) => engines.filter((engine) => engine.takes(each)).length)
  // Keras convolves with channels last alone on a CPU.
  assert.equal(takers, [4, 3, 3, 4, 3])
})

work.run()
