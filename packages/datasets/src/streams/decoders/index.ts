import type { DecodePlan, RecordDecoder, SampleDecoder } from '../reader.ts'
import { type FieldsPlan, fieldsDecoder } from './fields.ts'

type Open = (plan: never) => RecordDecoder | Promise<RecordDecoder>

/** Loaded when asked for. */
const decoders: Readonly<Record<string, () => Promise<Open>>> = {
  answers: async () => (await import('./answers.ts')).answersDecoder,
  picture: async () => (await import('./picture.ts')).pictureDecoder,
  numbers: async () => (await import('./numbers.ts')).numbersDecoder,
  cells: async () => (await import('./cells.ts')).cellsDecoder,
  line: async () => (await import('./line.ts')).lineDecoder,
  list: async () => (await import('./list.ts')).listDecoder,
  mask: async () => (await import('./mask.ts')).maskDecoder,
  tokens: async () => (await import('./tokens.ts')).tokensDecoder,
  window: async () => (await import('./window.ts')).windowDecoder,
  sound: async () => (await import('./sound.ts')).soundDecoder,
}

/** Opens what a plan says. */
export async function openDecoder(plan: DecodePlan): Promise<SampleDecoder> {
  if (plan.kind !== 'fields') return (await openPlain(plan)) as SampleDecoder
  const parts = (plan as FieldsPlan).parts.map(async (part) => ({
    ...{ ...part, decode: await openPlain(part.plan) },
  }))
  return fieldsDecoder(await Promise.all(parts))
}

async function openPlain(plan: DecodePlan): Promise<RecordDecoder> {
  const open = await decoders[plan.kind]!()
  return open(plan as never)
}
