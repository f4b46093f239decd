import { ConfigError } from '@ashlar/errors'
import type { PluginKind } from './products.ts'
import { type PluginEntry, type Token, token } from './tokens.ts'

/** A kind of plugin, declared beside the contract that its products keep. */
export interface Kind<K extends PluginKind = PluginKind> {
  /** As a plugin and a reference name it: `loss`. */
  readonly name: K
  /** Several of them, as a list is headed: `losses`. */
  readonly plural: string
  /** Under which a container holds the plugins of the kind, many under one. */
  readonly token: Token<PluginEntry<K>>
}

const declared = new Map<string, Kind>()

/**
 * Declares a kind, once for the whole process. Its product's type is declared with it, see {@link PluginProducts}.
 *
 * @param name lower case words joined with dashes.
 * @param plural default: the name with an s.
 * @throws ConfigError for a kind that is declared already.
 */
export function defineKind<K extends PluginKind>(name: K, plural: string = `${name}s`): Kind<K> {
  if (declared.has(name)) {
    throw new ConfigError({
      where: 'defineKind',
      expected: 'a kind of plugin must be declared once, beside its contract',
      given: name,
    })
  }
  const kind: Kind<K> = { name, plural, token: token(plural) }
  declared.set(name, kind as unknown as Kind)
  return kind
}

/** The names of all kinds that are declared, in the order of their declaration. */
export function kindNames(): PluginKind[] {
  return [...declared.keys()] as PluginKind[]
}

/** The kind of a name; undefined for one that nobody declared. */
export function kindOf<K extends PluginKind>(name: K): Kind<K> | undefined {
  return declared.get(name) as Kind<K> | undefined
}
