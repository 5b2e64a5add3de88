import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  UnauthorizedException,
} from '@nestjs/common';
import type { Request } from 'express';
import type { User } from './entities.js';
import { UsersService } from './users.service.js';

/**
 * Lets those pass who are signed in. A guard stands before the interceptors:
 * nothing of a refused upload is stored.
 */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(private readonly users: UsersService) {}

  /** @throws UnauthorizedException without a session of an existing user. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<RequestOfUser>();
    const id: unknown = request.session?.['userId'];
    const user = typeof id === 'string' ? await this.users.find(id) : null;
    if (!user) {
      throw new UnauthorizedException('Sign in first.', {
        errorCode: 'NOT_SIGNED_IN',
      });
    }
    request.user = user;
    return true;
  }
}

/** The parameter of a handler that gets the user whom the guard has let pass. */
export const CurrentUser = createParamDecorator(
  (_data: unknown, context: ExecutionContext) =>
    context.switchToHttp().getRequest<RequestOfUser>().user,
);

interface RequestOfUser extends Request {
  user?: User;
}
