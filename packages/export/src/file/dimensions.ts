import type { ImageLayout } from '../source/open.ts'
import type { InputSpecs } from '../source/source.ts'

/**
 * Names the sizes of a file that vary: `batch`, `height` and `width` for those of the inputs, and what follows from several of them in some
 * other way `size1`, `size2`, ...
 *
 * @param captured the inputs' sizes at each captured size, as they stand in the graph.
 */
export function dimensionNames(
  inputs: InputSpecs,
  layout: ImageLayout,
  captured: ReadonlyMap<string, readonly (number | { readonly samples: readonly number[] })[]>,
): (samples: readonly number[]) => string {
  const names = new Map<string, string>()
  for (const [name, { shape }] of Object.entries(inputs)) {
    for (const [axis, size] of (captured.get(name) ?? []).entries()) {
      if (typeof size === 'number') continue
      const key = size.samples.join()
      if (!names.has(key)) names.set(key, unused(axisName(axis, shape.length, layout), names))
    }
  }
  return (samples) => {
    const key = samples.join()
    let name = names.get(key)
    if (name === undefined) {
      const count = [...names.values()].filter((each) => each.startsWith('size')).length
      name = `size${count + 1}`
      names.set(key, name)
    }
    return name
  }
}

function axisName(axis: number, rank: number, layout: ImageLayout): string {
  if (axis === 0) return 'batch'
  if (rank === 4) {
    const spatial = layout === 'nchw' ? axis - 2 : axis - 1
    const name = ['height', 'width'][spatial]
    if (name !== undefined) return name
  }
  return rank === 3 && axis === 1 ? 'length' : `dim${axis}`
}

function unused(name: string, names: ReadonlyMap<string, string>): string {
  const taken = new Set(names.values())
  if (!taken.has(name)) return name
  let count = 2
  while (taken.has(`${name}${count}`)) count++
  return `${name}${count}`
}
