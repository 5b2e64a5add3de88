/** HTML that may be sent: its markup is the program's, all else was escaped. */
export class Markup {
  constructor(private readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

/** What may stand in a template: text and numbers are escaped, lists joined. */
export type Part = Markup | string | number | undefined | readonly Part[];

/**
 * A tag for templates. The template itself is markup; what is put into it is
 * text, for elements and for attributes in double quotes: file names come from
 * anybody.
 */
export function html(
  markup: TemplateStringsArray,
  ...parts: readonly Part[]
): Markup {
  return new Markup(String.raw({ raw: markup }, ...parts.map(render)));
}

function render(part: Part): string {
  if (part instanceof Markup) return part.toString();
  if (Array.isArray(part)) return part.map(render).join('');
  return escape(String(part ?? ''));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (letter) => ENTITIES[letter] ?? '');
}
