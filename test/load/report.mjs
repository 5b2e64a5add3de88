import { Report as Acknowledged } from '../crashes/report.mjs';
import { Violation } from '../crashes/violation.mjs';

/** @import { Answer, Question } from '../crashes/client.mjs' */
/** @import { Sample } from './process-watch.mjs' */

/** The figures of a campaign, and what was wrong. */
export class Report {
  /** From the first request to the order to stop, and to the end of the last. */
  seconds = { load: 0, all: 0 };
  /** How often a request was answered how. @type {Map<string, number>} */
  answers = new Map();
  /** Of which a client was told. */
  acknowledged = new Acknowledged().acknowledged;
  bytes = { sent: 0, received: 0 };
  clients = { ordinary: 0, slow: 0, idle: 0 };
  /** Requests of the ordinary client that had the fewest. */
  fewestRequests = 0;
  descriptors = { first: 0, most: 0, last: 0 };
  /** Of samples while the ordinary clients work. @type {Sample[]} */
  samples = [];
  /** Milliseconds that a small request took, again and again. @type {number[]} */
  latencies = [];
  /** What was wrong, and how often. @type {Map<string, number>} */
  faults = new Map();

  /**
   * @param {Question} question
   * @param {Omit<Answer, 'bytes'>} answer
   * @param {number} received
   */
  addAnswer(question, { status, isWhole }, received) {
    const outcome = status === 0 ? 'none' : isWhole ? status : `${status} cut`;
    const key = `${question.kind}: ${routeOf(question)}: ${outcome}`;
    this.answers.set(key, (this.answers.get(key) ?? 0) + 1);
    this.bytes.sent += question.breakAt ?? question.body?.length ?? 0;
    this.bytes.received += received;
    if (status >= 500) this.addFault(key);
  }

  /**
   * Notes the promise that was not kept, if one was not.
   *
   * @param {Promise<unknown>} acting
   */
  async note(acting) {
    try {
      await acting;
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.addFault(error.message);
    }
  }

  /** @param {string} fault */
  addFault(fault) {
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
  }
}

/** @param {Question} question @returns {string} without what differs each time. */
function routeOf({ method = 'GET', path, headers }) {
  const [folder = '', query] = path.split('?');
  const route = folder
    .replace(/[0-9a-f]{32}/, ':file')
    .replace(/^\/d\/.*/, '/d/:secret')
    .replace(/links\/\d+/, 'links/:id');
  const delivery = query?.replace('delivery=', ' ') ?? '';
  const range = headers?.['range'] ? ' range' : '';
  return `${method} ${route}${delivery}${range}`;
}
