import { isDeepStrictEqual } from 'node:util'
import type { DatasetSplits, LoadDataOptions, TableEncoding } from '@ashlar/core'
import { sameColumns } from '../tables/same-columns.ts'
import type { CellsPlan } from './decoders/cells.ts'
import type { FieldsPlan } from './decoders/fields.ts'
import type { DecodePlan } from './reader.ts'

/** How samples are decoded, and what of it is other than what was fitted to these files. */
export interface SeenTables extends Pick<DatasetSplits, 'input' | 'inputs'> {
  readonly decode: DecodePlan
}

/**
 * Tables as a model that was trained has seen them: what was fitted to its data stands for what is fitted to this.
 *
 * @param where names the dataset in errors.
 * @throws ConfigError for other columns.
 */
export function asSeen(
  where: string,
  decode: DecodePlan,
  { input, inputs = {} }: LoadDataOptions,
): SeenTables {
  const changed = new Map<string | undefined, TableEncoding>()
  const seen = (name: string | undefined, plan: DecodePlan): DecodePlan => {
    const { encoding } = plan as Partial<CellsPlan>
    const given = name === undefined ? input : inputs[name]
    if (encoding === undefined || given === undefined) return plan
    const own = sameColumns(name === undefined ? where : `${where}.inputs.${name}`, given, encoding)
    if (isDeepStrictEqual(own, encoding)) return plan
    changed.set(name, own)
    return { ...plan, encoding: own } as CellsPlan
  }
  const { parts } = decode as Partial<FieldsPlan>
  const decoded =
    parts === undefined
      ? seen(undefined, decode)
      : ({
          ...decode,
          parts: parts.map((part) =>
            part.role === 'labels' ? part : { ...part, plan: seen(part.name, part.plan) },
          ),
        } as FieldsPlan)
  const named = [...changed].flatMap(([name, each]) => (name === undefined ? [] : [[name, each]]))
  const only = changed.get(undefined)
  return {
    decode: decoded,
    ...(only && { input: only }),
    ...(named.length > 0 && { inputs: Object.fromEntries(named) }),
  }
}
