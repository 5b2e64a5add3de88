/** @import { KillPlan } from './kill-plan.mjs' */

/** What is counted by the requests that were in flight. */
export const PHASES = [
  'upload',
  'download',
  'deletion',
  'erasure',
  'link',
  'sign-in',
  'start-up',
];

/** The figures of a campaign. */
export class Report {
  kills = 0;
  seconds = 0;
  /** Kills with such a request in flight; all of them; those sent whole. */
  phases = Object.fromEntries(
    PHASES.map((kind) => [kind, { kills: 0, requests: 0, unanswered: 0 }]),
  );
  /** Of which the client was told. */
  acknowledged = {
    uploads: 0,
    downloads: 0,
    ranges: 0,
    zips: 0,
    deletions: 0,
    accounts: 0,
    erasures: 0,
    links: 0,
    redeemed: 0,
    revoked: 0,
  };
  /**
   * What crashes have left, and checks have met: uploads, deletions and erasures
   * that were carried out, or begun, and not acknowledged are among it.
   */
  found = {
    orphans: 0,
    parts: 0,
    journals: 0,
    temporaryFiles: 0,
    unansweredUploads: 0,
    unansweredDeletions: 0,
    unfinishedErasures: 0,
    halfErased: 0,
    filesRead: 0,
  };
  sweeps = { young: 0, underLoad: 0, aged: 0, refused: 0, removed: 0 };

  /** @param {readonly { kind: string, isSent: boolean }[]} flights */
  addKill(flights) {
    this.kills += 1;
    for (const [kind, phase] of Object.entries(this.phases)) {
      const met = flights.filter((flight) => flight.kind === kind);
      phase.kills += met.length > 0 ? 1 : 0;
      phase.requests += met.length;
      phase.unanswered += met.filter(({ isSent }) => isSent).length;
    }
  }
}
