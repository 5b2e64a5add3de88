import { fstatSync, readdirSync, readlinkSync } from 'node:fs';

/** Descriptors of this process that lead below a folder, to removed files too. */
export function openDescriptors(folder: string): number {
  return openDescriptorsOf('self', folder);
}

/** Bytes of the files below a folder that this process has open, of removed files too. */
export function openBytes(folder: string): number {
  return readdirSync('/proc/self/fd').reduce(
    (sum, name) => sum + bytesOf(name, folder),
    0,
  );
}

/** 0 for a descriptor that leads elsewhere, or was closed meanwhile. */
function bytesOf(name: string, folder: string): number {
  const target = targetOf(`/proc/self/fd/${name}`);
  if (!target.startsWith(`${folder}/`)) return 0;
  try {
    const { size } = fstatSync(Number(name));
    // Its number may have gone to another file between the two looks.
    return targetOf(`/proc/self/fd/${name}`) === target ? size : 0;
  } catch {
    return 0;
  }
}

/** The descriptors of another process. */
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
