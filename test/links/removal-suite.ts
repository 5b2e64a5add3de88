import { expect, it } from 'vitest';
import { readText } from '../encryption-service/service-place.js';
import { codeOf, type LinkedPlace, PaperLink } from './link-place.js';

const TEXT = '0123456789';

/** What becomes of links when their file goes. */
export function removals(linked: LinkedPlace): void {
  const countOf = (filename: string) =>
    linked.place.source.getRepository(PaperLink).countBy({ filename });

  it('takes its links along, and no others', async () => {
    const { service } = linked.place;
    const [gone, kept] = [await linked.share(TEXT), await linked.share(TEXT)];
    await linked.links.create(gone.filename, gone.owner, { expiresIn: 60 });
    await service.remove(gone.filename, gone.owner);
    expect(await countOf(gone.filename)).toBe(0);
    expect(await countOf(kept.filename)).toBe(1);
    expect(await codeOf(linked.links.find(gone.secret))).toBe('LINK_INVALID');
  });

  it('with its owner takes its links along, and no others', async () => {
    const { service } = linked.place;
    const [gone, kept] = [await linked.share(TEXT), await linked.share(TEXT)];
    await service.erase(gone.owner);
    expect(await countOf(gone.filename)).toBe(0);
    expect(await countOf(kept.filename)).toBe(1);
    expect(await codeOf(linked.links.redeem(gone.secret))).toBe('LINK_INVALID');
    expect(await readText(service, kept.filename, kept.owner)).toBe(TEXT);
  });
}
