import './reflect.ts'
import { ConfigError, unknownName } from '@ashlar/errors'
import {
  type DependencyContainer,
  instancePerContainerCachingFactory,
  container as root,
} from 'tsyringe'
import { kindOf } from './kinds.ts'
import { findByName } from './names.ts'
import { check } from './options/check.ts'
import type { PluginContext } from './plugin.ts'
import type { PluginKind, PluginProducts } from './products.ts'
import type { Reference } from './reference.ts'
import type { Registration, Registry } from './registry.ts'
import { type ExperimentSettings, type PluginEntry, settingsToken, type Token } from './tokens.ts'

/** The plugins of one experiment, ready to make their products. */
export interface ExperimentContainer {
  /**
   * Makes what a reference asks for.
   *
   * @param where names the reference in errors: `experiment.model`.
   * @throws ConfigError for an unknown name or options that the plugin refuses.
   */
  create<K extends PluginKind>(kind: K, reference: Reference, where: string): PluginProducts[K]
  /** Forgets everything; products stay as they are. */
  dispose(): Promise<void>
}

/**
 * A container of its own for one experiment: a child of tsyringe's root, which itself stays empty.
 *
 * @example const model = openContainer(registry, { seed: 1, folder: '.' }).create('model', { name: 'mini-resnet' }, 'model')
 */
export function openContainer(
  registry: Registry,
  settings: ExperimentSettings,
): ExperimentContainer {
  const container = root.createChildContainer()
  provide(container, settingsToken, () => settings)
  for (const registration of registry.list()) {
    provide(container, tokenOf(registration.plugin.kind), (own) => entry(registration, own))
  }
  return {
    create(kind, { name, ...options }, where) {
      return find(container, kind, name, where).create(options, where)
    },
    async dispose() {
      await container.dispose()
    },
  }
}

/** Registers a factory under a typed token; its product is kept for the container. */
function provide<T>(
  container: DependencyContainer,
  key: Token<T>,
  factory: (container: DependencyContainer) => T,
): void {
  container.register<T>(key, { useFactory: instancePerContainerCachingFactory(factory) })
}

/** What a registry holds has a kind that is declared. */
function tokenOf<K extends PluginKind>(kind: K): Token<PluginEntry<K>> {
  return kindOf(kind)!.token
}

function entry<K extends PluginKind>(
  { plugin, owner }: Registration<K>,
  container: DependencyContainer,
): PluginEntry<K> {
  return {
    plugin,
    owner,
    create(options, where) {
      const checked = check(plugin.options, options ?? {}, where)
      return plugin.create(checked, contextOf(container, where))
    },
  }
}

function find<K extends PluginKind>(
  container: DependencyContainer,
  kind: K,
  name: string,
  where: string,
): PluginEntry<K> {
  const key = kindOf(kind)?.token
  // tsyringe throws for a token without any registration.
  const entries =
    key !== undefined && container.isRegistered(key)
      ? container.resolveAll<PluginEntry<K>>(key)
      : []
  const plugin = findByName(
    entries.map((each) => each.plugin),
    name,
  )
  const found = entries.find((each) => each.plugin === plugin)
  if (found === undefined) {
    const known = entries.map(({ plugin }) => plugin.name)
    throw new ConfigError(unknownName(where, kind, name, known))
  }
  return found
}

function contextOf(container: DependencyContainer, where: string): PluginContext {
  return {
    ...container.resolve<ExperimentSettings>(settingsToken),
    factory(kind, name, option) {
      const place = option === undefined ? `${kind} ${name}` : `${where}.${option}`
      const found = find(container, kind, name, option === undefined ? where : place)
      return (options) => found.create(options, place)
    },
  }
}
