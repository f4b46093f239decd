/** The layer that names classes, in names of a file's nodes. */
export const LABELS = 'labels'
