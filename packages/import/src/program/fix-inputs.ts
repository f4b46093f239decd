import { ConfigError, unknownName } from '@ashlar/errors'
import type { OnnxFile, OnnxPort } from '../file/graph.ts'
import type { FileTensor } from '../file/tensor.ts'
import { isFloat } from '../file/types.ts'

/** Numbers of inputs by their names, row by row. */
export type FixedInputs = Readonly<Record<string, number | boolean | readonly number[]>>

/**
 * A file with some of its inputs fixed: they are inputs no more, and what follows from them is the same always. A rate or a flag that says which part of a network runs is fixed so.
 *
 * @throws ConfigError for an input that is not there, and for numbers that are none of its shape and type.
 */
export function fixInputs(file: OnnxFile, fixed: FixedInputs): OnnxFile {
  const { path, graph } = file
  const names = graph.inputs.map(({ name }) => name)
  const initializers = new Map(graph.initializers)
  for (const [name, value] of Object.entries(fixed)) {
    const port = graph.inputs.find((each) => each.name === name)
    if (port === undefined) throw new ConfigError(unknownName(path, 'input', name, names))
    const numbers = [value].flat().map(Number)
    initializers.set(name, tensorOf(path, port, numbers, value))
  }
  const inputs = graph.inputs.filter(({ name }) => !Object.hasOwn(fixed, name))
  if (inputs.length === 0) {
    throw new ConfigError({
      where: path,
      expected: 'an input must be left that is not fixed',
      given: Object.keys(fixed),
    })
  }
  return { ...file, graph: { ...graph, inputs, initializers } }
}

function tensorOf(path: string, port: OnnxPort, data: number[], given: unknown): FileTensor {
  const { name, type = 'float32' } = port
  const fail = (expected: string) =>
    new ConfigError({ where: `${path}: input ${name}`, expected, given })
  const shape = shapeFor(port, data.length)
  if (shape === undefined) {
    const sizes = port.shape?.map((size) => size ?? '?').join(', ')
    throw fail(`its fixed numbers must be as many as [${sizes}] holds`)
  }
  const isRight = (number: number) => isFloat(type) || Number.isInteger(number)
  if (type === 'string' || !data.every((each) => Number.isFinite(each) && isRight(each))) {
    throw fail(
      type === 'string'
        ? 'an input of texts cannot be fixed'
        : `its fixed numbers must be of type ${type}`,
    )
  }
  return { name, type, shape, data: isFloat(type) ? Float32Array.from(data) : data }
}

/** The shape of so many numbers: one free size may follow from them. */
function shapeFor({ shape }: OnnxPort, count: number): number[] | undefined {
  if (shape === undefined) return count === 1 ? [] : [count]
  const known = shape.reduce<number>(
    (product, size) => (typeof size === 'number' ? product * size : product),
    1,
  )
  const free = shape.filter((size) => typeof size !== 'number').length
  if (free > 1 && count !== known) return undefined
  const rest = free === 0 ? 1 : count / known
  if (known * rest !== count || !Number.isInteger(rest)) return undefined
  return shape.map((size) => (typeof size === 'number' ? size : free > 1 ? 1 : rest))
}
