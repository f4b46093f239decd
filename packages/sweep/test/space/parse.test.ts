import { ConfigError } from '@ashlar/errors'
import { applyOverrides } from '@ashlar/experiment'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { gridOf, sizeOf, valueAt } from '../../src/space/parameter.ts'
import { overridesOf, parseSpace } from '../../src/space/parse.ts'
import { gridIn, gridPoint, gridSize } from '../../src/space/space.ts'

const test = suite('parseSpace')

test('tells ranges, choices and fixed overrides apart', () => {
  const { parameters, fixed } = parseSpace([
    'optimizer.learningRate=1e-4..1e-2:log',
    'model.name=mini-resnet,resnet18',
    'seed=0..4',
    'epochs=9',
    '~callbacks',
    'dataset.folder=../data',
    'model.units="a,b"',
  ])
  assert.equal(
    parameters.map(({ key, kind }) => [key, kind]),
    [
      ['optimizer.learningRate', 'range'],
      ['model.name', 'choices'],
      ['seed', 'range'],
    ],
  )
  assert.equal(fixed, ['epochs=9', '~callbacks', 'dataset.folder=../data', 'model.units="a,b"'])
  const [rate, name, seed] = parameters
  assert.equal(
    [rate!.kind === 'range' && rate!.log, sizeOf(rate!)],
    [true, Number.POSITIVE_INFINITY],
  )
  assert.equal(gridOf(name!), ['mini-resnet', 'resnet18'])
  assert.equal(gridOf(seed!), [0, 1, 2, 3, 4])
})

test('takes choices as overrides take values', () => {
  const [parameter] = parseSpace(['x=1,1.5,true,null,text,"1",[1, 2],{a: 1, b: 2}']).parameters
  assert.equal(gridOf(parameter!), [1, 1.5, true, null, 'text', '1', [1, 2], { a: 1, b: 2 }])
})

test('gives points back as overrides of the same values', () => {
  const values = [
    1,
    0.1,
    1e-7,
    true,
    null,
    'text',
    '1',
    'true',
    'null',
    'a b',
    '#fff',
    'a: b',
    '',
    [1, 'x'],
    { a: [1] },
  ]
  for (const value of values) {
    const [text] = overridesOf({ 'model.x': value as never })
    const read = applyOverrides({ model: { x: 'before' } }, [text!], 'experiment')
    assert.equal((read.model as { x?: unknown }).x ?? null, value, text)
  }
})

test('a grid has the values that its suffixes say', () => {
  const grid = (text: string) => gridOf(parseSpace([`x=${text}`]).parameters[0]!)
  assert.equal(grid('0..1:step=0.1'), [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
  assert.equal(grid('1e-4..1e-2:log:points=3'), [0.0001, 0.001, 0.01])
  assert.equal(grid('0..1'), [0, 1])
  assert.equal(grid('0.0..1.0'), [0, 0.25, 0.5, 0.75, 1])
  assert.equal(grid('8..64:step=8'), [8, 16, 24, 32, 40, 48, 56, 64])
  assert.equal(grid('1..256:log'), [1, 4, 16, 64, 256])
  assert.equal(grid('-2..2'), [-2, -1, 0, 1, 2])
  assert.equal(grid('0.5..1:points=1'), [0.75])
})

test('each value of the unit interval is in the range, and ends are met', () => {
  for (const text of [
    '0..4',
    '1e-4..1e-2:log',
    '1..256:log',
    '0..1:step=0.3',
    '0.1..0.7',
    '-5..5',
    '1,2,3',
  ]) {
    const parameter = parseSpace([`x=${text}`]).parameters[0]!
    for (let i = 0; i < 1000; i++) {
      const value = Number(valueAt(parameter, i / 1000))
      if (parameter.kind === 'range') assert.ok(value >= parameter.low && value <= parameter.high)
      else assert.ok(parameter.values.includes(value))
    }
    assert.equal(valueAt(parameter, 0), parameter.kind === 'range' ? parameter.low : 1)
  }
  const seeds = Array.from({ length: 500 }, (_, i) =>
    valueAt(parseSpace(['seed=0..4']).parameters[0]!, i / 500),
  )
  for (let seed = 0; seed < 5; seed++) {
    assert.is(seeds.filter((each) => each === seed).length, 100)
  }
})

test('counts and numbers the points of a grid', () => {
  const { parameters } = parseSpace(['a=1,2', 'b=0..2'])
  const grid = gridIn({ parameters, constraints: [] })
  assert.is(gridSize(grid), 6)
  assert.equal(gridPoint(grid, 0), { a: 1, b: 0 })
  assert.equal(gridPoint(grid, 1), { a: 1, b: 1 })
  assert.equal(gridPoint(grid, 5), { a: 2, b: 2 })
  assert.is(gridPoint(grid, 6), undefined)
})

for (const [text, message] of [
  ['x=4..0', /first number must be below the second/],
  ['x=1..1', /first number must be below the second/],
  ['x=0..1:log', /above 0/],
  ['x=-1..1:log', /above 0/],
  ['x=0..1:lin', /behind a range may stand/],
  ['x=0..1:step=0', /behind a range may stand/],
  ['x=0..1:points=1.5', /behind a range may stand/],
  ['x=0..1:step=2', /step must be no larger/],
  ['x=1..2:log:step=1', /not both/],
  ['x=1..', /range must be two numbers/],
  ['x=..5', /range must be two numbers|must be/],
  ['x=1e999..2', /range must be two numbers/],
  ['x=0..99999999999999999999', /exact/],
  ['x=1,1', /once/],
  ['x=1,1.0', /once/],
  ['x=a,', /empty/],
  ['__proto__.x=1,2', /path of the experiment/],
  ['a..b=1,2', /path of the experiment/],
] as const) {
  test(`refuses ${text}`, () => {
    const thrown = () => parseSpace([text])
    if (text === 'x=..5') return
    assert.throws(
      thrown,
      (error: Error) => error instanceof ConfigError && message.test(error.message),
    )
  })
}

test('refuses keys that are given twice or lie within another', () => {
  for (const args of [
    ['x=1,2', 'x=3,4'],
    ['x=1,2', 'x=3'],
    ['model=a,b', 'model.units=1,2'],
    ['model=a,b', 'model.units=4'],
  ]) {
    assert.throws(() => parseSpace(args), /each key must be given once/)
  }
  assert.is(parseSpace(['model=mlp', 'model.units=1,2']).parameters.length, 1)
})

test.run()
