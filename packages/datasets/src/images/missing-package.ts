import { DataError } from '@ashlar/errors'

/** A package that pictures are read with, and that is not installed: no fault of the picture. */
export class MissingPackageError extends DataError {}
