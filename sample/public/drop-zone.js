import { byId } from './dom.js';

/**
 * Lets files be picked, or dropped anywhere on the page.
 *
 * @param {{ onFiles: (files: File[]) => void, onFolder: (name: string) => void }} to
 */
export function takeFiles({ onFiles, onFolder }) {
  const picker = byId('picker');
  picker.addEventListener('change', () => {
    onFiles([...picker.files]);
    // So that the same file can be picked again.
    picker.value = '';
  });
  markDrags();
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    if (byId('drive').hidden) {
      return;
    }
    const { files, folders } = sort(event.dataTransfer);
    onFiles(files);
    folders.forEach(onFolder);
  });
}

/** Shows where files go while they are dragged over the page. */
function markDrags() {
  const zone = byId('drop-zone');
  document.addEventListener('dragover', (event) => {
    // Without this the browser opens the file instead of dropping it.
    event.preventDefault();
    zone.classList.add('is-over');
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) {
      zone.classList.remove('is-over');
    }
  });
  document.addEventListener('drop', () => zone.classList.remove('is-over'));
}

/** A dropped folder looks like a file, and fails only when it is read. */
function sort(dataTransfer) {
  const files = [];
  const folders = [];
  for (const item of dataTransfer.items) {
    const file = item.kind === 'file' ? item.getAsFile() : null;
    if (file !== null) {
      if (item.webkitGetAsEntry()?.isDirectory) {
        folders.push(file.name);
      } else {
        files.push(file);
      }
    }
  }
  return { files, folders };
}
