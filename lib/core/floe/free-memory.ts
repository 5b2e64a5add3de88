import { MessageChannel } from 'node:worker_threads';

/** Smaller buffers are left to the garbage collector. */
const LEAST_BYTES = 16 * 1024;

type Detach = (buffer: ArrayBuffer) => void;

/** How this engine frees a buffer's memory at once; undefined if it does not. */
const detach = probed(byTransfer) ?? probed(byClosedPort);

/**
 * Frees the memory of a buffer at once, if the engine can. A cipher makes a
 * buffer of its own for each result; waiting for the garbage collector, tens of
 * MiB of them pile up. Nothing depends on it: the buffer is garbage anyway.
 *
 * @param bytes - used by nobody any more; has no bytes afterwards, or keeps them.
 * A buffer that shares its memory with others, as pooled ones do, is left alone.
 */
export function freeMemory(bytes: Buffer): void {
  const { buffer, byteLength } = bytes;
  if (
    detach &&
    byteLength >= LEAST_BYTES &&
    byteLength === buffer.byteLength &&
    buffer instanceof ArrayBuffer
  ) {
    detach(buffer);
  }
}

/** From Node 21 on. */
function byTransfer(): Detach {
  return (buffer) => {
    (buffer as ArrayBuffer & { transfer(bytes: number): unknown }).transfer(0);
  };
}

/** What is sent to a port that is closed already goes nowhere, and is freed. */
function byClosedPort(): Detach {
  const { port1 } = new MessageChannel();
  port1.close();
  return (buffer) => port1.postMessage(undefined, [buffer]);
}

/** @returns what `make` makes, if it is there and does free a buffer. */
function probed(make: () => Detach): Detach | undefined {
  const probe = new ArrayBuffer(LEAST_BYTES);
  try {
    const candidate = make();
    candidate(probe);
    return probe.byteLength === 0 ? candidate : undefined;
  } catch {
    return undefined;
  }
}
