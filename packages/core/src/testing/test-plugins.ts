import { strict as assert } from 'node:assert'
import { channel } from 'node:diagnostics_channel'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError, unknownName } from '@ashlar/errors'
import type { Plugin, PluginKind } from '@ashlar/plugins'
import { kindNames, openContainer, Registry } from '@ashlar/plugins'
import { corePlugins } from '../core-plugins.ts'
import type { Bench, Check } from './bench.ts'
import { type Contract, type Contracts, contractOf, contracts } from './contracts.ts'
import type { Elsewhere, ExampleOf, ExamplesByName } from './examples.ts'

/** What registers a test: the suite of uvu, `test` of node:test, vitest or mocha. */
export type TestFunction = (name: string, run: () => Promise<void>) => unknown

/** What else the plugins of a package need. */
export interface TestPluginsOptions {
  /** Plugins of other packages that these ask for, and exporters that every network is to go through. */
  readonly using?: readonly Plugin[] | undefined
  /** Names of the checks to make; all of them by default. */
  readonly checks?: readonly string[] | undefined
  /** What plugins of kinds that another package declared must keep; by default what every plugin must. */
  readonly contracts?: Contracts | undefined
}

/** What `testPlugins` tells of each plugin that it is given, before anything runs. */
export interface PluginUnderTest {
  readonly kind: PluginKind
  readonly name: string
  /** Names of the checks that were registered. */
  readonly checks: readonly string[]
  /** Where it is tested instead. */
  readonly elsewhere?: string | undefined
}

/**
 * Name of the `node:diagnostics_channel` that a {@link PluginUnderTest} goes to for each plugin: who subscribes before the test files are imported can
 * tell which plugins no suite knows.
 */
export const PLUGINS_UNDER_TEST = 'ashlar:plugins-under-test'

/**
 * Holds plugins to the contract of their kind. A plugin without an example fails, as does an example without a plugin, so
 * that nothing registered goes untested. Optimizers, schedules, callbacks, engines and exporters need an example only where
 * their defaults are not enough.
 *
 * @param plugins the array that the package registers.
 * @example
 * const test = suite('plugins')
 * testPlugins(test, blocks, {
 *   block: { identity: { options: { filters: 4 }, inputShape: [5, 5, 4], parameters: 328 } },
 * })
 * test.run()
 */
export function testPlugins(
  test: TestFunction,
  plugins: readonly Plugin[],
  examples: ExamplesByName,
  { using = [], checks, contracts: own = {} }: TestPluginsOptions = {},
): void {
  const all = Object.values({ ...contracts, ...own }) as readonly Contract<PluginKind>[]
  const known = all.flatMap((each) => each.checks.map(({ name }) => name))
  const unknown = checks?.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new ConfigError(unknownName('testPlugins', 'check', unknown, known))
  }
  const registry = registryOf(plugins, using)
  for (const plugin of plugins) {
    const told = testPlugin(test, plugin, examples, { registry, wanted: checks, own })
    channel(PLUGINS_UNDER_TEST).publish(told)
  }
  for (const kind of kindNames()) {
    const known = new Set(plugins.filter((each) => each.kind === kind).map(({ name }) => name))
    const strangers = Object.keys(examples[kind] ?? {}).filter((name) => !known.has(name))
    for (const name of strangers) {
      test(`${kind} ${name}: is registered`, async () => {
        assert.fail(`there is an example of ${kind} ${name}, but no such plugin`)
      })
    }
  }
}

interface Setting {
  readonly registry: Registry
  readonly wanted: readonly string[] | undefined
  readonly own: Contracts
}

function testPlugin<K extends PluginKind>(
  test: TestFunction,
  plugin: Plugin<K>,
  examples: ExamplesByName,
  { registry, wanted, own }: Setting,
): PluginUnderTest {
  const { kind, name } = plugin
  const { checks: all, optional } = contractOf(kind, own)
  const checks = all.filter((check) => wanted === undefined || wanted.includes(check.name))
  const given = examples[kind]?.[name] ?? (optional ? ({} as ExampleOf<K>) : undefined)
  if (given === undefined) {
    test(`${kind} ${name}: has an example`, async () => {
      assert.fail(`give testPlugins an example of it: { ${kind}: { '${name}': { ... } } }`)
    })
    return { kind, name, checks: [] }
  }
  if (isElsewhere(given)) {
    test(`${kind} ${name}: is tested elsewhere, ${given.elsewhere}`, async () => {
      assert.ok(given.elsewhere.length > 0, 'the example must say where, and why')
    })
    return { kind, name, checks: [], elsewhere: given.elsewhere }
  }
  const several = (Array.isArray(given) ? given : [given]) as readonly ExampleOf<K>[]
  for (const example of several) {
    const label = several.length === 1 ? name : `${name} ${JSON.stringify(example.options ?? {})}`
    for (const check of checks) {
      test(`${kind} ${label}: ${check.name}`, () => runCheck(check, plugin, example, registry))
    }
  }
  return { kind, name, checks: checks.map((check) => check.name) }
}

function isElsewhere(given: object): given is Elsewhere {
  return 'elsewhere' in given
}

/** Runs one check of one plugin, in a folder and container of its own. */
export async function runCheck<K extends PluginKind>(
  check: Check<K>,
  plugin: Plugin<K>,
  example: ExampleOf<K>,
  registry: Registry,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-contract-'))
  const container = openContainer(registry, { seed: 7, folder, runFolder: folder })
  const bench: Bench<K> = {
    plugin,
    example,
    registry,
    folder,
    create: (options = {}) =>
      container.create(
        plugin.kind,
        { ...example.options, ...options, name: plugin.name },
        plugin.name,
      ),
  }
  try {
    await example.prepare?.(folder)
    await check.run(bench)
  } finally {
    await container.dispose()
    await rm(folder, { recursive: true, force: true })
  }
}

/** The plugins under test come first: those of core give way to a plugin of the same name. */
function registryOf(plugins: readonly Plugin[], using: readonly Plugin[]): Registry {
  const registry = new Registry().register(plugins, 'the plugins under test')
  for (const [others, owner] of [
    [using, 'using'],
    [corePlugins, '@ashlar/core'],
  ] as const) {
    registry.register(
      others.filter(({ kind, name }) => !registry.has(kind, name)),
      owner,
    )
  }
  return registry
}
