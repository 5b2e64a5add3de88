import { call } from './api.js';
import { announce, byId, confirmed } from './dom.js';
import { takeFiles } from './drop-zone.js';
import { FileList } from './file-list.js';
import { Uploads } from './uploads.js';

const onSignedOut = () => showWelcome('You are signed out.');
const files = new FileList({ onSignedOut });
const uploads = new Uploads({
  onStored: (file) => files.add(file),
  onSignedOut,
});

takeFiles({
  onFiles: (picked) => uploads.add(picked),
  onFolder: (name) =>
    uploads.refuse(name, 'Folders cannot be uploaded; choose the files in it.'),
});
byId('sign-in').addEventListener('submit', signIn);
byId('sign-out').addEventListener('click', signOut);
byId('delete-account').addEventListener('click', deleteAccount);
window.addEventListener('beforeunload', (event) => {
  if (uploads.pending > 0) {
    event.preventDefault();
  }
});
await resume();

/** Goes on with the session that the browser still has. */
async function resume() {
  try {
    await showDrive(await call('GET', '/api/session'));
  } catch (refusal) {
    showWelcome(refusal.status === 401 ? '' : refusal.message);
  }
}

async function signIn(event) {
  event.preventDefault();
  const problem = byId('sign-in-problem');
  problem.textContent = '';
  try {
    const name = byId('name').value;
    await showDrive(await call('POST', '/api/session', { name }));
    byId('picker').focus();
  } catch (refusal) {
    problem.textContent = refusal.message;
  }
}

async function signOut() {
  if (uploads.pending > 0 && !(await mayStopUploads())) {
    return;
  }
  try {
    await call('DELETE', '/api/session');
    showWelcome();
  } catch (refusal) {
    report(refusal);
  }
}

function mayStopUploads() {
  return confirmed({
    title: 'Stop the uploads?',
    text: 'Files that are still on their way will not be stored.',
    yes: 'Stop and sign out',
    no: 'Go on uploading',
  });
}

async function deleteAccount() {
  const sure = await confirmed({
    title: 'Delete your account?',
    text: 'Its key is destroyed, and all its files with it. Nobody can bring them back.',
    yes: 'Delete everything',
  });
  if (!sure) {
    return;
  }
  uploads.cancelAll();
  try {
    const { files: count } = await call('DELETE', '/api/account');
    showWelcome();
    announce(`Your account was deleted, and ${count} files with it.`);
  } catch (refusal) {
    report(refusal);
  }
}

async function showDrive({ name }) {
  await files.load();
  byId('account-name').textContent = name;
  byId('account').hidden = false;
  byId('drive').hidden = false;
  byId('welcome').hidden = true;
}

function showWelcome(problem = '') {
  uploads.cancelAll();
  files.show([]);
  byId('account').hidden = true;
  byId('drive').hidden = true;
  byId('welcome').hidden = false;
  byId('sign-in-problem').textContent = problem;
  byId('name').focus();
}

function report(refusal) {
  if (refusal.status === 401) {
    showWelcome(refusal.message);
  } else {
    byId('files-problem').textContent = refusal.message;
  }
}
