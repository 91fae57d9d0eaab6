/** Made by build/standard.ts. */
declare module "virtual:standard-symbols" {
  const symbols: Record<import("./standard").StandardName, import("./standard").StandardSymbol>;
  export default symbols;
}
