/**
 * What has to agree before bytes of a file leave, as a download link has to.
 *
 * A file with an admission leaves through the `DownloadInterceptor` only: its
 * content cannot be read in any other way.
 */
export interface Admission {
  /**
   * Asked once for each answer that has content, before any of it is decrypted.
   * An answer without content (HEAD, 304, 412, 416) does not ask.
   *
   * @param length - bytes of the answer: the whole file, or the range.
   * @throws what refuses the answer.
   */
  admit(length: number): Promise<Admitted>;
}

/** The leave to send one answer. */
export interface Admitted {
  /** The value of a `Set-Cookie` header that goes with the answer. */
  readonly cookie: string | undefined;

  /**
   * Told once, when the answer is over, however it has ended.
   *
   * @param handed - bytes that were handed to the connection, 0 to the length
   * that was admitted; what the client has got of them nobody knows.
   */
  settle(handed: number): Promise<void>;

  /** Told instead if the answer could not be begun, also one without a byte. */
  cancel(): Promise<void>;
}
