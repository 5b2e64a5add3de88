import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { diskStore, openService, OWNER } from './service.mjs';

/**
 * What a process of this library needs beyond what it needs when idle, in bytes.
 * Each process is good for one measurement.
 *
 * @param {import('./service.mjs').Place} place
 */
export async function open(place) {
  const service = await openService(place, diskStore(place));
  return {
    /** @param {number} size */
    encrypt: async (size) => {
      const block = randomBytes(64 * 1024);
      const idle = idleMemory();
      const facts = { name: 'film.mkv', type: 'video/x-matroska' };
      const upload = await service.encryptUpload(repeat(block, size), facts);
      const peak = peakMemory();
      const token = await service.createToken(OWNER);
      const row = await service.attach(upload, token, OWNER);
      return { above: peak - idle, row, token };
    },
    /**
     * @param {any} row
     * @param {{ value: string }} token
     */
    decrypt: async (row, token) => {
      const idle = idleMemory();
      const file = await service.open(row, token, OWNER);
      await (await file.decrypt()).dispose();
      return { above: peakMemory() - idle };
    },
    /**
     * @param {any} row
     * @param {{ value: string }} token
     */
    stream: async (row, token) => {
      const idle = idleMemory();
      const file = await service.open(row, token, OWNER);
      let read = 0;
      for await (const chunk of file.createReadStream()) read += chunk.length;
      if (read !== row.size) throw new Error(`${read} of ${row.size} bytes.`);
      return { above: peakMemory() - idle };
    },
  };
}

/**
 * @param {Buffer} block
 * @param {number} size
 */
async function* repeat(block, size) {
  for (let left = size; left > 0; left -= block.length) {
    yield block.subarray(0, left);
  }
}

/** Memory in use; what the start of the process needed at most is forgotten. */
function idleMemory() {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return statusBytes('VmRSS');
  } catch {
    return process.memoryUsage.rss();
  }
}

function peakMemory() {
  try {
    return statusBytes('VmHWM');
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

/** @param {string} field - of kB, as Linux tells them. */
function statusBytes(field) {
  const status = readFileSync('/proc/self/status', 'utf8');
  return (
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024
  );
}
