import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  isDead,
  ownProcessMark,
  startMark,
} from '../../lib/download/process-mark.js';

const own = await ownProcessMark();

/** The id of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

describe('the mark of a process', () => {
  it('tells host, process id and start, the same each time', async () => {
    expect(own.host).toMatch(/^[0-9a-f]{8}$/);
    expect(own.pid).toBe(process.pid);
    expect(own.start).toMatch(/^[0-9]+-[0-9a-f]{8}$/);
    expect(await ownProcessMark()).toEqual(own);
  });

  it('tells another start for another process', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1e6)']);
    try {
      const start = await startMark(Number(child.pid));
      expect(start).toMatch(/^[0-9]+-[0-9a-f]{8}$/);
      expect(start).not.toBe(own.start);
      expect(start?.split('-')[1]).toBe(own.start.split('-')[1]);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('is not misled by the name of a program', async () => {
    const child = spawn(process.execPath, [
      '-e',
      "process.title = 'a) Z 1 (b'; console.log('ready'); setInterval(() => 0, 1e6)",
    ]);
    try {
      await once(child.stdout, 'data');
      const start = await startMark(Number(child.pid));
      expect(start).toMatch(/^[0-9]{3,}-[0-9a-f]{8}$/);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

describe('a process', () => {
  it('that runs is not dead', async () => {
    expect(await isDead(own)).toBe(false);
  });

  it('that has ended is dead', async () => {
    expect(await isDead({ ...own, pid: deadPid() })).toBe(true);
  });

  it('is dead if its id belongs to one that was started later', async () => {
    const [ticks, boot] = own.start.split('-');
    const earlier = `${Number(ticks) - 1}-${boot}`;
    expect(await isDead({ ...own, start: earlier })).toBe(true);
  });

  it('of an earlier boot is dead, with the same id and tick too', async () => {
    const [ticks] = own.start.split('-');
    expect(await isDead({ ...own, start: `${ticks}-00000000` })).toBe(true);
  });

  it('of unknown start is dead only if its id is free', async () => {
    const mark = { ...own, start: 'unknown' };
    expect(await isDead(mark)).toBe(false);
    expect(await isDead({ ...mark, pid: deadPid() })).toBe(true);
  });

  it('of another host is never known to be dead', async () => {
    const mark = { ...own, host: '00000000', start: '1-00000000' };
    expect(await isDead(mark)).toBe(false);
    expect(await isDead({ ...mark, pid: deadPid() })).toBe(false);
  });

  it('that nobody has collected is dead', async () => {
    const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; wait']);
    try {
      const [line] = await once(parent.stdout, 'data');
      const pid = Number(String(line));
      // A parent that is stopped collects nobody.
      parent.kill('SIGSTOP');
      process.kill(pid, 'SIGKILL');
      while ((await startMark(pid)) !== 'ended') await sleep(5);
      expect(await isDead({ ...own, pid })).toBe(true);
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
