import { EngineError } from '@ashlar/errors'
import { isConstant, type Value } from '../../ir/index.ts'
import type { OnnxBuilder } from '../../lower/builder.ts'
import type { Placed } from '../../lower/context.ts'
import type { Layout } from '../../lower/layout.ts'
import { reorder } from '../../lower/reorder.ts'

/** Where each captured value is at hand, by layout; converted at most once to each. */
export class PlacedValues {
  readonly #builder: OnnxBuilder
  readonly #constant: (logical: Value) => Value
  readonly #block: number
  readonly #placed = new Map<Value, Map<Layout, Value>>()

  /**
   * @param constant lowers a constant.
   * @param block channels of a block.
   */
  constructor(builder: OnnxBuilder, constant: (logical: Value) => Value, block: number) {
    this.#builder = builder
    this.#block = block
    this.#constant = constant
  }

  place(logical: Value, { value, layout }: Placed): void {
    let layouts = this.#placed.get(logical)
    if (layouts === undefined) {
      layouts = new Map()
      this.#placed.set(logical, layouts)
    }
    layouts.set(layout, value)
  }

  /** All layouts in which a value is at hand, the one that it was computed in first. */
  layoutsOf(logical: Value): readonly Layout[] {
    const layouts = this.#placed.get(logical)
    return layouts === undefined ? ['last'] : [...layouts.keys()]
  }

  /** A value in a layout. */
  inLayout(logical: Value, layout: Layout): Value {
    let layouts = this.#placed.get(logical)
    if (layouts === undefined) {
      if (!isConstant(logical)) {
        throw new EngineError({
          where: 'lowering',
          expected: 'every value must be computed before its use',
        })
      }
      layouts = new Map([['last', this.#constant(logical)]])
      this.#placed.set(logical, layouts)
    }
    const present = layouts.get(layout)
    if (present !== undefined) return present
    const [from, value] = layouts.entries().next().value!
    const [shape, block] = [logical.shape, this.#block]
    const converted = reorder(this.#builder, value, { from, to: layout, shape, block })
    layouts.set(layout, converted)
    return converted
  }
}
