import type { Library } from '../../services/docs/library/library.ts'
import type { Search } from '../../services/docs/search/search.ts'
import type { Services } from '../../services/index.ts'

/** Services with the documentation among them. */
export type WithDocs = Services & { readonly library: Library; readonly search: Search }
