import { Injectable, type OnModuleInit } from '@nestjs/common';
import { hashPassword, isPassword, type PasswordHash } from './password.js';
import type { User } from './user.js';

/** Keeps users and who is banned, in memory. */
@Injectable()
export class UsersService implements OnModuleInit {
  private readonly users = new Map<string, User>();
  private readonly hashes = new Map<number, PasswordHash>();
  private readonly banned = new Set<number>();
  private nobody: PasswordHash;

  /** Yours come from a database: passwords do not stand in a source. */
  async onModuleInit(): Promise<void> {
    this.nobody = await hashPassword('');
    await this.add('ada', 'analytical engine', true);
    await this.add('grace', 'first compiler');
    await this.add('mallory', 'man in the middle');
    this.ban('mallory');
  }

  find(name: string): User | undefined {
    return this.users.get(name);
  }

  /** The user, if that is the password. An unknown name takes as long as a wrong password. */
  async authenticate(name: string, password: string): Promise<User | undefined> {
    const user = this.users.get(name);
    const hash = user && this.hashes.get(user.id);
    const isRight = await isPassword(password, hash ?? this.nobody);
    return hash !== undefined && isRight ? user : undefined;
  }

  ban(name: string): User | undefined {
    const user = this.users.get(name);
    if (user !== undefined) this.banned.add(user.id);
    return user;
  }

  isBanned({ id }: User): boolean {
    return this.banned.has(id);
  }

  private async add(name: string, password: string, isAdmin = false): Promise<void> {
    const user: User = { id: this.users.size + 1, name, isAdmin };
    this.hashes.set(user.id, await hashPassword(password));
    this.users.set(name, user);
  }
}
