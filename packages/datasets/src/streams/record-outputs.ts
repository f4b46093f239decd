import { type Field, sizeOfShape } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import { namesOfFields } from '../tables/answers.ts'
import type { Decimal } from '../tables/decimal.ts'
import { requireOnce } from '../tables/named-once.ts'
import type { AnswersPlan } from './decoders/answers.ts'
import type { FieldPart } from './decoders/fields.ts'
import type { ListPlan } from './decoders/list.ts'
import type { MaskPlan } from './decoders/mask.ts'
import type { PicturePlan } from './decoders/picture.ts'
import { given, requireOneForm } from './one-or-several.ts'
import type { DecodePlan } from './reader.ts'
import type { RecordInput } from './record-input.ts'
import type { OutputOptions } from './record-options.ts'

type Optional<T> = { readonly [Key in keyof T]?: T[Key] | undefined }

/** One output of records as the options have it. */
export interface RecordOutput extends Optional<Omit<OutputOptions, 'field'>> {
  /** Undefined for the only one. */
  readonly name: string | undefined
  /** The first of its fields. */
  readonly field: string
  /** Where it is made of several. */
  readonly fields?: readonly string[] | undefined
  readonly task: OutputOptions['task']
  /** The sign of numbers that are text. */
  readonly decimal?: Decimal | undefined
  /** How labels are read, where a format knows it by itself. */
  readonly read?: ReadOutput | undefined
}

/** What says which outputs there are. */
export interface OutputChoice extends Optional<Omit<OutputOptions, 'field' | 'shape' | 'size'>> {
  readonly target?: string | readonly string[] | undefined
  readonly outputs?: Readonly<Record<string, OutputOptions>> | undefined
}

/** Labels that are read along with their samples. */
export interface ReadOutput {
  readonly part: FieldPart
  readonly field: Field
}

/**
 * The outputs as the options have them.
 *
 * @throws ConfigError for options that say nothing, or both one and several.
 */
export function outputsOf(chosen: OutputChoice): RecordOutput[] {
  const { target, task, outputs } = chosen
  if (outputs !== undefined) {
    requireOneForm('target', 'outputs', target ?? task, Object.keys(outputs))
    return Object.entries(outputs).map(([name, output]) => {
      const isList = output.task === 'regression' || output.task === 'tagging'
      if (isList || output.shape === undefined) {
        const { field, ...rest } = output
        requireOnce(output.classes ?? [], `${optionOf(name)}.classes`, 'class')
        return { name, ...rest, ...fieldsFor(field, output.task, `dataset.outputs.${name}.field`) }
      }
      throw new ConfigError({
        where: `dataset.outputs.${name}.shape`,
        expected: `must be left out of a ${output.task}`,
        given: output.shape,
      })
    })
  }
  const { classes, values, ignore, ignoreIndex } = chosen
  requireOnce(classes ?? [], 'dataset.classes', 'class')
  const predicted = given(target, 'target', 'outputs')
  const what = given(task, 'task', 'outputs')
  return [
    {
      ...{ name: undefined, task: what },
      ...fieldsFor(predicted, what, 'dataset.target'),
      ...{ classes, values, ignore, ignoreIndex },
    },
  ]
}

/** The fields that an output is made of. */
export function fieldsOfOutput({
  field,
  fields,
}: Pick<RecordOutput, 'field' | 'fields'>): readonly string[] {
  return fields ?? [field]
}

/** @throws ConfigError for several fields where a label is made of one. */
function fieldsFor(
  given: string | readonly string[],
  task: OutputOptions['task'],
  option: string,
): Pick<RecordOutput, 'field' | 'fields'> {
  const fields = [given].flat()
  const [field] = fields as [string]
  if (fields.length === 1) return { field }
  requireOnce(fields, option, 'field')
  if (task === 'multi-label') return { field, fields }
  throw new ConfigError({
    where: option,
    expected: `must be one field for \`task: ${task}\``,
    given: fields,
    hint: 'Several fields that say yes or no are `task: multi-label`; others are outputs of their own: `outputs: { ... }`.',
  })
}

/**
 * How labels are read that are more than one number each; undefined for those that are held in memory.
 *
 * @param inputs that masks and lists go with.
 * @param dataFolder where the paths of masks start.
 * @throws ConfigError for options that leave open how.
 */
export function readOutput(
  output: RecordOutput,
  inputs: readonly RecordInput[],
  dataFolder: string,
): ReadOutput | undefined {
  if (output.read !== undefined) return output.read
  switch (output.task) {
    case 'multi-label':
      return answersOf(output)
    case 'segmentation':
      return maskOf(output, inputs, dataFolder)
    case 'tagging':
      return listOf(output, inputs)
    case 'regression': {
      const { name, field, shape, decimal } = output
      if (shape === undefined) return undefined
      const plan = {
        ...{ kind: 'numbers', fields: [field], size: sizeOfShape(shape) },
        ...(decimal === ',' && { decimal }),
      } as DecodePlan
      return { part: { role: 'labels', name, plan }, field: { shape, dtype: 'float32' } }
    }
    default:
      return undefined
  }
}

/** @throws ConfigError for other names than there are fields. */
function answersOf(output: RecordOutput): ReadOutput {
  const { name, fields } = output
  const classes =
    fields === undefined
      ? classesOf(output)
      : namesOfFields(fields, output.classes, `${optionOf(name)}.classes`)
  const plan: AnswersPlan = { kind: 'answers', fields: fieldsOfOutput(output), classes }
  return {
    part: { role: 'labels', name, plan },
    field: { shape: [classes.length], dtype: 'float32', classes, multiLabel: true },
  }
}

function maskOf(output: RecordOutput, inputs: readonly RecordInput[], folder: string): ReadOutput {
  const { name, field, values, ignoreIndex = -1 } = output
  const classes = classesOf(output)
  const option = optionOf(name)
  const picture = inputs
    .map(({ part }) => part.plan)
    .find((plan): plan is PicturePlan => plan.kind === 'picture')
  const size = output.size ?? (picture && [picture.size.height, picture.size.width])
  if (size === undefined) {
    throw new ConfigError({
      where: `${option}.size`,
      expected: 'must be given for a mask where no input is a picture',
    })
  }
  if (values !== undefined && values.length !== classes.length) {
    throw new ConfigError({
      where: `${option}.values`,
      expected: `must have one for each of the ${classes.length} classes`,
      given: values,
    })
  }
  requireNoClass(option, ignoreIndex, classes)
  const [height, width] = size as [number, number]
  const plan: MaskPlan = {
    ...{ kind: 'mask', field, folder, height, width, classes, values, ignoreIndex },
    fit: picture?.size.fit ?? 'cover',
    ignore: output.ignore ?? (values === undefined && classes.length <= 255 ? [255] : []),
    beside: picture?.field,
  }
  return {
    part: { role: 'labels', name, plan, dtype: 'int32' },
    field: { shape: [height, width], dtype: 'int32', classes, ignoreIndex },
  }
}

function listOf(output: RecordOutput, inputs: readonly RecordInput[]): ReadOutput {
  const { name, field, shape, ignoreIndex = -1 } = output
  const classes = classesOf(output)
  const text = inputs.find(({ part }) => ['tokens', 'list'].includes(part.plan.kind))
  const own = shape ?? text?.field.shape
  if (own?.length !== 1) {
    throw new ConfigError({
      where: `${optionOf(name)}.shape`,
      expected: 'must be one number, of places, where no input is a text',
      given: own,
    })
  }
  requireNoClass(optionOf(name), ignoreIndex, classes)
  const plan: ListPlan = {
    ...{ kind: 'list', field, length: own[0]!, classes },
    ...{ count: classes.length, filling: ignoreIndex },
  }
  return {
    part: { role: 'labels', name, plan, dtype: 'int32' },
    field: { shape: own, dtype: 'int32', classes, ignoreIndex },
  }
}

/** A label that is left out must be none that counts. */
function requireNoClass(option: string, ignoreIndex: number, classes: readonly string[]): void {
  const name = classes[ignoreIndex]
  if (name === undefined) return
  throw new ConfigError({
    where: `${option}.ignoreIndex`,
    expected: `must be none of the classes, and ${ignoreIndex} is ${name}`,
    given: ignoreIndex,
  })
}

function classesOf({ name, task, classes }: RecordOutput): readonly string[] {
  if (classes !== undefined) return classes
  throw new ConfigError({
    where: `${optionOf(name)}.classes`,
    expected: `must be given for \`task: ${task}\`: not all of it is looked at before training`,
  })
}

function optionOf(name: string | undefined): string {
  return name === undefined ? 'dataset' : `dataset.outputs.${name}`
}
