import { build } from 'esbuild'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withoutSetNames } from '../../build/names.js'

const test = suite('names in bundles')

const SOURCE = `
export function declared() {
  const line = (a) => a + 1
  let lines = (a) => {
    if (a) {
      return () => { throw new Error('at lines') }
    }
    return line(a)
  }
  const nested = () => {
    const inner = async (b) => {
      return b
    }
    return inner
  }
  const two = () => 1, more = () => 2
  return [line, lines, nested, nested(), two, more]
}
export class Kept {
  static self = Kept
  static made = () => 0
  field = () => 1
  several = async () => {
    return this.field()
  }
}
export const holder = {
  property: () => 0,
  text: (a) => ')' + a,
  several: (b) => {
    return b
  },
  last: () => 0
}
export const inline = { one: () => 1, two: () => 2 }
export const given = ({ fallback = () => 0 } = {}) => fallback
export default () => 0
`

/** @param {string} source bundled as packages are, and what is made of that. */
async function bundled(source) {
  const { outputFiles } = await build({
    ...{ stdin: { contents: source }, bundle: true, format: 'esm', keepNames: true, write: false },
  })
  const before = outputFiles[0]?.text ?? ''
  return { before, after: withoutSetNames(before) }
}

/** @param {string} text of a module */
const load = (text) => import(`data:text/javascript,${encodeURIComponent(text)}`)

test('functions keep the names that they have anyway, and none is set', async () => {
  const { before, after } = await bundled(SOURCE)
  /** @param {string} text */
  const count = (text) => text.match(/__name\(/g)?.length ?? 0
  // A class, two variables in one statement, two properties on a line, a default value, what is exported by default, and a bracket in a string.
  assert.is(count(after), 8, after)
  assert.ok(count(before) > 18)
  const { declared, Kept, holder, inline, given, ...others } = await load(after)
  assert.is(declared.name, 'declared')
  /** @param {Function[]} functions */
  const names = (functions) => functions.map(({ name }) => name)
  assert.equal(names(declared()), ['line', 'lines', 'nested', 'inner', 'two', 'more'])
  for (const object of [holder, inline]) {
    assert.equal(names(Object.values(object)), Object.keys(object))
  }
  const { field, several } = new Kept()
  assert.equal(names([Kept.made, field, several]), ['made', 'field', 'several'])
  assert.equal(names([given(), others.default]), ['fallback', 'default'])
})

test('classes are called as in their source, and so are functions that had to be renamed', async () => {
  const { after } = await bundled(SOURCE)
  const { Kept } = await load(after)
  assert.is(Kept.name, 'Kept')
  const renamed = withoutSetNames(
    'var __defProp = Object.defineProperty;\n' +
      'var __name = (target, value) => __defProp(target, "name", { value, configurable: true });\n' +
      'function read2() {\n}\n__name(read2, "read");\nexport { read2 };\n',
  )
  assert.is((await load(renamed)).read2.name, 'read')
})

test('all lines stay where they are, and all columns before what is left out behind them', async () => {
  const { before, after } = await bundled(SOURCE)
  const [lines, kept] = [before.split('\n'), after.split('\n')]
  assert.is(kept.length, lines.length)
  /** @param {string[]} text */
  const at = (text) => text.find((line) => line.includes('a + 1'))?.indexOf('a + 1')
  assert.is(at(kept), at(lines))
})

test.run()
