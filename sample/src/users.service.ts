import { ConflictException, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { EncryptionService } from 'nestjs-file-encryptor';
import type { Repository } from 'typeorm';
import { type DriveFile, type Token, User } from './entities.js';

/** Who has signed in. */
@Injectable()
export class UsersService {
  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    private readonly encryption: EncryptionService<DriveFile, Token>,
  ) {}

  /** The user with this id, if there still is one. */
  find(id: string): Promise<User | null> {
    return this.users.findOneBy({ id });
  }

  /** The user of this name, made at first use. */
  async findOrMake(name: string): Promise<User> {
    const known = await this.users.findOneBy({ name });
    if (known) return exactly(known, name);
    // Of several first uses at once one insert is done and the others ignored.
    await this.users
      .createQueryBuilder()
      .insert()
      .values({ name })
      .orIgnore()
      .updateEntity(false)
      .execute();
    return exactly(await this.users.findOneByOrFail({ name }), name);
  }

  /**
   * Destroys the user's key and files, and then the user's row. If an upload
   * slips in between, the database refuses the second step, and both are done
   * again.
   *
   * @returns what was erased, counted.
   */
  async remove(user: User) {
    const sum = { tokens: 0, files: 0, containers: 0 };
    for (let failure: unknown; ;) {
      const erased = await this.encryption.erase({ user });
      // No upload has come: it has failed for another reason.
      if (failure && erased.tokens + erased.files === 0) throw failure;
      sum.tokens += erased.tokens;
      sum.files += erased.files;
      sum.containers += erased.containers;
      try {
        await this.users.delete({ id: user.id });
        return sum;
      } catch (error) {
        failure = error;
      }
    }
  }
}

/** To MySQL `Alice`, `alice` and `älice` are one name; they are three people. */
function exactly(user: User, name: string): User {
  if (user.name !== name) {
    throw new ConflictException(
      'Somebody has a name like this: take another.',
      {
        errorCode: 'NAME_TAKEN',
      },
    );
  }
  return user;
}
