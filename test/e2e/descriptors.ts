import { readdirSync, readlinkSync } from 'node:fs';

/** Descriptors of this process that lead below a folder, to removed files too. */
export function openDescriptors(folder: string): number {
  return openDescriptorsOf('self', folder);
}

/** The same of another process. */
export function openDescriptorsOf(
  pid: number | 'self' | undefined,
  folder: string,
): number {
  const descriptors = `/proc/${pid}/fd`;
  return readdirSync(descriptors).filter((name) =>
    targetOf(`${descriptors}/${name}`).startsWith(`${folder}/`),
  ).length;
}

function targetOf(descriptor: string): string {
  try {
    return readlinkSync(descriptor);
  } catch {
    // One that was closed meanwhile, such as the one of the listing itself.
    return '';
  }
}
