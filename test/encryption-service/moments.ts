import type { DataSource, EntitySubscriberInterface } from 'typeorm';
import type { EntityClass } from '../../lib/entities/entity-classes.js';

/** A moment of an insert. */
export type Moment = 'beforeInsert' | 'afterInsert';

/**
 * Runs an act once, at a moment of the next insert of an entity: `beforeInsert`
 * when nothing has been sent yet, `afterInsert` when the database has answered
 * and the caller does not know yet. What it throws, the insert throws.
 */
export function atNext(
  source: DataSource,
  [moment, entity]: readonly [Moment, EntityClass<unknown>],
  act: () => Promise<void>,
): void {
  const subscriber: EntitySubscriberInterface = {
    listenTo: () => entity,
    [moment]: async () => {
      source.subscribers.splice(source.subscribers.indexOf(subscriber), 1);
      await act();
    },
  };
  source.subscribers.push(subscriber);
}
