/**
 * How a file leaves.
 *
 * - `temp-file`: decrypted and verified as a whole into a private temporary
 *   file, and streamed from there. Up to 256 KiB are verified in memory instead;
 *   what has no room within `tmpMaxBytes` leaves as with `verify`.
 * - `verify`: verified as a whole in a first pass, then decrypted again to the
 *   connection: no plaintext on a disk, the store is read twice.
 * - `stream`: verified segments leave at once; damage that is found late breaks
 *   the connection.
 */
export type Delivery = (typeof DELIVERIES)[number];

/** Whether a browser saves a file or shows it. */
export type Disposition = 'attachment' | 'inline';

/** How one download leaves. */
export interface DownloadOptionValues {
  readonly delivery?: Delivery;
  /** `inline` shows what is safe to show; everything else is attached still. */
  readonly disposition?: Disposition;
}

const DELIVERIES = ['temp-file', 'verify', 'stream'] as const;

/** Whether a value names a delivery. */
export function isDelivery(value: unknown): value is Delivery {
  return (DELIVERIES as readonly unknown[]).includes(value);
}
