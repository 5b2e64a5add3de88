import {
  Controller,
  Get,
  Param,
  Post,
  Query,
  ServiceUnavailableException,
  UploadedFile,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import {
  type Delivery,
  DownloadInterceptor,
  EncryptedFileInterceptor,
  EncryptedUpload,
  EncryptionService,
  FileEncryptorExceptionFilter,
} from 'nestjs-file-encryptor';
import { DataSource } from 'typeorm';
import { Document, DocumentToken, OWNER } from './documents.js';

/** All that can be done with files, for tests in which something fails. */
@Controller()
@UseFilters(FileEncryptorExceptionFilter)
export class FaultRoutes {
  /** Runs in the transaction of an upload, behind its save. */
  static midway: () => Promise<unknown> = async () => undefined;

  constructor(
    private readonly encryption: EncryptionService<Document, DocumentToken>,
    private readonly dataSource: DataSource,
  ) {}

  @Post('upload')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  async upload(@UploadedFile() upload: EncryptedUpload) {
    const { filename } = await this.encryption.save(upload, OWNER);
    return { filename };
  }

  @Post('transaction')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  transaction(@UploadedFile() upload: EncryptedUpload) {
    return this.dataSource.transaction(async (manager) => {
      const row = await this.encryption.save(upload, OWNER, { manager });
      await FaultRoutes.midway();
      return { filename: row.filename };
    });
  }

  /** As an application does that inserts its rows itself. */
  @Post('attached')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  async attached(@UploadedFile() upload: EncryptedUpload) {
    const tokens = this.dataSource.getRepository(DocumentToken);
    const token = await tokens.findOneByOrFail(OWNER);
    const columns = await this.encryption.attach(upload, token, OWNER);
    await this.dataSource.getRepository(Document).insert({
      ...columns,
      ...OWNER,
    });
    return { filename: columns.filename };
  }

  /** An answer of the handler's own after the upload could not be saved. */
  @Post('translated')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  async translated(@UploadedFile() upload: EncryptedUpload) {
    try {
      return await this.transaction(upload);
    } catch {
      throw new ServiceUnavailableException();
    }
  }

  @Post('unsaved')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  unsaved(@UploadedFile() upload: EncryptedUpload) {
    return { size: upload.size };
  }

  @Get('rows')
  async rows() {
    const rows = await this.dataSource.getRepository(Document).find();
    return rows.map(({ filename }) => filename).toSorted();
  }

  @Get('files/:filename')
  @UseInterceptors(DownloadInterceptor)
  async download(
    @Param('filename') filename: string,
    @Query('delivery') delivery: Delivery = 'temp-file',
  ) {
    return (await this.encryption.find(filename, OWNER)).as({ delivery });
  }

  @Get('named/:filename')
  @UseInterceptors(DownloadInterceptor)
  async named(@Param('filename') filename: string) {
    return (await this.encryption.find(filename, OWNER)).decrypt();
  }

  @Post('remove/:filename')
  async remove(@Param('filename') filename: string) {
    await this.encryption.remove(filename, OWNER);
    return {};
  }

  @Post('erase')
  erase() {
    return this.encryption.erase(OWNER);
  }
}
