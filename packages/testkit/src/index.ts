export { authority, type Authority, type Leaf, type LeafOptions } from "./certificates.ts";
export {
  postgresBin,
  postgresVersions,
  startPostgres,
  type PostgresOptions,
  type PostgresServer,
} from "./postgres-server.ts";
