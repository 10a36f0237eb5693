import { JoinRoom, RoomGuard, type RoomPolicy, type Socket } from '../../lib/index.js';

type ChatSocket = Socket & { readonly user: { readonly id: string } };

class OwnerPolicy implements RoomPolicy<ChatSocket> {
  constructor(private readonly owner: string) {}
  canJoin(socket: ChatSocket): boolean {
    return socket.user.id === this.owner;
  }
}

class OpenPolicy implements RoomPolicy {
  async canJoin(_socket: Socket): Promise<boolean> {
    return true;
  }
}

export class Gateway {
  @RoomGuard('lobby', OwnerPolicy)
  providedPolicy(): void {}

  @JoinRoom('lobby', new OpenPolicy())
  instance(): void {}

  @JoinRoom('lobby', (socket, room) => socket.rooms.has(room))
  function(): void {}

  @JoinRoom('lobby', (socket: ChatSocket, room) => socket.user.id === room)
  functionOfSocket(): void {}

  @JoinRoom('lobby')
  none(): void {}

  @JoinRoom('lobby', { open: true })
  open(): void {}

  // @ts-expect-error who writes options says whether it is open
  @JoinRoom('lobby', {})
  noOptions(): void {}

  // @ts-expect-error a number is no policy
  @JoinRoom('lobby', 7)
  number(): void {}

  // @ts-expect-error a class without canJoin() is no policy
  @RoomGuard('lobby', class {})
  otherClass(): void {}
}
