export {
  getEncryptionServiceToken,
  InjectEncryption,
} from './file-encryptor.providers.js';
export { FileEncryptorModule } from './file-encryptor.module.js';
export {
  type FileEncryptorExtras,
  type FileEncryptorOptions,
  type FileEncryptorOptionsFactory,
  type GlobalKey,
  optionsFromEnv,
} from './file-encryptor.options.js';
export { EncryptionService, type TokenValue } from './encryption.service.js';
export { FileEncryptorExceptionFilter } from './file-encryptor-exception.filter.js';
export { BaseFileEntity } from './entities/base-file.entity.js';
export {
  BaseLinkEntity,
  type LeaseState,
} from './entities/base-link.entity.js';
export { BaseTokenEntity } from './entities/base-token.entity.js';
export {
  type EntityClass,
  type EntityClasses,
} from './entities/entity-classes.js';
export { type Page } from './entities/file-rows.js';
export { type Owner } from './entities/owner.js';
export { EncryptedUpload } from './upload/encrypted-upload.js';
export { type FileColumns } from './upload/file-columns.js';
export { type SaveOptions } from './upload/save-upload.js';
export {
  EncryptedAnyFilesInterceptor,
  EncryptedFileFieldsInterceptor,
  EncryptedFileInterceptor,
  EncryptedFilesInterceptor,
} from './upload/upload.interceptor.js';
export {
  type EncryptedUploadOptions,
  type UploadLimits,
} from './upload/upload-options.js';
export { DecryptedFile } from './download/decrypted-file.js';
export {
  type Delivery,
  type Disposition,
  type DownloadOptionValues,
} from './download/delivery.js';
export { DownloadInterceptor } from './download/download.interceptor.js';
export { DownloadOptions } from './download/download-options.js';
export {
  type DecryptOptions,
  EncryptedFile,
  type FileDescription,
} from './download/encrypted-file.js';
export {
  downloadZip,
  ZipDownload,
  type ZipDownloadOptions,
} from './download/zip-download.js';
export { DownloadLinkGuard } from './links/download-link.guard.js';
export { DownloadLinkService } from './links/download-link.service.js';
export {
  getDownloadLinkServiceToken,
  InjectDownloadLinks,
} from './links/inject-download-links.js';
export {
  type CreatedLink,
  type DownloadLink,
  type DownloadLinkState,
  type LinkedFileDescription,
} from './links/link-descriptions.js';
export { type RedeemOptions } from './links/link-door.js';
export { type DownloadLinkOptions } from './links/link-options.js';
export { LinkedFile } from './links/linked-file.js';
export { type FlaskFallbackOptions } from './flask/flask-fallback-options.js';
export {
  type FlaskImportOptions,
  FlaskImportService,
} from './flask/flask-import.js';
export {
  type FlaskColumns,
  type FlaskId,
  type FlaskTables,
} from './flask/flask-rows.js';
export { type FlaskSourceOptions } from './flask/flask-source.js';
export { type ImportOutcome } from './flask/import-outcome.js';
export {
  getFlaskImportServiceToken,
  InjectFlaskImport,
} from './flask/inject-flask-import.js';
export { type Erased } from './maintenance/erase-owner.js';
export {
  type KeyReport,
  type KeyReportOptions,
  type KeyUse,
} from './maintenance/key-report.js';
export {
  getMaintenanceServiceToken,
  InjectMaintenance,
} from './maintenance/inject-maintenance.js';
export { MaintenanceService } from './maintenance/maintenance.service.js';
export { type SweepOptions } from './maintenance/sweep-options.js';
export { type SweepReport } from './maintenance/sweep-report.js';
export {
  type ByteRange,
  ConfigurationError,
  createDecryptStream,
  createEncryptStream,
  DiskStore,
  type DiskStoreOptions,
  type ErrorCode,
  FileEncryptorError,
  type FileInformation,
  FileNotFoundError,
  FormatError,
  IntegrityError,
  KeyNotFoundError,
  type KeyProvider,
  KeyProviderError,
  LinkError,
  type LinkErrorCode,
  ObjectNotFoundError,
  ObjectStore,
  OwnerError,
  type Passphrase,
  PreconditionFailedError,
  RangeNotSatisfiableError,
  SecretKey,
  StoreError,
  UploadError,
  type UploadErrorCode,
  type WrapContext,
  WrongKeyError,
} from './core/index.js';
