const ROWS_PER_TURN = 64;

/**
 * Rows whose seals take a while to open: after every 64 of them other work gets
 * its turn.
 */
export async function* inTurns<Row>(
  rows: readonly Row[],
): AsyncGenerator<Row, void> {
  for (const [index, row] of rows.entries()) {
    if (index % ROWS_PER_TURN === ROWS_PER_TURN - 1) await nextTurn();
    yield row;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
