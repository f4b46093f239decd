import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { code, markdownTable, plain } from '../../src/site/page.ts'
import { optionsTable, prose, typeInWords } from '../../src/site/reference/options.ts'

const test = suite('options as tables')
const link = (kind: string) => `./${kind}`

test('names, types, defaults; those of a mapping by their path', () => {
  const table = optionsTable(
    {
      required: ['a'],
      properties: {
        a: { type: 'integer', exclusiveMinimum: 0, description: 'How many.' },
        b: {
          type: 'object',
          description: 'Both | of `x|y`.',
          properties: { c: { type: 'boolean', default: true } },
        },
      },
    },
    link,
  )
  assert.is(
    table,
    `| option | must be | default |  |
| --- | --- | --- | --- |
| \`a\` | a positive integer | **required** | How many. |
| \`b\` | a mapping |  | Both \\| of \`x\\|y\`. |
| \`b.c\` | true or false | \`true\` |  |`,
  )
  assert.is(optionsTable({}, link), 'It has no options.')
})

test('plugins link to the page of their kind, in options as in experiments', () => {
  const loss = 'a [loss](./loss) (name, or name and options)'
  const reference = { anyOf: [{ type: 'string' }, { type: 'object' }] }
  assert.is(typeInWords({ plugin: 'loss', ...reference }, link), loss)
  assert.is(typeInWords({ anyOf: [{ $ref: '#/$defs/loss' }] }, link), loss)
  assert.is(typeInWords({ type: 'array', items: { plugin: 'loss' } }, link), `a list of: ${loss}`)
  const rate = { plugin: 'schedule', anyOf: [{ type: 'number' }, ...reference.anyOf] }
  assert.is(
    typeInWords(rate, link),
    'a number or a [schedule](./schedule) (name, or name and options)',
  )
})

test('texts are shown as they stand', () => {
  assert.is(plain('<run> *a* [b] {{ c }}\nd'), '\\<run\\> \\*a\\* \\[b\\] {{ c }} d')
  assert.is(prose('`blocks.*` and *'), '`blocks.*` and \\*')
  assert.is(code('a'), '`a`')
  assert.is(code('a`b'), '`` a`b ``')
  assert.is(markdownTable(['a'], [['x|y']]), '| a |\n| --- |\n| x\\|y |')
})

test.run()
