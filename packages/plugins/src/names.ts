import type { Plugin } from './plugin.ts'

type Named = Pick<Plugin, 'name' | 'aliases'>

/** A name without case and separators: `MeanSquaredError`, `mean_squared_error` and `mean-squared-error` are one. */
export function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_ ]/g, '')
}

/** The plugin that goes by a name: its own, else one of its aliases; case and separators do not count. */
export function findByName<P extends Named>(plugins: Iterable<P>, name: string): P | undefined {
  const all = [...plugins]
  const wanted = plainName(name)
  return (
    all.find((each) => each.name === name) ??
    all.find((each) => plainName(each.name) === wanted) ??
    all.find((each) => each.aliases?.some((alias) => plainName(alias) === wanted))
  )
}

/** A name that two plugins of a kind would both go by; undefined where there is none. */
export function sharedName(one: Named, other: Named): string | undefined {
  if (one.name === other.name) return one.name
  const goesBy = (plugin: Named, name: string) => findByName([plugin], name) !== undefined
  return (
    one.aliases?.find((alias) => goesBy(other, alias)) ??
    other.aliases?.find((alias) => goesBy(one, alias))
  )
}
