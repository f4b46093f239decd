import { DataError } from '@ashlar/errors'

/** A picture whose contents cannot be read, unlike a file that cannot be opened. */
export class BrokenPictureError extends DataError {}
