import type { InputEncoding, OutputEncoding } from '@ashlar/core/encoding'

/** What the page shows, and of which model. */
export interface PageOptions {
  /** Name under which the server answers for the model: `/v2/models/NAME/infer`. */
  readonly model: string
  /** Absolute path of the ONNX file, which the page runs in the browser and offers for download. */
  readonly file: string
  readonly card: ModelCard
  /** Names of the classes in the order of the output; numbers when left out. */
  readonly labels?: readonly string[] | undefined
  /** What the numbers of the output are; seen from them where nobody said. */
  readonly gives?: 'logits' | 'probabilities' | undefined
  /** Whether each class is right or not by itself. */
  readonly multiLabel?: true | undefined
  /** Names of the numbers that a regression gives, empty where nobody named them; undefined for classes. */
  readonly targets?: readonly string[] | undefined
  /** How raw data becomes what the model takes; by the shape of its input where nobody said. */
  readonly input?: InputEncoding | undefined
  /** The same of inputs by name, where there are several. */
  readonly inputs?: Readonly<Record<string, InputEncoding>> | undefined
  /** What outputs mean, by name, where there are several. */
  readonly outputs?: Readonly<Record<string, OutputEncoding>> | undefined
  /** Makes pictures of formats that browsers do not read, such as TIFF, PNG; without it they are refused. */
  readonly convert?: PictureConversion | undefined
  /** Images to try the model on. */
  readonly samples?: SampleImages | undefined
}

/** How a server reads what browsers do not. */
export interface PictureConversion {
  /**
   * @returns a PNG.
   * @throws DataError for what cannot be read, which is told to who sent it; EngineError where the server cannot read it for a fault of its own, such as a package that is missing.
   */
  run(bytes: Uint8Array): Promise<Uint8Array>
  /** Whether it would run now, or soon; asked before the bytes are gathered. */
  hasRoom(): boolean
  /** Endings of files that it reads, in lower case, for the dialog that chooses one. */
  readonly endings: readonly string[]
}

/** What is known of a model: accuracy, verification, provenance. */
export interface ModelCard {
  readonly title: string
  /** One sentence. */
  readonly description?: string | undefined
  readonly sections: readonly CardSection[]
}

/** Facts under one heading. */
export interface CardSection {
  readonly title: string
  readonly rows: readonly (readonly [label: string, value: string])[]
}

/** Images, one after the other. */
export interface SampleImages {
  readonly height: number
  readonly width: number
  /** 1 for grey, 3 for colours; 1 when left out. */
  readonly channels?: 1 | 3 | undefined
  /** `[count, height, width, channels]`, of grey ones 0 for the background to 255 for ink. */
  readonly pixels: Uint8Array
  /** The class of each, for the text that describes it. */
  readonly labels: readonly string[]
}
