import { DataError } from '@ashlar/errors'

/** What is wrong with data, with another word on what to do: who asks for a prediction cannot change how the model was trained. */
export function withHint(error: DataError, hint: string): DataError {
  const { where, message } = error
  const end =
    error.hint === undefined ? message.length : message.length - `\n  ${error.hint}`.length
  return new DataError({
    where,
    expected: message.slice(`${where}: `.length, end),
    hint,
    cause: error,
  })
}
