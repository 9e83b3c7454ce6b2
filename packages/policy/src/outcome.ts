/** The outcomes of matching. Pure. */

/**
 * In an order that makes `any` a maximum. BY_EMPTINESS, NEUTRAL and CARRIED are all true: by an empty set, without
 * looking at any set, and by something that the command really does.
 */
export const FALSE = 0;
export const UNKNOWN = 1;
export const BY_EMPTINESS = 2;
export const NEUTRAL = 3;
export const CARRIED = 4;
export type Outcome = typeof FALSE | typeof UNKNOWN | typeof BY_EMPTINESS | typeof NEUTRAL | typeof CARRIED;

/** An outcome where emptiness plays no part; CARRIED stands for true. */
export type Truth = typeof FALSE | typeof UNKNOWN | typeof CARRIED;
