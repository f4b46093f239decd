import { definePlugin, type Plugin, Registry, resolveReference } from '@ashlar/plugins'
import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { corePlugins } from '../../src/index.ts'

const test = suite('names of plugins')

const loss = (name: string, aliases?: readonly string[]): Plugin<'loss'> =>
  definePlugin({
    kind: 'loss',
    name,
    ...(aliases && { aliases }),
    description: 'A loss.',
    options: z.strictObject({}),
    create: () => ({ name, perSample: ({ predictions }) => predictions }),
  })

test('every plugin goes by its name and aliases, however they are written', () => {
  const registry = new Registry().register(corePlugins, 'core')
  for (const { kind, name, aliases = [] } of corePlugins) {
    for (const each of [name, ...aliases]) {
      const words = each.split('-')
      const camel = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')
      for (const form of [each, words.join('_'), camel, each.toUpperCase(), words.join(' ')]) {
        assert.is(registry.get(kind, form).plugin.name, name, form)
        assert.is(registry.nameOf(kind, form), name)
      }
    }
  }
  assert.is(registry.nameOf('loss', 'msee'), undefined)
})

test('a reference is resolved to the name itself', () => {
  const registry = new Registry().register(corePlugins, 'core')
  assert.equal(resolveReference(registry, 'loss', 'MSE', 'loss'), { name: 'mean-squared-error' })
  assert.equal(resolveReference(registry, 'metric', { name: 'acc' }, 'metric'), {
    name: 'accuracy',
  })
})

test('names that differ in separators alone stay apart where they are given exactly', () => {
  const registry = new Registry().register([loss('top-k'), loss('topk')], 'mine')
  assert.is(registry.nameOf('loss', 'topk'), 'topk')
  assert.is(registry.nameOf('loss', 'top-k'), 'top-k')
})

test('an alias that another plugin goes by is refused', async () => {
  const registry = () => new Registry().register([loss('squared', ['mse'])], 'one')
  for (const other of [loss('mse'), loss('m-se'), loss('other', ['MSE'.toLowerCase()])]) {
    assert.match(
      await refusal(() => registry().register([other], 'two')),
      /^loss mse: a plugin's name must be unique within its kind; one and two both register it$/,
    )
  }
  assert.match(
    await refusal(() => new Registry().register([loss('a', ['Not Plain'])], 'one')),
    /^one: a\.aliases\[0\]: must be lower case words joined with dashes/,
  )
})

test.run()
