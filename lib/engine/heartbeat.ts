/** What a heartbeat needs of its session. */
export interface HeartbeatSession {
  /** Calls `onTimer` in `delay` milliseconds; an earlier deadline is replaced. */
  scheduleHeartbeat(delay: number): void;
  sendPing(): void;
  sendPong(): void;
  onSilence(): void;
  /** Whether the session was not read for a while since this was last asked: an answer may lie behind what it sent. */
  takePauses(): boolean;
  readonly pingInterval: number;
  readonly pingTimeout: number;
  /** Written by the heartbeat alone. */
  heartbeatState: HeartbeatState;
}

/** Where a session stands between two pings. */
export enum HeartbeatState {
  Resting,
  AwaitingPong,
  /** A packet came while the pong was awaited: the timeout began anew, once. */
  AwaitingPongExtended,
}

/** Who pings, when, and what silence means. */
export interface Heartbeat {
  start(session: HeartbeatSession): void;
  onTimer(session: HeartbeatSession): void;
  /** Handles a ping or pong; `false` when it goes in the wrong direction. */
  onPacket(session: HeartbeatSession, type: 'ping' | 'pong'): boolean;
  /** Any other packet arrived. */
  onActivity(session: HeartbeatSession): void;
}

/**
 * The server pings, the client answers.
 *
 * @see Engine.IO v4 §Heartbeat
 */
export const serverPings: Heartbeat = {
  start: rest,
  onTimer(session) {
    const wasPaused = session.takePauses();
    if (session.heartbeatState !== HeartbeatState.Resting) {
      if (wasPaused) session.scheduleHeartbeat(session.pingTimeout);
      else session.onSilence();
      return;
    }
    session.heartbeatState = HeartbeatState.AwaitingPong;
    session.sendPing();
    session.scheduleHeartbeat(session.pingTimeout);
  },
  onPacket(session, type) {
    if (type !== 'pong') return false;
    rest(session);
    return true;
  },
  onActivity(session) {
    // A client that is busy sending is alive; it may be slow to answer. Once, so that it still has to.
    if (session.heartbeatState !== HeartbeatState.AwaitingPong) return;
    session.heartbeatState = HeartbeatState.AwaitingPongExtended;
    session.scheduleHeartbeat(session.pingTimeout);
  },
};

/**
 * The client pings, the server answers; silence for both intervals together is the end.
 *
 * @see Engine.IO v3 §Heartbeat
 */
export const clientPings: Heartbeat = {
  start: awaitPing,
  onTimer(session) {
    if (session.takePauses()) awaitPing(session);
    else session.onSilence();
  },
  onPacket(session, type) {
    if (type !== 'ping') return false;
    session.sendPong();
    awaitPing(session);
    return true;
  },
  onActivity() {},
};

function awaitPing(session: HeartbeatSession): void {
  session.scheduleHeartbeat(session.pingInterval + session.pingTimeout);
}

function rest(session: HeartbeatSession): void {
  session.heartbeatState = HeartbeatState.Resting;
  session.scheduleHeartbeat(session.pingInterval);
}
