import { io, type Socket } from 'socket.io-client';

/**
 * One Socket.IO line per desk; the session cookie signs it in and the server puts it in the user's room. Order updates
 * it asks for by itself, from where it heard the last one.
 */
export function connectEvents(): Socket {
  return io({
    path: '/socket.io',
    transports: ['websocket'],
    auth: { orders: 'resume' },
    reconnectionDelay: 500,
    reconnectionDelayMax: 10_000,
  });
}

const ANSWER_MS = 10_000;

/** Asks for order updates behind a number; answers undefined when the server does not. */
export function askOrders(
  socket: Socket,
  request: { after: number | null },
  answer: (reply: unknown) => void,
): void {
  socket
    .timeout(ANSWER_MS)
    .emit('subscribe_orders', request, (error: Error | null, reply: unknown) =>
      answer(error ? undefined : reply),
    );
}
