import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../house/project-files.js';
import { type Drive, useSample } from './drive.js';
import { Visitor } from './visitor.js';

const PAGE = join(ROOT, 'sample', 'public');

const sample = useSample();
let drive: Drive;
beforeAll(async () => {
  drive = await sample.open();
});

describe('the page', () => {
  it('is served with all its files, under a policy that allows nothing else', async () => {
    const visitor = new Visitor(drive.url);
    const names = await readdir(PAGE);
    expect(names).toContain('index.html');
    for (const path of ['', ...names]) {
      const answer = await visitor.get(`/${path}`);
      const file = await readFile(join(PAGE, path || 'index.html'));
      expect(answer.status).toBe(200);
      expect(answer.bytes.equals(file)).toBe(true);
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("media-src 'self'");
      expect(policy).not.toMatch(/unsafe|\*|https?:|data:/);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.has('x-powered-by')).toBe(false);
    }
  });

  it('refers only to files that are there, and has no script or style inline', async () => {
    const html = await readFile(join(PAGE, 'index.html'), 'utf8');
    const names = await readdir(PAGE);
    const references = [...html.matchAll(/(?:src|href)="([^"]*)"/g)];
    expect(references.length).toBeGreaterThan(2);
    for (const [, path] of references) {
      if (path?.startsWith('/api/')) continue;
      expect(names).toContain(path?.slice(1));
    }
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/);
  });

  it('has scripts that parse, and find their modules and their elements', async () => {
    const html = await readFile(join(PAGE, 'index.html'), 'utf8');
    const scripts = await readScripts();
    for (const { name, text } of scripts) {
      const { diagnostics } = ts.transpileModule(text, {
        fileName: name,
        reportDiagnostics: true,
        compilerOptions: { allowJs: true, module: ts.ModuleKind.ESNext },
      });
      expect(diagnostics).toEqual([]);
      for (const [, module] of text.matchAll(/from '\.\/([^']+)'/g)) {
        expect(scripts.map((script) => script.name)).toContain(module);
      }
      for (const [, id] of text.matchAll(/byId\('([^']+)'\)/g)) {
        expect(html).toContain(`id="${id}"`);
      }
    }
  });

  it('has a name for each of its fields and dialogs, and what it is named by', async () => {
    const html = await readFile(join(PAGE, 'index.html'), 'utf8');
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const fields = [...html.matchAll(/<(?:input|select)\s[^>]*id="([^"]+)"/g)];
    expect(fields.length).toBeGreaterThan(3);
    for (const [, id] of fields) expect(html).toContain(`for="${id}"`);
    for (const [tag] of html.matchAll(/<dialog[^>]*>/g)) {
      expect(tag).toMatch(/aria-labelledby=/);
    }
    const named = html.matchAll(/(?:for|aria-\w+by)="([^"]+)"/g);
    for (const [, list] of named) {
      for (const id of list?.split(' ') ?? []) expect(ids).toContain(id);
    }
  });

  it('offers to show only what the drive does show', async () => {
    const alice = await Visitor.signedIn(drive.url, 'alice');
    const player = await readFile(join(PAGE, 'player.js'), 'utf8');
    const list = /new Set\(\[([^\]]*)\]/.exec(player)?.[1] ?? '';
    const offered = [...list.matchAll(/'([^']+)'/g)].map(([, type]) => type);
    const samples: Record<string, Uint8Array<ArrayBuffer>> = {
      'image/png': bytes('89504e470d0a1a0a0000000d49484452000000010000000108'),
      'image/jpeg': bytes('ffd8ffe000104a46494600010100000100010000'),
      'image/gif': bytes('47494638396101000100000000'),
      'image/webp': bytes('524946462400000057454250565038200000'),
      'image/avif': bytes('0000001c667479706176696600000000617669666d696631'),
      'application/pdf': bytes('255044462d312e340a'),
      'text/plain': bytes('74657874'),
    };
    expect(offered.toSorted()).toEqual(Object.keys(samples).toSorted());
    for (const [type, content] of Object.entries(samples)) {
      const { filename } = await alice.store(content, 'sample', type);
      const answer = await alice.get(`/api/files/${filename}?inline=1`);
      const disposition = answer.headers.get('content-disposition');
      expect(disposition, type).toMatch(/^inline/);
    }
  });

  it('never makes markup of text', async () => {
    for (const { text } of await readScripts()) {
      expect(text).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|eval/);
    }
  });
});

describe('what belongs to one user', () => {
  it('is never kept by a cache', async () => {
    const alice = await Visitor.signedIn(drive.url, 'alice');
    const { filename } = await alice.store('x', 'x.txt');
    for (const path of [
      '/api/session',
      '/api/files',
      `/api/files/${filename}`,
    ]) {
      const answer = await alice.get(path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('cache-control')).toContain('no-store');
    }
  });
});

function bytes(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

async function readScripts(): Promise<{ name: string; text: string }[]> {
  const names = await readdir(PAGE);
  const scripts = names.filter((name) => name.endsWith('.js'));
  expect(scripts).toContain('app.js');
  return Promise.all(
    scripts.map(async (name) => ({
      name,
      text: await readFile(join(PAGE, name), 'utf8'),
    })),
  );
}
