/** What /.well-known/gate says. */
export const VERSION = "0.1.0";
