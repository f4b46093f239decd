import { type Graph, ir } from '@ashlar/graph'

/** A size that varies in a file: one or several axes of its inputs. */
export interface FreeAxis {
  /** As it is called in the file. */
  readonly name: string
  readonly axes: readonly { readonly input: string; readonly axis: number }[]
  /** Whether it is a first axis. */
  readonly isBatch: boolean
  /** The model takes multiples of this, */
  readonly multipleOf: number
  /** from this on, */
  readonly min: number
  /** up to this; Infinity for no bound. */
  readonly max: number
  /** Sizes that it was captured at. */
  readonly captured: ReadonlySet<number>
}

/** Sizes by the names of what varies. */
export type Sizes = ReadonlyMap<string, number>

/** What one sample takes, about. */
export interface Needs {
  /** Multiplications; depthwise convolutions count for more than they are. */
  readonly cost: number
  /** Bytes of all that the model computes on the way. */
  readonly memory: number
}

/** The sizes that vary of a captured graph's inputs. */
export function freeAxes(graph: Graph, nameOf: (size: ir.SymbolicDim) => string): FreeAxis[] {
  const found = new Map<string, FreeAxis>()
  for (const { name: input, value } of graph.inputs) {
    for (const [axis, size] of value.shape.entries()) {
      if (typeof size === 'number') continue
      const known = found.get(size.key)
      const [low, high] = ir.boundsOf(size)
      found.set(size.key, {
        name: nameOf(size),
        axes: [...(known?.axes ?? []), { input, axis }],
        isBatch: (known?.isBatch ?? true) && axis === 0,
        multipleOf: size.terms[0]!.coefficient,
        min: low,
        max: high,
        captured: new Set(size.samples),
      })
    }
  }
  return [...found.values()]
}

/**
 * What a captured graph takes for one sample: for each element of a kernel's output, the weights of a channel, and four bytes. Sizes that follow from numbers
 * are taken as they were captured first.
 */
export function needsOf(graph: Graph, axes: readonly FreeAxis[]): (sizes: Sizes) => Needs {
  // The shapes alone are kept, not the weights.
  const shapes = ir.allNodes(graph).map(({ inputs, outputs }) => ({
    output: outputs[0]?.shape ?? [],
    weights: inputs.flatMap((input) =>
      input && ir.isConstant(input) && input.shape.length > 1 ? [input.shape.slice(0, -1)] : [],
    ),
  }))
  const symbols = new Map(
    axes.map(({ name, axes: [place] }) => {
      const { value } = graph.inputs.find((each) => each.name === place!.input)!
      return [name, (value.shape[place!.axis] as ir.SymbolicDim).terms[0]!.factors[0]!.key]
    }),
  )
  return (sizes) => {
    const values = new Map<string, number>()
    for (const { name, multipleOf, isBatch } of axes) {
      const size = isBatch ? multipleOf : (sizes.get(name) ?? multipleOf)
      values.set(symbols.get(name)!, size / multipleOf)
    }
    const at = (size: ir.Dim): number =>
      ir.evaluate(size, ({ key, samples }) => values.get(key) ?? samples[0]) ?? 0
    const elements = (shape: ir.Shape) => shape.reduce<number>((all, size) => all * at(size), 1)
    let cost = 0
    let memory = 0
    for (const { output, weights } of shapes) {
      const size = elements(output)
      cost += size * Math.max(1, ...weights.map(elements))
      memory += size * 4
    }
    return { cost, memory }
  }
}

/** What is known of sizes beyond that they vary, for the metadata of a file; undefined when nothing is. */
export function describeLimits(axes: readonly FreeAxis[]): string | undefined {
  const limits = axes.flatMap(({ name, multipleOf, min, max }) => {
    const known = {
      ...(multipleOf > 1 && { multipleOf }),
      ...(min > multipleOf && { min }),
      ...(Number.isFinite(max) && { max }),
    }
    return Object.keys(known).length === 0 ? [] : [[name, known] as const]
  })
  return limits.length === 0 ? undefined : JSON.stringify(Object.fromEntries(limits))
}

/** The same for people: `height must be a multiple of 64`. */
export function limitsInWords(axes: readonly FreeAxis[]): string[] {
  return axes.flatMap(({ name, multipleOf, min, max }) => {
    const parts = [
      ...(multipleOf > 1 ? [`a multiple of ${multipleOf}`] : []),
      ...(min > multipleOf ? [`at least ${min}`] : []),
      ...(Number.isFinite(max) ? [`at most ${max}`] : []),
    ]
    return parts.length === 0 ? [] : [`${name} must be ${parts.join(', ')}`]
  })
}
