/** The version of this build; a test holds it against package.json. Pure. */
export const VERSION = "0.1.0";
