declare module 'parse-prometheus-text-format' {
  interface Sample {
    value?: string
    labels?: Record<string, string>
  }
  interface Family {
    name: string
    help: string
    type: string
    metrics: Sample[]
  }
  /** Parses the Prometheus text exposition format; throws what is not of it. */
  export default function parse(text: string): Family[]
}
