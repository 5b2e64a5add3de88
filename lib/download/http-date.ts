const IMF_FIXDATE =
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} (\d{2}:){2}\d{2} GMT$/;
const RFC_850 =
  /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} (\d{2}:){2}\d{2} GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d (\d{2}:){2}\d{2} \d{4}$/;

/**
 * Brings an HTTP-date into its preferred form.
 *
 * @param text - in any of the three forms that a recipient has to know.
 * @returns as in `Sun, 06 Nov 1994 08:49:37 GMT`; undefined if it is none.
 * @see RFC 9110, 5.6.7 "Date/Time Formats"
 */
export function parseHttpDate(text: string): string | undefined {
  const isDate =
    IMF_FIXDATE.test(text) || RFC_850.test(text) || ASCTIME.test(text);
  if (!isDate) return undefined;
  // Without a zone, Date would take it for local time.
  const time = Date.parse(ASCTIME.test(text) ? `${text} GMT` : text);
  return Number.isNaN(time) ? undefined : formatHttpDate(time);
}

/** @param time - epoch milliseconds; the whole seconds are kept. */
export function formatHttpDate(time: number): string {
  return new Date(time).toUTCString();
}
