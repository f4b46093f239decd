import type { EvaluationReport } from '@ashlar/experiment'
import type { RunNotes } from '@ashlar/experiment/runs'
import type { Picture } from './pictures.ts'

/** A number or a word with its name. */
export interface Figure {
  readonly name: string
  /** Null where there is none. */
  readonly value: number | string | null
}

/** A sample as a picture, and what is said of it. */
export interface ShownSample {
  readonly picture: Picture | undefined
  /** What it is. */
  readonly label: string
}

/** A sample that the model takes for something else. */
export interface Mistake extends ShownSample {
  /** Place among the test samples. */
  readonly index: number
  readonly prediction: string
  /** Probability of the wrong class. */
  readonly confidence: number
}

/** How many samples of each class there are. */
export interface ClassBalance {
  readonly classes: readonly string[]
  readonly splits: readonly {
    readonly name: string
    readonly counts: readonly number[]
    /** Those of an output with a name; undefined for `classes` above. */
    readonly classes?: readonly string[] | undefined
  }[]
}

/** The kernels of a model's first convolution. */
export interface FilterView {
  readonly name: string
  /** `[height, width, channels, filters]`. */
  readonly shape: readonly number[]
  readonly pictures: readonly Picture[]
}

/** A row of the table of layers. */
export interface LayerRow {
  readonly path: string
  readonly name: string
  readonly depth: number
  readonly calls: number
  readonly type: string
  readonly shape: string
  readonly parameters: number | null
  readonly flops?: number | undefined
  /** Of one sample. */
  readonly milliseconds?: number | undefined
  /** Whether it is in the diagram, at `#step-PATH`. */
  readonly isDrawn?: boolean | undefined
}

/** A model, layer by layer. */
export interface ModelView {
  readonly total: number
  readonly trainable: number
  readonly flops?: number | undefined
  /** Of one sample, all layers; undefined where layers were not timed. */
  readonly milliseconds?: number | undefined
  readonly layers: readonly LayerRow[]
  /** SVG made by this program, never text of a file. */
  readonly diagram?: string | undefined
}

/** What an exported file was held against, as rows for people. */
export interface VerificationTable {
  /** What was compared, and where. */
  readonly facts: readonly (readonly [name: string, value: string])[]
  /** One row for each set of inputs. */
  readonly cases: readonly {
    readonly inputs: string
    readonly batch: string
    readonly largest: number | null
  }[]
}

/** Everything that is shown of a run besides its curves. */
export interface RunView {
  /** Of the folder; of a trial in a list of all runs, with that of its sweep: `sweep/trial`. */
  readonly name: string
  /** Of the experiment. */
  readonly title: string
  readonly outcome: string
  /** Why it stopped or failed. */
  readonly reason?: string | undefined
  readonly notes: RunNotes
  readonly figures: readonly Figure[]
  /** On the test split. */
  readonly evaluation?: EvaluationReport | undefined
  /** The same for every output, of a model that names them. */
  readonly outputs?: Readonly<Record<string, EvaluationReport>> | undefined
  /** The worst first; undefined where nobody looked for them. */
  readonly mistakes?: readonly Mistake[] | undefined
  readonly balance?: ClassBalance | undefined
  /** The first samples as they are trained on. */
  readonly augmented?: readonly ShownSample[] | undefined
  readonly filters?: FilterView | undefined
  readonly model?: ModelView | undefined
  readonly verification?: VerificationTable | undefined
  /** The resolved experiment, as YAML. */
  readonly config: string
  readonly provenance: readonly (readonly [name: string, value: string])[]
}
