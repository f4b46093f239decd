import {
  defineKind,
  definePlugin,
  instantiate,
  type Kind,
  kindNames,
  kindOf,
  openContainer,
  type Plugin,
  Registry,
} from '@ashlar/plugins'
import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'

const test = suite('kinds')

interface Greeter {
  greet(name: string): string
}

declare module '@ashlar/plugins' {
  interface PluginProducts {
    greeter: Greeter
  }
}

const greeterKind: Kind<'greeter'> = defineKind('greeter')

const polite: Plugin<'greeter'> = definePlugin({
  kind: 'greeter',
  name: 'polite',
  description: 'Says good day.',
  options: z.strictObject({ word: z.string().default('Good day').describe('What it says.') }),
  create: ({ word }) => ({ greet: (name) => `${word}, ${name}` }),
})

test('a package brings a kind of its own, and plugins of it', () => {
  assert.ok(kindNames().includes('greeter'))
  assert.is(kindOf('greeter'), greeterKind)
  assert.is(greeterKind.plural, 'greeters')
  const registry = new Registry().register([polite], 'tests')
  assert.equal(registry.kinds(), ['greeter'])
  const container = openContainer(registry, { seed: 0, folder: '.' })
  const greeter = container.create('greeter', { name: 'polite', word: 'Hello' }, 'x')
  assert.is(greeter.greet('Ada'), 'Hello, Ada')
  assert.is(instantiate(polite).greet('Ada'), 'Good day, Ada')
})

test('a kind is declared once', async () => {
  assert.is(
    await refusal(() => defineKind('greeter')),
    'defineKind: a kind of plugin must be declared once, beside its contract, got "greeter"',
  )
})

test('a plugin of a kind that nobody declared is refused, with those that are', async () => {
  const stray = { ...polite, kind: 'greter' } as unknown as Plugin
  assert.match(
    await refusal(() => new Registry().register([stray], './mine.ts')),
    /^\.\/mine\.ts: polite\.kind: must be one of "greeter"/,
  )
  const container = openContainer(new Registry(), { seed: 0, folder: '.' })
  assert.match(
    await refusal(() => container.create('greeter', { name: 'polite' }, 'experiment.greeter')),
    /^experiment\.greeter: greeter/,
  )
})

test.run()
