import type { AxisSize, Dim, ir } from '@ashlar/graph'
import type { ImageLayout } from '../source/open.ts'
import type { InputSpecs } from '../source/source.ts'

/**
 * Names the sizes of a file that vary: `batch`, `height` and `width` for those of the inputs, unless they have names, and what follows from several of them in some
 * other way `size1`, `size2`, ...
 *
 * @param captured the inputs' sizes as they stand in the graph.
 */
export function dimensionNames(
  inputs: InputSpecs,
  layout: ImageLayout,
  captured: ReadonlyMap<string, readonly Dim[]>,
): (size: ir.SymbolicDim) => string {
  const names = new Map<string, string>()
  for (const [name, { shape }] of Object.entries(inputs)) {
    for (const [axis, size] of (captured.get(name) ?? []).entries()) {
      if (typeof size === 'number') continue
      if (names.has(size.key)) continue
      const wanted = chosenName(shape[axis]!) ?? axisName(axis, shape.length, layout)
      names.set(size.key, unused(wanted, names))
    }
  }
  return ({ key }) => {
    let name = names.get(key)
    if (name === undefined) {
      const count = [...names.values()].filter((each) => each.startsWith('size')).length
      name = `size${count + 1}`
      names.set(key, name)
    }
    return name
  }
}

/** The name that somebody gave it. */
function chosenName(size: AxisSize): string | undefined {
  if (typeof size === 'string') return size
  return typeof size === 'number' ? undefined : size?.name
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
