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
