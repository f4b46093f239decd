import type { Datatype } from './datatypes.ts'
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
  const elements: unknown[] = []
  flatten(data, elements)
  // Before anything is allocated: the shape may promise more than was sent.
  const count = elementCount(shape)
  if (elements.length !== count) {
    throw new RequestError('INVALID_ARGUMENT', {
      where,
      expected: `data of shape ${shapeText(shape)} must have ${count} elements`,
      given: elements.length,
    })
  }
  const read = elements.map((element, index) => {
    const value = json.read(element)
    if (value !== undefined) return value
    throw new RequestError('INVALID_ARGUMENT', {
      where: `${where}: data[${index}]`,
      expected: `elements of ${datatype.name} ${json.expected}`,
      given: element,
    })
  })
  if (datatype.view === undefined) return encodeBytes(read as string[])
  const bytes = new Uint8Array(count * datatype.bytes)
  // A typed array takes numbers or bigints, and `read` gives what this one takes.
  ;(datatype.view(bytes.buffer, 0, count) as Float64Array).set(read as number[])
  return bytes
}

/** The nesting was bounded when the JSON was read. */
function flatten(data: readonly unknown[], into: unknown[]): void {
  for (const item of data) {
    if (Array.isArray(item)) flatten(item, into)
    else into.push(item)
  }
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
  if (view instanceof Float32Array || view instanceof Float64Array) {
    const odd = view.findIndex((value) => !Number.isFinite(value))
    if (odd >= 0) {
      throw new RequestError('UNREPRESENTABLE', {
        where: `${where}: element ${odd}`,
        expected: 'JSON has no such number',
        given: String(view[odd]),
        hint: 'Ask for the output as binary data: "parameters": {"binary_data": true}.',
      })
    }
  }
  return `[${view.join(',')}]`
}

function text(where: string, element: Uint8Array): string {
  try {
    return new TextDecoder('utf8', { fatal: true, ignoreBOM: true }).decode(element)
  } catch (cause) {
    throw new RequestError('UNREPRESENTABLE', {
      where,
      expected: 'only text in UTF-8 can be written as JSON',
      hint: 'Ask for the output as binary data: "parameters": {"binary_data": true}.',
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
