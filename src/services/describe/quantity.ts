// Kubernetes quantities: "250m", "1.5", "512Mi", "2G", "1e3".

const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** The number a quantity stands for (cores, bytes, pieces); undefined where it is none. */
export function quantity(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return undefined
  const [, digits, suffix = ''] =
    /^([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/.exec(value) ?? []
  const unit = SUFFIXES[suffix]
  return digits === undefined || unit === undefined ? undefined : Number(digits) * unit
}

/** CPU in cores as a quantity: 1500m, 2. */
export const cpuText = (cores: number): string => {
  const milli = Math.round(cores * 1000)
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`
}

const BYTES = (['Ti', 'Gi', 'Mi', 'Ki'] as const).map((suffix) => ({ suffix, size: SUFFIXES[suffix] ?? 1 }))

/** Bytes as a quantity, in the largest unit that says it exactly or leaves two digits: 512Mi, 2Gi, 7911Mi. */
export function bytesText(bytes: number): string {
  const unit = BYTES.find(({ size }) => bytes >= 10 * size || (bytes >= size && bytes % size === 0))
  return unit === undefined ? String(Math.round(bytes)) : `${Math.round(bytes / unit.size)}${unit.suffix}`
}
