import { join } from 'node:path';
import { CountingStore, type ReadRun } from '../download/counting-store.js';
import { type CaseApp, type CaseParts, useCaseApp } from './case-app.js';

/** An application whose reads of containers are counted. */
export interface CountedApp {
  readonly app: CaseApp;
  /** What has been read since the last call. */
  readonly take: () => readonly ReadRun[];
}

/** As `useCaseApp`, with a store that counts. */
export function useCountedApp(parts: Omit<CaseParts, 'options'>): CountedApp {
  let store: CountingStore | undefined;
  const app: CaseApp = useCaseApp({
    ...parts,
    options: {
      dataDir: undefined,
      get store() {
        const folder = join(app.running.folder, 'data');
        return (store ??= new CountingStore(folder, { durable: false }));
      },
    },
  });
  return {
    app,
    take: () => {
      if (!store) throw new Error('The application has not been started.');
      return store.take();
    },
  };
}
