import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Logger,
  mixin,
  type NestInterceptor,
  Optional,
  type Type,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import {
  AnyFilesInterceptor,
  FileFieldsInterceptor,
  FileInterceptor,
  FilesInterceptor,
} from '@nestjs/platform-express';
import {
  defer,
  finalize,
  from,
  lastValueFrom,
  mergeAll,
  type Observable,
} from 'rxjs';
import { ConfigurationError } from '../core/errors.js';
import { isOutcomeUnknown } from '../entities/database-failure.js';
import { EncryptedUpload } from './encrypted-upload.js';
import { EXPRESS_ONLY, isOnFastify } from './express-only.js';
import { whileSending } from './idle-form.js';
import { EncryptingEngine } from './multer-engine.js';
import { uploadFailure } from './upload-failure.js';
import {
  checkUploadLimits,
  type EncryptedUploadOptions,
  type MulterOptions,
  type UploadLimits,
} from './upload-options.js';
import { getUploadServiceToken, type UploadService } from './upload-service.js';

type MulterField = Parameters<typeof FileFieldsInterceptor>[0][number];
type MakeInterceptor = (options: MulterOptions) => Type<NestInterceptor>;

const logger = new Logger('FileEncryptor');

/** Under this token Nest's MulterModule provides its options. */
const MULTER_MODULE_OPTIONS = 'MULTER_MODULE_OPTIONS';

/**
 * Takes one file of a form and encrypts it while it arrives; as `@UploadedFile()`
 * the handler gets an {@link EncryptedUpload}. What the handler has not saved
 * when it is done is removed.
 *
 * @param fieldName - the form's field.
 */
export function EncryptedFileInterceptor(
  fieldName: string,
  options: EncryptedUploadOptions = {},
): Type<NestInterceptor> {
  return encrypting(options, (multer) => FileInterceptor(fieldName, multer));
}

/**
 * Takes several files of one field; as `@UploadedFiles()` the handler gets an
 * array of {@link EncryptedUpload}.
 *
 * @param maxCount - files that the field may hold.
 */
export function EncryptedFilesInterceptor(
  fieldName: string,
  maxCount?: number,
  options: EncryptedUploadOptions = {},
): Type<NestInterceptor> {
  return encrypting(options, (multer) =>
    FilesInterceptor(fieldName, maxCount, multer),
  );
}

/**
 * Takes files of several fields; as `@UploadedFiles()` the handler gets an object
 * with an array of {@link EncryptedUpload} for each field that was sent.
 */
export function EncryptedFileFieldsInterceptor(
  fields: MulterField[],
  options: EncryptedUploadOptions = {},
): Type<NestInterceptor> {
  return encrypting(options, (multer) => FileFieldsInterceptor(fields, multer));
}

/** Takes files of any field; as `@UploadedFiles()` the handler gets an array. */
export function EncryptedAnyFilesInterceptor(
  options: EncryptedUploadOptions = {},
): Type<NestInterceptor> {
  return encrypting(options, (multer) => AnyFilesInterceptor(multer));
}

/** Puts our engine under one of Nest's interceptors. */
function encrypting(
  options: EncryptedUploadOptions,
  make: MakeInterceptor,
): Type<NestInterceptor> {
  class UploadInterceptor implements NestInterceptor {
    readonly #inner: NestInterceptor;
    readonly #engine: EncryptingEngine;
    readonly #idleTimeout: number;
    readonly #isUsable: boolean;

    constructor(
      @Inject(getUploadServiceToken(options.name))
      service: UploadService,
      @Optional()
      @Inject(MULTER_MODULE_OPTIONS)
      moduleOptions: MulterOptions = {},
      @Optional()
      @Inject(HttpAdapterHost)
      adapterHost?: HttpAdapterHost,
    ) {
      this.#isUsable = !isOnFastify(adapterHost);
      // Not refused: the application's other routes work.
      if (!this.#isUsable) logger.warn(EXPRESS_ONLY);
      this.#engine = new EncryptingEngine(service.encrypt);
      this.#idleTimeout = service.idleTimeout;
      const Inner = make({
        ...multerOptions(service, moduleOptions, options),
        storage: this.#engine,
      });
      this.#inner = new Inner();
    }

    intercept(
      context: ExecutionContext,
      next: CallHandler,
    ): Observable<unknown> {
      return defer(() => {
        let isLeft = false;
        const parsed = this.#parse(context, next, () => isLeft);
        return from(parsed).pipe(
          mergeAll(),
          finalize(() => (isLeft = true)),
        );
      });
    }

    /** @param isLeft - whether an interceptor outside waits no longer. */
    async #parse(
      context: ExecutionContext,
      next: CallHandler,
      isLeft: () => boolean,
    ): Promise<Observable<unknown>> {
      if (!this.#isUsable) throw new ConfigurationError(EXPRESS_ONLY);
      const http = context.switchToHttp();
      const request = http.getRequest<UploadRequest>();
      const parsing = this.#inner.intercept(context, {
        handle: () => defer(() => handleUploads(takeUploads(request), next)),
      });
      try {
        const handled = await whileSending(Promise.resolve(parsing), {
          request,
          response: http.getResponse<ServerResponse>(),
          seconds: this.#idleTimeout,
          abandon: () => this.#abandon(request),
        });
        if (isLeft()) await discardAll(takeUploads(request), discard);
        return handled;
      } catch (error) {
        throw uploadFailure(error);
      }
    }

    async #abandon(request: UploadRequest): Promise<void> {
      const stored = await this.#engine.abandon(request);
      await discardAll(stored, discard);
    }
  }
  return mixin(UploadInterceptor);
}

function multerOptions(
  service: UploadService,
  moduleOptions: MulterOptions,
  { limits, fileFilter }: EncryptedUploadOptions,
): MulterOptions {
  const { dest: _, ...rest } = moduleOptions;
  return {
    ...rest,
    ...(fileFilter && { fileFilter }),
    limits: mergeLimits(rest.limits, {
      ...service.limits,
      ...checkUploadLimits(limits),
    }),
    // Names are decoded once, by our engine.
    defParamCharset: 'latin1',
  };
}

/** Newer versions of multer take a function of the request, too. */
function mergeLimits(
  limits: MulterOptions['limits'],
  ours: UploadLimits,
): NonNullable<MulterOptions['limits']> {
  return typeof limits === 'function'
    ? (request) => ({ ...limits(request), ...ours })
    : { ...limits, ...ours };
}

interface UploadRequest extends IncomingMessage {
  file?: unknown;
  files?: unknown;
}

/** Puts the uploads into the places where multer has put its own files. */
function takeUploads(request: UploadRequest): EncryptedUpload[] {
  const uploads: EncryptedUpload[] = [];
  const take = (file: { readonly upload: EncryptedUpload }) => {
    uploads.push(file.upload);
    return file.upload;
  };
  const takeAll = (files: unknown) =>
    (files as { readonly upload: EncryptedUpload }[]).map(take);
  const { file, files } = request;
  if (file) request.file = take(file as Parameters<typeof take>[0]);
  if (Array.isArray(files)) {
    request.files = takeAll(files);
  } else if (files) {
    request.files = Object.fromEntries(
      Object.entries(files).map(([field, list]) => [field, takeAll(list)]),
    );
  }
  return uploads;
}

/**
 * Runs the handler; then removes what it has not saved. A promise, so that this
 * happens too when an interceptor outside has stopped waiting.
 */
async function handleUploads(
  uploads: readonly EncryptedUpload[],
  next: CallHandler,
): Promise<unknown> {
  try {
    const result: unknown = await lastValueFrom(next.handle(), {
      defaultValue: undefined,
    });
    await discardAll(uploads, (upload) => upload.discardIfOpen());
    return result;
  } catch (error) {
    if (isOutcomeUnknown(error)) {
      for (const upload of uploads) upload.keepUnsettled();
    }
    await discardAll(uploads, discard);
    throw error;
  }
}

function discard(upload: EncryptedUpload): Promise<void> {
  return upload.discard();
}

/** A failed removal leaves a container that no row names: a sweep finds it. */
async function discardAll(
  uploads: readonly EncryptedUpload[],
  act: (upload: EncryptedUpload) => Promise<void>,
): Promise<void> {
  const results = await Promise.allSettled(uploads.map(act));
  for (const result of results) {
    if (result.status === 'rejected') {
      logger.warn(
        `A container that was not saved could not be removed: ${String(result.reason)}`,
      );
    }
  }
}
