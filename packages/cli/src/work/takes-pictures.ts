import type { InputEncoding } from '@ashlar/core/encoding'

/** What is known of the inputs of a file. */
export interface KnownInputs {
  /** By name. */
  readonly inputs: readonly string[]
  /** Sizes of each by name, where the file has them; 0 for one that varies. */
  readonly shapes: ReadonlyMap<string, readonly number[]>
}

/** What the file says of how they are made. */
export interface SaidInputs {
  readonly input?: InputEncoding | undefined
  readonly inputs?: Readonly<Record<string, InputEncoding>> | undefined
}

/** Whether the page of a model asks for pictures: as the file says of an input, and of one of which it says nothing, by its shape, as the page does. */
export function takesPictures({ inputs, shapes }: KnownInputs, said: SaidInputs): boolean {
  return inputs.some((name) => {
    const encoding = inputs.length === 1 ? said.input : said.inputs?.[name]
    if (encoding !== undefined) return encoding.kind === 'image'
    const [, ...sizes] = shapes.get(name) ?? []
    if (sizes.length !== 3) return false
    return [sizes[0], sizes[2]].some((channels) => channels === 1 || channels === 3)
  })
}
