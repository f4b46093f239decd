import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseYaml, toYaml } from '../../src/config/yaml.ts'

const test = suite('yaml')

test('reads YAML and JSON alike', () => {
  assert.equal(parseYaml('a: [1, 1e-3, yes]\n', 'x'), { a: [1, 0.001, 'yes'] })
  assert.equal(parseYaml('{"a": [true, null]}', 'x'), { a: [true, null] })
})

test('an error says line and column', async () => {
  assert.is(
    await refusal(() => parseYaml('a: 1\nb: [1\n', 'exp.yaml')),
    'exp.yaml: must be valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ] at line 3, column 1',
  )
  assert.match(
    await refusal(() => parseYaml('a: 1\na: 2\n', 'exp.yaml')),
    /Map keys must be unique at line 2, column 1/,
  )
})

test('aliases are capped', async () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
  for (let i = 1; i < 12; i++) {
    lines.push(
      `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    )
  }
  assert.match(
    await refusal(() => parseYaml(lines.join('\n'), 'bomb.yaml')),
    /^bomb\.yaml: must be valid YAML: Excessive alias count/,
  )
})

test('text that is nested too deeply for the parser is refused', async () => {
  assert.match(
    await refusal(() => parseYaml('['.repeat(100_000), 'deep.yaml')),
    /^deep\.yaml: must be valid YAML/,
  )
})

test('what is written can be read, without anchors', () => {
  const shared = { name: 'cosine' }
  const data = { a: shared, b: shared, text: 'yes: no', number: '12', list: [] }
  const text = toYaml(data)
  assert.not.match(text, /[&*]/)
  assert.equal(parseYaml(text, 'x'), data)
})

test.run()
