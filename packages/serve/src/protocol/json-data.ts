import type { Datatype, JsonForm } from './datatypes.ts'
import { RequestError } from './errors.ts'
import { decodeBytes, elementCount, encodeBytes, shapeText, type Tensor } from './tensor.ts'

/**
 * The elements of a tensor that were written as JSON, flat or nested.
 *
 * @throws RequestError when their number or kind is wrong, or the type has no form in JSON.
 */
export function readData(
  where: string,
  datatype: Datatype,
  shape: readonly number[],
  data: unknown,
): Uint8Array {
  const json = jsonForm(where, datatype, 'INVALID_ARGUMENT')
  if (!Array.isArray(data)) {
    throw new RequestError('INVALID_ARGUMENT', {
      where,
      expected: 'data must be a list of elements, flat or nested',
      given: data,
    })
  }
  // Before anything is allocated: the shape may promise more than was sent.
  const count = elementCount(shape)
  const given = countElements(data)
  if (given !== count) {
    throw new RequestError('INVALID_ARGUMENT', {
      where,
      expected: `data of shape ${shapeText(shape)} must have ${count} elements`,
      given,
    })
  }
  const refuse = (index: number, element: unknown) =>
    new RequestError('INVALID_ARGUMENT', {
      where: `${where}: data[${index}]`,
      expected: `elements of ${datatype.name} ${json.expected}`,
      given: element,
    })
  if (datatype.view === undefined) {
    const texts: string[] = []
    fill(texts, 0, data, json, refuse)
    return encodeBytes(texts)
  }
  const bytes = new Uint8Array(count * datatype.bytes)
  // A typed array takes numbers or bigints, and `read` gives what this one takes.
  fill(datatype.view(bytes.buffer, 0, count) as Float64Array, 0, data, json, refuse)
  return bytes
}

/** The nesting was bounded when the JSON was read. */
function countElements(data: readonly unknown[]): number {
  let count = 0
  for (const item of data) count += Array.isArray(item) ? countElements(item) : 1
  return count
}

/** Writes elements one after another, and gives the index behind the last. */
function fill(
  target: Float64Array | string[],
  begin: number,
  data: readonly unknown[],
  json: JsonForm,
  refuse: (index: number, element: unknown) => Error,
): number {
  let index = begin
  for (const item of data) {
    if (Array.isArray(item)) {
      index = fill(target, index, item, json, refuse)
      continue
    }
    const value = json.read(item)
    if (value === undefined) throw refuse(index, item)
    target[index] = value as never
    index += 1
  }
  return index
}

/**
 * The elements of a tensor as JSON text, flat.
 *
 * @throws RequestError for NaN and infinities, which JSON does not have, text that is not UTF-8, and types without a form in JSON.
 */
export function writeData(tensor: Tensor): string {
  const { datatype, data } = tensor
  const where = `output ${JSON.stringify(tensor.name)}`
  const json = jsonForm(where, datatype, 'UNREPRESENTABLE')
  if (datatype.view === undefined) {
    return `[${decodeBytes(where, data)
      .map((element) => JSON.stringify(text(where, element)))
      .join(',')}]`
  }
  const count = data.length / datatype.bytes
  const aligned = data.byteOffset % datatype.bytes === 0 ? data : new Uint8Array(data)
  const view = datatype.view(aligned.buffer as ArrayBuffer, aligned.byteOffset, count)
  const { write } = json
  if (write !== undefined) return `[${Array.from(view as Uint8Array, write).join(',')}]`
  if (view.length > MAX_ELEMENTS) {
    throw new RequestError('UNREPRESENTABLE', {
      where,
      expected: `at most ${MAX_ELEMENTS} elements are written as JSON`,
      given: view.length,
      hint: BINARY,
    })
  }
  if (!(view instanceof Float32Array || view instanceof Float64Array)) return `[${view.join(',')}]`
  let negativeZero = false
  for (let index = 0; index < view.length; index += 1) {
    const value = view[index]!
    if (value === 0) negativeZero ||= Object.is(value, -0)
    else if (!Number.isFinite(value)) {
      throw new RequestError('UNREPRESENTABLE', {
        where: `${where}: element ${index}`,
        expected: 'JSON has no such number',
        given: String(value),
        hint: BINARY,
      })
    }
  }
  // As text both zeros are "0" in JavaScript; JSON can tell them apart.
  if (!negativeZero) return `[${view.join(',')}]`
  return `[${Array.from(view, (value) => (Object.is(value, -0) ? '-0' : String(value))).join(',')}]`
}

/** Elements of one output as JSON: a text cannot be longer than some 500 million characters. */
const MAX_ELEMENTS = 2 ** 24

const BINARY = 'Ask for the output as binary data: "parameters": {"binary_data": true}.'

function text(where: string, element: Uint8Array): string {
  try {
    return new TextDecoder('utf8', { fatal: true, ignoreBOM: true }).decode(element)
  } catch (cause) {
    throw new RequestError('UNREPRESENTABLE', {
      where,
      expected: 'only text in UTF-8 can be written as JSON',
      hint: BINARY,
      cause,
    })
  }
}

function jsonForm(
  where: string,
  { json, name }: Datatype,
  kind: 'INVALID_ARGUMENT' | 'UNREPRESENTABLE',
) {
  if (json !== undefined) return json
  throw new RequestError(kind, {
    where,
    expected: `${name} via JSON is not supported`,
    hint: 'Please use the binary data format.',
  })
}
