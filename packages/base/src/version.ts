/** The version of this build, as package.json says it (version.test.ts holds that). Pure. */
export const VERSION = "0.1.0";
