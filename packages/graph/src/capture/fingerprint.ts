import { createHash } from 'node:crypto'
import { type AttrValue, attrsKey, type Graph, isGraph, type Value, whereOf } from '../ir/index.ts'

/** One line of a fingerprint, and what it stands for. */
export interface FingerprintLine {
  readonly text: string
  /** The layer and kernel, or the input or output. */
  readonly what: string
}

/**
 * A graph as text, line by line: equal for graphs that compute the same from the same inputs in the same way, whichever capture they come from.
 */
export function fingerprint(graph: Graph): readonly FingerprintLine[] {
  return new Reader().graph(graph)
}

/** The first line in which two graphs differ; undefined where none does. */
export function firstDifference(
  a: readonly FingerprintLine[],
  b: readonly FingerprintLine[],
): FingerprintLine | undefined {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    if (a[index]?.text !== b[index]?.text) return a[index] ?? b[index]
  }
  return undefined
}

/** Constants of more elements are told by their digest. */
const SHORT = 16

/** Digests of constants, which several captures of a program may share. */
const digests = new WeakMap<object, string>()

class Reader {
  readonly #places = new Map<Value, number>()

  graph({ inputs, nodes, outputs }: Graph): FingerprintLine[] {
    const lines: FingerprintLine[] = inputs.map(({ name, value, state, from }) => ({
      text: `input ${name} ${state} ${from ?? ''} ${this.#computed(value)}`,
      what: `input ${name}`,
    }))
    for (const { op, scope, inputNames, inputs: given, attrs, outputs: made } of nodes) {
      const what = whereOf({ op, scope })
      const plain: Record<string, AttrValue> = {}
      for (const [name, value] of Object.entries(attrs)) {
        if (isGraph(value)) lines.push(...this.graph(value))
        else plain[name] = value
      }
      const read = given.map((value) => (value === undefined ? '-' : this.#place(value)))
      const written = made.map((value) => this.#computed(value))
      const text = [what, inputNames, read.join(), attrsKey(plain), written.join()].join(' | ')
      lines.push({ text, what })
    }
    for (const { name, value, state } of outputs) {
      lines.push({ text: `output ${name} ${state} ${this.#place(value)}`, what: `output ${name}` })
    }
    return lines
  }

  #computed(value: Value): string {
    const place = this.#places.size
    this.#places.set(value, place)
    return `${place}:${value.dtype}[${value.shape.join()}]`
  }

  #place(value: Value): string {
    const place = this.#places.get(value)
    if (place !== undefined) return String(place)
    const { dtype, shape, data, fill, sizes } = value
    const numbers =
      fill !== undefined
        ? `all ${Object.is(fill, -0) ? '-0' : fill}`
        : sizes !== undefined
          ? attrsKey({ sizes })
          : digestOf(data)
    return `${dtype}[${shape.join()}] ${numbers}`
  }
}

function digestOf(data: Value['data']): string {
  if (data === undefined) return 'unknown'
  if (data.length <= SHORT && !Array.isArray(data)) {
    return Array.from(data as Float32Array, (each) => (Object.is(each, -0) ? '-0' : each)).join()
  }
  let digest = digests.get(data)
  if (digest === undefined) {
    const hash = createHash('sha256')
    const parts = Array.isArray(data) ? (data as readonly Uint8Array[]) : [data as Float32Array]
    for (const part of parts) {
      hash.update(`${part.length},`)
      hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength))
    }
    digest = hash.digest('hex')
    digests.set(data, digest)
  }
  return digest
}
