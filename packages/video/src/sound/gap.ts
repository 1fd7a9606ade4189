/** @file When time stamps of sound are believed. */

/** Seconds that time stamps may be off before a gap is believed; containers round them. */
export const GAP = 0.05;
