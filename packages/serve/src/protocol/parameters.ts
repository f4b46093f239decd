import { RequestError } from './errors.ts'
import { asObject } from './json.ts'
import type { Parameters } from './messages.ts'

/**
 * Parameters as a client wrote them.
 *
 * @throws RequestError when a value is not a string, number or boolean, or a name is one that servers use among themselves.
 */
export function readParameters(where: string, value: unknown): Parameters {
  if (value === undefined) return {}
  const given = asObject(`${where}: parameters`, value)
  for (const [name, item] of Object.entries(given)) {
    if (!['string', 'number', 'boolean', 'bigint'].includes(typeof item)) {
      throw new RequestError('INVALID_ARGUMENT', {
        where: `${where}: parameter ${JSON.stringify(name)}`,
        expected: 'must be a string, number or boolean',
        given: item,
      })
    }
    if (name.startsWith('triton_')) {
      throw new RequestError('INVALID_ARGUMENT', {
        where: `${where}: parameter ${JSON.stringify(name)}`,
        expected: 'names that start with triton_ are reserved',
      })
    }
  }
  return given as Parameters
}

/** A parameter that must be a whole number from 0; `undefined` when it was not given. */
export function wholeParameter(
  where: string,
  parameters: Parameters,
  name: string,
): number | undefined {
  const value = own(parameters, name)
  if (value === undefined) return undefined
  const number = typeof value === 'bigint' ? Number(value) : value
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number
  throw new RequestError('INVALID_ARGUMENT', {
    where: `${where}: parameter ${name}`,
    expected: 'must be a whole number from 0',
    given: value,
  })
}

/** A parameter that must be true or false; `undefined` when it was not given. */
export function booleanParameter(
  where: string,
  parameters: Parameters,
  name: string,
): boolean | undefined {
  const value = own(parameters, name)
  if (value === undefined || typeof value === 'boolean') return value
  throw new RequestError('INVALID_ARGUMENT', {
    where: `${where}: parameter ${name}`,
    expected: 'must be true or false',
    given: value,
  })
}

function own(parameters: Parameters, name: string): Parameters[string] | undefined {
  return Object.hasOwn(parameters, name) ? parameters[name] : undefined
}
