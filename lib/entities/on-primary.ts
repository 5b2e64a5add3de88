import type { DataSource, EntityManager } from 'typeorm';

/**
 * Asks the primary database, where there are replicas: a replica may not have yet
 * what was written a moment ago.
 *
 * @param act - gets a manager that is good until its promise settles.
 */
export async function onPrimary<T>(
  dataSource: DataSource,
  act: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  const runner = dataSource.createQueryRunner('master');
  try {
    return await act(runner.manager);
  } finally {
    await runner.release();
  }
}
