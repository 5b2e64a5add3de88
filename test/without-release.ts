import { vi } from 'vitest';

// As in an engine that cannot free a buffer at once: nothing may depend on it.
vi.mock('../lib/core/floe/release.js', () => ({ release: () => undefined }));
