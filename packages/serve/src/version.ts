/** @file The version that the server tells; a test keeps it equal to the package's. */

/** The version of this package. */
export const VERSION = '0.1.0';
