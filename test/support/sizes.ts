/** How far a test goes: seconds in `npm run test:unit`, bounded in `npm test`, exhaustive in `npm run test:long`. */
type Sizes = { readonly quick: number; readonly bounded: number; readonly long: number }

export function sizeOf({ quick, bounded, long }: Sizes): number {
  if (process.env.FAIRLEAD_LONG === '1') return long
  return process.env.FAIRLEAD_SUITE === '1' ? bounded : quick
}
