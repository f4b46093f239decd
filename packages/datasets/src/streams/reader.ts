import type { BatchBuffers, SampleData } from '@ashlar/core'

/** Gets the raw records of a dataset by their numbers, in a thread of its own. */
export interface RecordStore {
  /** @throws DataError that names file and place. */
  get(row: number): unknown
  /** Names a record in errors. */
  where(row: number): string
  /** Where paths in a record begin, where that is not the same for all. */
  folder?(row: number): string
}

/** What becomes of a record: numbers at a place of a batch. */
export type RecordDecoder = (record: unknown, to: RecordPlace) => void | Promise<void>

/** Where a record's numbers go. */
export interface RecordPlace {
  /** Names the record in errors. */
  readonly where: string
  /** Where paths in the record begin; as the plan of its decoder says when left out. */
  readonly folder?: string | undefined
  /** Row of the batch. */
  readonly place: number
  readonly into: PlainBuffers
}

/** The arrays that one decoder writes to. */
export interface PlainBuffers {
  readonly inputs: SampleData
  readonly labels: SampleData
}

/** The same of a whole sample, whatever its fields. */
export type SampleDecoder = (
  record: unknown,
  to: Omit<RecordPlace, 'into'> & { readonly into: BatchBuffers },
) => void | Promise<void>

/** Everything that a thread must know to read a dataset: plain data, large parts of it in shared memory. */
export interface ReaderPlan {
  readonly store: StorePlan
  readonly decode: DecodePlan
}

/** Which store, and what it must know. */
export interface StorePlan {
  readonly kind: string
}

/** Which decoder, and what it must know. */
export interface DecodePlan {
  readonly kind: string
}

/** The part of a batch that a thread is to read. */
export interface ReadJob {
  readonly id: number
  readonly rows: Uint32Array
  /** Where in the batch each goes. */
  readonly places: Uint32Array
  readonly into: BatchBuffers
  /** Shared: 1 when nobody waits any more. */
  readonly stopped: Int32Array
}

/** What comes of a job. */
export interface JobResult {
  readonly id: number
  readonly error?: Failure | undefined
}

/** An error on its way between threads. */
export interface Failure {
  /** Row of the batch that it is about. */
  readonly place: number
  readonly message: string
  readonly stack?: string | undefined
  /** What one of Ashlar's own errors says; left out for what is a fault of the program. */
  readonly problem?:
    | {
        readonly code: string
        readonly where: string
        readonly expected: string
        readonly hint: string | undefined
        /** Whether it is about the contents of a picture. */
        readonly isBroken: boolean
      }
    | undefined
}
