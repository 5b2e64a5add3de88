/**
 * Makes an element. Text becomes text nodes, never markup: file names come
 * from anybody.
 *
 * @param {string} tag
 * @param {Record<string, unknown>} [properties] - set on the element as they
 * are; functions under `on…` are listeners, `data-…` and `aria-…` attributes.
 * @param {...(Node | string)} children
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') {
      made.addEventListener(name.slice(2), value);
    } else if (name.includes('-')) {
      made.setAttribute(name, value);
    } else {
      made[name] = value;
    }
  }
  made.append(...children);
  return made;
}

/** The element of the page that has this id. */
export function byId(id) {
  return document.getElementById(id);
}

/** Tells those who listen to the page what has happened. */
export function announce(words) {
  // What is behind an open dialog is not read out.
  const inDialog = document.querySelector('dialog[open] [role="status"]');
  (inDialog ?? byId('announcer')).textContent = words;
}

/**
 * Asks before something that cannot be undone.
 *
 * @param {{ title: string, text: string, yes: string, no?: string }} question
 * @returns {Promise<boolean>} whether the answer was yes.
 */
export function confirmed({ title, text, yes, no = 'Keep' }) {
  const dialog = byId('confirmation');
  byId('confirmation-title').textContent = title;
  byId('confirmation-text').textContent = text;
  byId('confirmation-yes').textContent = yes;
  byId('confirmation-no').textContent = no;
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener(
      'close',
      () => resolve(dialog.returnValue === 'yes'),
      { once: true },
    );
  });
}
