import type { Call } from '../call.ts'
import { Problem } from '../errors.ts'
import { AccessReview } from './access.ts'
import type { Approvals } from './approvals/approvals.ts'
import { Desk } from './approvals/desk.ts'
import { Cluster } from './cluster.ts'
import type { Contexts } from './contexts.ts'
import { Deployments } from './deployments.ts'
import { Diagnoses } from './diagnosis.ts'
import type { Library } from './docs/library/library.ts'
import type { Reference } from './docs/reference/reference.ts'
import type { Search } from './docs/search/search.ts'
import { Events } from './events.ts'
import type { HelmBinary } from './helm/binary.ts'
import { type HelmSetting, ReleaseChanges } from './helm/changes.ts'
import type { Charts } from './helm/charts.ts'
import { Releases } from './helm/releases.ts'
import { KubeServices } from './kube-services.ts'
import { Logs } from './logs.ts'
import { Manifests } from './manifests/manifests.ts'
import { Nodes } from './nodes.ts'
import { Pods } from './pods.ts'
import type { Reachability } from './reachability.ts'
import { Resources } from './resources.ts'
import { type Identity, ServerFacts, type Readiness } from './server.ts'
import type { Telemetry } from './telemetry.ts'
import { Templates } from './templates/templates.ts'
import { Usage } from './top.ts'

/** What lives as long as the server and is shared by every call. Made once in the composition root. */
export interface Shared {
  identity: Identity
  contexts: Contexts
  reachability: Reachability
  telemetry: Telemetry
  /** The documentation, the API reference and the search over both: read when first asked for. */
  library: Library
  search: Search
  reference: Reference
  /** The approvals, or why they cannot be used: reads go on without them. */
  approvals: Approvals | Problem
  readiness: Readiness
  /** Helm: where it keeps its releases, the binary, the charts. */
  helm: HelmSetting
  /** Where a person looks at an approval. */
  urlOf: (approvalId: string) => string
}

/** What a handler may use, bound to one call: its cluster, its cancellation, its progress. Nothing is made until it is named. */
export class Services {
  readonly call: Call
  readonly #shared: Shared
  readonly #context: string | undefined
  #cluster: Cluster | undefined

  constructor(shared: Shared, call: Call, context: string | undefined) {
    this.#shared = shared
    this.call = call
    this.#context = context
  }

  /** The context this call went to, once it went to one. */
  get contextName(): string | undefined {
    return this.#cluster?.context ?? this.#context
  }

  /** The cluster of this call. Throws `unknown_context`, `cluster_unavailable`. */
  get cluster(): Cluster {
    this.#cluster ??= new Cluster(this.#shared.contexts.open(this.call, this.#context), this.call)
    return this.#cluster
  }

  get contexts(): Contexts {
    return this.#shared.contexts
  }
  get telemetry(): Telemetry {
    return this.#shared.telemetry
  }
  get server(): ServerFacts {
    return new ServerFacts(this.#shared, this.call)
  }
  /** Throws `store_unavailable`, `store_damaged` where the store could not be opened. */
  get approvals(): Approvals {
    const { approvals } = this.#shared
    if (approvals instanceof Problem) throw approvals
    return approvals
  }
  /** The approvals as this caller may see and decide them. */
  get desk(): Desk {
    return new Desk(this.approvals, this.call, this.#shared.urlOf)
  }
  get access(): AccessReview {
    return new AccessReview(this.cluster)
  }
  get events(): Events {
    return new Events(this.cluster)
  }
  get pods(): Pods {
    return new Pods(this.cluster)
  }
  get logs(): Logs {
    return new Logs(this.cluster)
  }
  get deployments(): Deployments {
    return new Deployments(this.cluster)
  }
  get services(): KubeServices {
    return new KubeServices(this.cluster)
  }
  get nodes(): Nodes {
    return new Nodes(this.cluster)
  }
  get usage(): Usage {
    return new Usage(this.cluster)
  }
  get manifests(): Manifests {
    return new Manifests(this.cluster)
  }
  get resources(): Resources {
    return new Resources(this.cluster)
  }
  get diagnoses(): Diagnoses {
    return new Diagnoses(this.cluster, this.releases)
  }
  get releases(): Releases {
    return new Releases(this.cluster, this.#shared.helm)
  }
  get releaseChanges(): ReleaseChanges {
    return new ReleaseChanges(this.cluster, this.#shared.helm)
  }
  get helm(): HelmBinary {
    return this.#shared.helm.binary
  }
  get charts(): Charts {
    return this.#shared.helm.charts
  }
  get library(): Library {
    return this.#shared.library
  }
  get search(): Search {
    return this.#shared.search
  }
  get reference(): Reference {
    return this.#shared.reference
  }
  get templates(): Templates {
    return new Templates()
  }
}
