import { type PointerEvent, useRef } from 'react';

/** Moves a panel by its handle; the offset lives in the element, so dragging renders nothing. */
export function useDraggable<E extends HTMLElement>() {
  const panel = useRef<E>(null);
  const offset = useRef({ x: 0, y: 0 });
  const start = useRef<{ x: number; y: number } | null>(null);

  const place = (x: number, y: number) => {
    const node = panel.current;
    if (!node) return;
    node.style.transform = `translate(${x}px, ${y}px)`;
  };
  const handle = {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.target instanceof Element && event.target.closest('button, input, a, select')) return;
      start.current = { x: event.clientX - offset.current.x, y: event.clientY - offset.current.y };
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (!start.current) return;
      const x = event.clientX - start.current.x;
      const y = event.clientY - start.current.y;
      const box = panel.current?.getBoundingClientRect();
      if (!box) return;
      // The header must stay reachable: at least 80 px of it inside the window.
      const left = box.left - offset.current.x + x;
      const top = box.top - offset.current.y + y;
      if (left < 80 - box.width || left > innerWidth - 80 || top < 0 || top > innerHeight - 40) return;
      offset.current = { x, y };
      place(x, y);
    },
    onPointerUp: () => {
      start.current = null;
    },
  };
  const reset = () => {
    offset.current = { x: 0, y: 0 };
    place(0, 0);
  };
  return { panel, handle, reset };
}
