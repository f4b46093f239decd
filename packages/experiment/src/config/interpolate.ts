import { ConfigError, unknownName } from '@ashlar/errors'
import { type Data, isDataMap, placeOf } from '@ashlar/plugins'
import { parseYaml } from './yaml.ts'

/** What an experiment may read of the environment. */
export interface EnvironmentAccess {
  /** Usually `process.env`. */
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Names that may be read, besides those that begin with `ASHLAR_`. */
  readonly allow?: readonly string[] | undefined
}

/** Variables with this prefix are meant for us, and may always be read, */
const OWN_PREFIX = 'ASHLAR_'

/** but for those that let somebody into a server: an experiment may send what it reads. */
const SECRET = /TOKEN|KEY|SECRET|PASSWORD/

/** `${env:NAME}` or `${env:NAME,default}`; with more than one dollar it is text, with one of them too many. */
const VARIABLE = /(\$+)\{env:([^},]*)(?:,([^}]*))?\}/g

/**
 * A text that `interpolate` leaves as it is now.
 *
 * @example escapeVariables('${env:HOME}') // '$${env:HOME}'
 */
export function escapeVariables(text: string): string {
  return text.replaceAll(VARIABLE, (found) => `$${found}`)
}

/**
 * Data with `${env:NAME}` and `${env:NAME,default}` replaced by variables of the environment, in values alone.
 *
 * `$${env:NAME}` is the text `${env:NAME}`. A value that is one variable and nothing else is read as YAML: a number becomes a number. What comes in is data: it is
 * not looked at for further variables.
 *
 * @param where names the data in errors.
 * @throws ConfigError for a variable that is not on the list, and for one that is not set and has no default.
 */
export function interpolate(data: Data, access: EnvironmentAccess, where: string): Data {
  return replace(data, access, where, [])
}

function replace(
  data: Data,
  access: EnvironmentAccess,
  where: string,
  path: readonly PropertyKey[],
): Data {
  const inside = (value: Data, key: PropertyKey) => replace(value, access, where, [...path, key])
  if (Array.isArray(data)) return data.map(inside)
  if (isDataMap(data)) {
    return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, inside(value, key)]))
  }
  if (typeof data !== 'string') return data
  const place = placeOf(where, path)
  const [whole] = data.matchAll(VARIABLE)
  const text = data.replaceAll(
    VARIABLE,
    (found: string, dollars: string, name: string, fallback: string | undefined) =>
      dollars === '$' ? read(name.trim(), fallback, access, place) : found.slice(1),
  )
  return whole?.[0] === data && whole[1] === '$' ? scalar(text, place) : text
}

function read(
  name: string,
  fallback: string | undefined,
  { variables, allow = [] }: EnvironmentAccess,
  where: string,
): string {
  const isOwn = name.startsWith(OWN_PREFIX) && !SECRET.test(name)
  if (!isOwn && !allow.includes(name)) {
    throw new ConfigError({
      ...unknownName(where, 'environment variable', name, [`${OWN_PREFIX}*`, ...allow]),
      hint: `Others are read only when you allow it: --allow-env ${name}`,
    })
  }
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined
  if (value !== undefined || fallback !== undefined) return value ?? fallback!
  throw new ConfigError({
    where,
    expected: `the environment variable ${name} must be set`,
    hint: `Set it, or give a default: \${env:${name},default}`,
  })
}

/** A number, true, false, null or a string; text that YAML would read as more stays text. */
function scalar(text: string, where: string): Data {
  try {
    const value = parseYaml(text, where)
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) {
      return value as Data
    }
  } catch {
    // No YAML, and so nothing but text.
  }
  return text
}
