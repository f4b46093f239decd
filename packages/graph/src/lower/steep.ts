/** The largest power of two whose products with float32 that are not large stay finite: the slope of what is to jump. */
export const STEEP: number = 2 ** 126
