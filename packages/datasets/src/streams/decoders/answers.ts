import { type Answers, answersWriter } from '../../tables/answers.ts'
import { fieldIn } from '../field-in.ts'
import type { DecodePlan, RecordDecoder } from '../reader.ts'
import { textAsNumbers } from './numbers.ts'

/** Yes or no, as 1 and 0, to each of some classes: by a list of those that are right, or by a field for each. */
export interface AnswersPlan extends DecodePlan, Answers {
  readonly kind: 'answers'
}

/** @throws DataError for a class that nobody knows, and for an answer that is neither yes nor no. */
export function answersDecoder(plan: AnswersPlan): RecordDecoder {
  const write = answersWriter(plan)
  const count = plan.classes.length
  return (record, { where, place, into }) => {
    const source = {
      value: (field: string) => textAsNumbers(fieldIn(record, field, where)),
      where: (field: string) => `${where}, ${JSON.stringify(field)}`,
    }
    write(source, into.inputs.subarray(place * count, (place + 1) * count) as Float32Array)
  }
}
