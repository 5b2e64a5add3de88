import {
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Post,
  Req,
  UploadedFile,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import {
  EncryptedFileInterceptor,
  EncryptedUpload,
  EncryptionService,
  FileEncryptorExceptionFilter,
} from 'nestjs-file-encryptor';
import type { Document, DocumentToken } from '../e2e/documents.js';

/** Fields of a form. */
type Fields = Readonly<Record<string, string>>;

/** A request, and whom it is thought to come from. */
interface UserRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: Fields;
  user?: string | undefined;
}

/** Takes the user from a header, as a session would give it. */
class SignedIn implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<UserRequest>();
    request.user = request.headers['x-user'];
    return true;
  }
}

/** Takes the user from a field, before the form has been read. */
class EarlyField implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<UserRequest>();
    request.user = request.body?.['folder'];
    return true;
  }
}

/** Uploads of several users, who are found out in several ways. */
@Controller()
@UseFilters(FileEncryptorExceptionFilter)
export class UserUploads {
  constructor(
    private readonly encryption: EncryptionService<Document, DocumentToken>,
  ) {}

  @Post('signed-in')
  @UseGuards(SignedIn)
  @UseInterceptors(EncryptedFileInterceptor('file'))
  signedIn(
    @UploadedFile() upload: EncryptedUpload,
    @Req() { user }: UserRequest,
    @Body() fields: Fields,
  ) {
    return this.#save(upload, user, fields);
  }

  @Post('early-field')
  @UseGuards(EarlyField)
  @UseInterceptors(EncryptedFileInterceptor('file'))
  earlyField(
    @UploadedFile() upload: EncryptedUpload,
    @Req() { user }: UserRequest,
    @Body() fields: Fields,
  ) {
    return this.#save(upload, user, fields);
  }

  @Post('late-field')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  lateField(@UploadedFile() upload: EncryptedUpload, @Body() fields: Fields) {
    return this.#save(upload, fields['folder'], fields);
  }

  async #save(
    upload: EncryptedUpload,
    userId: string | undefined,
    fields: Fields,
  ) {
    const { filename } = await this.encryption.save(upload, { userId });
    return { filename, owner: userId, folder: fields['folder'] };
  }
}
