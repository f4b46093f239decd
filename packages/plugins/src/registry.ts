import { ConfigError, unknownName } from '@ashlar/errors'
import { z } from 'zod'
import { kindNames } from './kinds.ts'
import { findByName, sharedName } from './names.ts'
import { check } from './options/check.ts'
import type { Plugin } from './plugin.ts'
import type { PluginKind } from './products.ts'

/** A plugin and who brought it. */
export interface Registration<K extends PluginKind = PluginKind> {
  readonly plugin: Plugin<K>
  /** The package or file that it comes from: `@ashlar/blocks`, `./plugins/my-model.ts`. */
  readonly owner: string
}

const nameShape = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, { error: 'must be lower case words joined with dashes' })

/** The parts of a plugin that must hold whoever wrote it; modules of others are not checked by a compiler. */
const shapeOf = (kinds: readonly string[]): z.ZodObject =>
  z.looseObject({
    kind: z.enum(kinds),
    name: nameShape,
    aliases: z.array(nameShape).optional(),
    description: z.string().min(1),
    options: z.custom(isObjectSchema, { error: 'must be a zod object (z.strictObject)' }),
    create: z.custom((value) => typeof value === 'function', { error: 'must be a function' }),
  })

/** The plugins that an experiment may name. Holds no products and no state of any experiment. */
export class Registry {
  readonly #byKind = new Map<PluginKind, Map<string, Registration>>()

  /**
   * Adds plugins.
   *
   * @param owner the package or file that they come from.
   * @throws ConfigError for something that is no plugin, and for a name that is taken: the message names both owners.
   * @example new Registry().register(corePlugins, '@ashlar/core')
   */
  register(plugins: readonly Plugin[], owner: string): this {
    const shape = shapeOf(kindNames())
    for (const [index, plugin] of plugins.entries()) this.#add(plugin, { shape, owner, index })
    return this
  }

  /**
   * The plugin of a kind that goes by a name, be it an alias.
   *
   * @param where names what asked for it, in the error.
   * @throws ConfigError for an unknown name: shows the known ones and the closest.
   */
  get<K extends PluginKind>(kind: K, name: string, where: string = kind): Registration<K> {
    const found = this.#find(kind, name)
    if (found === undefined) throw new ConfigError(unknownName(where, kind, name, this.names(kind)))
    return found as Registration<K>
  }

  /** Whether a plugin of that kind goes by a name. */
  has(kind: PluginKind, name: string): boolean {
    return this.#find(kind, name) !== undefined
  }

  /** The name of its own of the plugin that goes by a name; undefined where there is none. */
  nameOf(kind: PluginKind, name: string): string | undefined {
    return this.#find(kind, name)?.plugin.name
  }

  /** The names of a kind, in the order of registration. The first engine and the first exporter are the defaults. */
  names(kind: PluginKind): string[] {
    return [...(this.#byKind.get(kind)?.keys() ?? [])]
  }

  /** All registrations, or those of one kind; kinds and names in the order of registration. */
  list(): Registration[]
  list<K extends PluginKind>(kind: K): Registration<K>[]
  list(kind?: PluginKind): Registration[] {
    const kinds = kind === undefined ? this.kinds() : [kind]
    return kinds.flatMap((each) => [...(this.#byKind.get(each)?.values() ?? [])])
  }

  /** The kinds that there are plugins of, in the order of registration. */
  kinds(): PluginKind[] {
    return [...this.#byKind.keys()]
  }

  /** A registry of its own with the same plugins: what an experiment adds does not reach the next. */
  copy(): Registry {
    const copy = new Registry()
    for (const [kind, plugins] of this.#byKind) copy.#byKind.set(kind, new Map(plugins))
    return copy
  }

  #find(kind: PluginKind, name: string): Registration | undefined {
    const ofKind = this.#byKind.get(kind) ?? new Map<string, Registration>()
    const plugin = findByName(
      [...ofKind.values()].map((each) => each.plugin),
      name,
    )
    return plugin && ofKind.get(plugin.name)
  }

  #add(
    plugin: Plugin,
    { shape, owner, index }: { shape: z.ZodObject; owner: string; index: number },
  ): void {
    const given: Partial<Plugin> = plugin ?? {}
    check(shape, plugin, `${owner}: ${given.name ?? `plugins[${index}]`}`)
    const { kind, name, options } = plugin
    if ('name' in options.shape) {
      throw new ConfigError({
        where: `${owner}: ${kind} ${name}`,
        expected: 'an option must not be called `name`: an experiment names the plugin by that key',
      })
    }
    const ofKind = this.#byKind.get(kind) ?? new Map<string, Registration>()
    for (const other of ofKind.values()) {
      const shared = sharedName(plugin, other.plugin)
      if (shared === undefined) continue
      throw new ConfigError({
        where: `${kind} ${shared}`,
        expected: `a plugin's name must be unique within its kind; ${other.owner} and ${owner} both register it`,
      })
    }
    ofKind.set(name, { plugin, owner })
    this.#byKind.set(kind, ofKind)
  }
}

/** Told by its parts: a plugin from elsewhere may bring a zod of its own. */
function isObjectSchema(value: unknown): boolean {
  const schema = (value ?? {}) as Partial<z.ZodObject>
  return typeof schema.safeParse === 'function' && typeof schema.shape === 'object'
}
