/** @file The version that the command reports; a test holds it against package.json. */

/** Version of this package. */
export const VERSION = '0.1.0';
