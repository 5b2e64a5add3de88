/** So many bytes in a row, in any spelling, count as disclosed. */
const RUN = 6;

/**
 * The runs of a secret that a text shows: hexadecimal in any case, with spaces or
 * commas or without; base64 and base64url at any alignment; latin1 and UTF-8;
 * numbers in a list.
 *
 * @param bytes - at least 6; uniformly random, so that no run is there by chance.
 * @returns what was found; empty if nothing is disclosed.
 */
export function disclosed(text: string, bytes: Uint8Array): Buffer[] {
  const haystacks = {
    exact: text,
    caseless: text.toLowerCase(),
    dense: text.toLowerCase().replaceAll(/0x|[\s,:;'"[\]{}<>]/g, ''),
    numbers: `,${(text.match(/\d+/g) ?? []).join(',')},`,
  };
  return runsOf(bytes).filter((run) => {
    const base64 = run.toString('base64');
    return (
      haystacks.dense.includes(run.toString('hex')) ||
      haystacks.numbers.includes(`,${[...run].join(',')},`) ||
      haystacks.exact.includes(run.toString('latin1')) ||
      haystacks.exact.includes(run.toString('utf8')) ||
      haystacks.exact.includes(run.toString('base64url')) ||
      haystacks.caseless.includes(base64.toLowerCase())
    );
  });
}

function runsOf(bytes: Uint8Array): Buffer[] {
  const whole = Buffer.from(bytes);
  return Array.from({ length: whole.length - RUN + 1 }, (_, start) =>
    whole.subarray(start, start + RUN),
  );
}
