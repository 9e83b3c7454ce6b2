/**
 * A target's catalogue: which queries read it, and the cache that the target's connections share.
 * Touches a connection of its own.
 */
import { buildCatalogue, CATALOGUE_QUERIES, type Catalogue, type CatalogueRows } from "@gate/sql";
import { createCatalogueCache, type CatalogueCache, type CatalogueCacheOptions } from "./catalogue-cache.ts";
import { runHousekeepingQueries, type HousekeepingOptions } from "./housekeeping-queries.ts";

export type TargetCatalogue = CatalogueCache<CatalogueRows, Catalogue>;

/** @throws {PostgresError} as `runHousekeepingQueries` does: without a catalogue nothing can be judged. */
export async function loadCatalogueRows(options: HousekeepingOptions): Promise<CatalogueRows> {
  return runHousekeepingQueries(options, CATALOGUE_QUERIES);
}

export function catalogueCache(
  options: Omit<CatalogueCacheOptions<CatalogueRows, Catalogue>, "build">,
): TargetCatalogue {
  return createCatalogueCache({ ...options, build: buildCatalogue });
}
