declare module "libpg-query/wasm/libpg-query.js" {
  const createModule: unknown;
  export default createModule;
}
