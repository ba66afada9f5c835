import { Problem } from './problem.ts'

const NO_CHANGE = 'Nothing was changed.'
const INSTALL =
  'Install Helm 4 where the server runs, on its PATH, or name it by HELM_BIN. Reading releases works without it.'

/** Errors of the helm binary, and of charts: where they are from, what is in them, keeping them. */
export const chartProblems = {
  helmNotInstalled: (name: string) =>
    new Problem('helm_not_installed', 503, `There is no "${name}" here: changes of Helm releases need it.`, INSTALL),
  helmTooOld: (version: string, why: string) =>
    new Problem('helm_too_old', 503, `The helm here is ${version}: ${why}.`, INSTALL),
  helmUnusable: (path: string, why: string) =>
    new Problem('helm_unusable', 503, `${path} cannot be used as helm: ${why}.`, INSTALL),
  helmNoPlace: (why: string) =>
    new Problem(
      'helm_no_place',
      507,
      `Helm was not started, since the files that it needs could not be written: ${why}.`,
      `${NO_CHANGE} Whoever runs the server makes room in DATA_DIR.`,
    ),
  helmFailed: (command: string, why: string, next?: string) =>
    new Problem('helm_failed', 502, `helm ${command} ${why}.`, next),

  chartSourceNotAllowed: (what: string, why: string, next: string) =>
    new Problem('chart_source_not_allowed', 403, `The chart ${what} may not be used: ${why}.`, next),
  chartNotFound: (what: string, where: string, next?: string) =>
    new Problem(
      'chart_not_found',
      404,
      `${where} has no chart ${what}.`,
      next ?? 'Check the name and the version; without a version it is the newest.',
    ),
  chartUnavailable: (where: string, why: string) =>
    new Problem(
      'chart_unavailable',
      502,
      `The chart could not be fetched from ${where}: ${why}.`,
      `${NO_CHANGE} Check the address and that it can be reached from this server.`,
    ),
  chartTooLarge: (why: string) =>
    new Problem(
      'chart_too_large',
      413,
      `The chart is too large: ${why}.`,
      `${NO_CHANGE} Take out what it does not need.`,
    ),
  badChart: (why: string) =>
    new Problem(
      'bad_chart',
      422,
      `This is no chart that can be used: ${why}.`,
      `${NO_CHANGE} A chart is the .tgz that "helm package" makes.`,
    ),
  chartStoreFailed: (why: string) =>
    new Problem(
      'chart_store_failed',
      507,
      `The chart could not be stored: ${why}.`,
      `${NO_CHANGE} Whoever runs the server makes room in DATA_DIR.`,
    ),
} as const
