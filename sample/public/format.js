const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];

const dates = new Intl.DateTimeFormat(undefined, {
  dateStyle: 'medium',
  timeStyle: 'short',
});

/** Bytes in words for people: "0 byte", "312 byte", "1.2 MB". */
export function formatSize(bytes) {
  let power = 0;
  let amount = bytes;
  // 999.95 kB would be rounded to "1,000 kB".
  while (amount >= (power === 0 ? 1000 : 999.95) && power < UNITS.length - 1) {
    amount /= 1000;
    power += 1;
  }
  return new Intl.NumberFormat(undefined, {
    style: 'unit',
    unit: UNITS[power],
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: amount < 100 && power > 0 ? 1 : 0,
  }).format(amount);
}

/** A moment, in the reader's own time and manner. */
export function formatDate(moment) {
  return dates.format(new Date(moment));
}

/** A fraction from 0 to 1 as whole percents. */
export function formatShare(fraction) {
  return `${Math.floor(fraction * 100)} %`;
}
