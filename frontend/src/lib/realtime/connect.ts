import { io, type Socket } from 'socket.io-client';

/** One Socket.IO line per desk; the session cookie signs it in and the server puts it in the user's room. */
export function connectEvents(): Socket {
  return io({
    path: '/socket.io',
    transports: ['websocket'],
    reconnectionDelay: 500,
    reconnectionDelayMax: 10_000,
  });
}
