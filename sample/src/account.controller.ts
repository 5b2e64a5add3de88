import {
  BadRequestException,
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Post,
  Req,
  UseGuards,
} from '@nestjs/common';
import type { Request } from 'express';
import type { User } from './entities.js';
import { CurrentUser, SessionGuard } from './session.guard.js';
import { UsersService } from './users.service.js';

/** Letters of any script with their marks, digits, space and `._-@`. */
const NAME = /^[\p{L}\p{M}\p{N} ._\-@]{1,64}$/u;

/**
 * Signing in and out, for a demonstration: there is no password, and whoever
 * knows a name signs in with it. A real application asks for proof here.
 */
@Controller('api')
export class AccountController {
  constructor(private readonly users: UsersService) {}

  @Post('session')
  @HttpCode(200)
  async signIn(@Body('name') name: unknown, @Req() request: Request) {
    const user = await this.users.findOrMake(parseName(name));
    request.session = { userId: user.id };
    return { name: user.name };
  }

  @Get('session')
  @UseGuards(SessionGuard)
  show(@CurrentUser() user: User) {
    return { name: user.name };
  }

  @Delete('session')
  @HttpCode(204)
  signOut(@Req() request: Request) {
    request.session = null;
  }

  @Delete('account')
  @UseGuards(SessionGuard)
  async remove(@CurrentUser() user: User, @Req() request: Request) {
    const erased = await this.users.remove(user);
    request.session = null;
    return erased;
  }
}

/** @throws BadRequestException if it can be nobody's name. */
export function parseName(value: unknown): string {
  // NFC: the same name, typed on another system, is the same user.
  const name = typeof value === 'string' ? value.normalize('NFC').trim() : '';
  if (NAME.test(name)) return name;
  throw new BadRequestException(
    'A name has 1 to 64 characters: letters, digits, spaces and . _ - @',
    { errorCode: 'USER_NAME_INVALID' },
  );
}
