import { type FieldInfo, fieldsOf, type InputEncoding, imageEncodingOf } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'

/**
 * Looks at the data of a model whose file is to take colours and mix them to grey.
 *
 * @throws ConfigError where no input of it is of grey pictures.
 */
export function checkColors(info: FieldInfo): void {
  const { inputs } = fieldsOf(info)
  const given = inputs.map(({ name = 'input', shape, dtype, encoding }) => {
    const bytes = imageEncodingOf({ inputShape: shape, inputDtype: dtype })
    return [name, encoding ?? bytes] as const
  })
  if (!given.some(([, encoding]) => isGrey(encoding))) throw noGrey(Object.fromEntries(given))
}

/** Whether an input is one of grey pictures. */
export function isGrey(encoding: InputEncoding | undefined): boolean {
  return encoding?.kind === 'image' && encoding.channels === 1
}

/** @param given what is known of each input. */
export function noGrey(given: Readonly<Record<string, InputEncoding | undefined>>): ConfigError {
  const inputs = Object.entries(given).map(([name, encoding]) => `${name}: ${inWords(encoding)}`)
  return new ConfigError({
    where: 'export.colors',
    expected: 'the model must take grey pictures, to which the file mixes colours',
    given: inputs.join(', '),
    hint: 'A network of colours takes them as they are: leave `colors` out. A grey one is trained on a dataset with `channels: 1`.',
  })
}

function inWords(encoding: InputEncoding | undefined): string {
  if (encoding?.kind !== 'image') return encoding?.kind ?? 'numbers'
  return `pictures of ${encoding.channels} channels`
}
