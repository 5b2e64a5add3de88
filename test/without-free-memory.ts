import { vi } from 'vitest';

// As in an engine that cannot free a buffer at once: nothing may depend on it.
vi.mock('../lib/core/floe/free-memory.js', () => ({
  freeMemory: () => undefined,
}));
