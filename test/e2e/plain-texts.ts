import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The files below a folder that show one of some texts, or have it as a name. */
export async function filesWith(
  folder: string,
  texts: readonly string[],
): Promise<string[]> {
  const found: string[] = [];
  for (const path of await filesBelow(folder)) {
    const content = await readFile(path);
    const shows = (text: Buffer) =>
      content.includes(text) || path.includes(text.toString('latin1'));
    if (spellings(texts).some(shows)) found.push(path);
  }
  return found;
}

/** How texts look in bytes: as they are, in two bytes a letter, hexadecimal, base64. */
export function spellings(texts: readonly string[]): Buffer[] {
  return texts.flatMap((text) => [
    Buffer.from(text),
    Buffer.from(text, 'utf16le'),
    Buffer.from(Buffer.from(text).toString('hex')),
    // Without the letters at its ends, which depend on what is beside it.
    ...[0, 1, 2].map((skipped) =>
      Buffer.from(
        Buffer.from(text).subarray(skipped).toString('base64url').slice(0, -4),
      ),
    ),
  ]);
}

/** The paths of all files below a folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {
    recursive: true,
    withFileTypes: true,
  });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}
