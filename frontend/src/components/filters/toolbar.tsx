import { SlidersHorizontal } from 'lucide-react';
import { createContext, type ReactNode, useContext, useLayoutEffect, useRef, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Popover, PopoverContent, PopoverTrigger } from '@/components/ui/popover';
import { useIsNarrow } from '@/hooks/use-media-query';
import { cn } from '@/lib/cn';
import { t } from '@/messages/words';

/** Below this many pixels the choices of a book do not stand beside each other in one row. */
const ROOMY = 1180;
/** Below this many there is no room for what a tab has said already. */
const HEADED = 820;

type Room = 'roomy' | 'tight' | 'scarce';

const RoomContext = createContext<Room>('roomy');

const roomOf = (width: number): Room => (width >= ROOMY ? 'roomy' : width >= HEADED ? 'tight' : 'scarce');

/** Whether the toolbar around has too little room for everything at once. */
export function useIsTight(): boolean {
  return useContext(RoomContext) !== 'roomy';
}

const PanelContext = createContext(false);

/** A book among other panels of a page: the page has a heading of its own, and the panel's tab names the book. */
export function BookPanel({ children }: { children: ReactNode }) {
  return <PanelContext value>{children}</PanelContext>;
}

/** What a book is called: the heading of its page, or one below it where the book is a panel. */
export function BookHeading({ children }: { children: ReactNode }) {
  const isPanel = useContext(PanelContext);
  const room = useContext(RoomContext);
  const Heading = isPanel ? 'h2' : 'h1';
  return (
    <Heading className={cn('font-semibold text-base', isPanel && room === 'scarce' && 'sr-only')}>
      {children}
    </Heading>
  );
}

interface ToolbarProps {
  children: ReactNode;
  /** Stands at the far end, on wide screens alone. */
  menus?: ReactNode;
}

/** What stands above a table: one row on any screen but a phone's, whatever the width of the panel it is in. */
export function Toolbar({ children, menus }: ToolbarProps) {
  const isNarrow = useIsNarrow();
  const bar = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState<Room>('roomy');
  useLayoutEffect(() => {
    const element = bar.current;
    if (!element) return;
    const measure = () => setRoom(roomOf(element.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const isOneRow = !isNarrow && room !== 'roomy';
  return (
    <RoomContext value={room}>
      <div
        ref={bar}
        className={cn(
          'flex min-h-10 items-center gap-2 border-line border-b px-3 py-1',
          isOneRow ? '[&>*]:shrink-0 [&>.gives-way]:shrink' : 'flex-wrap',
        )}
      >
        {children}
        {!isNarrow && menus && <span className="ml-auto inline-flex">{menus}</span>}
      </div>
    </RoomContext>
  );
}

interface FoldedProps {
  /** How many of the choices are set. */
  set: number;
  children: ReactNode;
}

/** Choices that stand in the row where there is room, else behind a button that says how many of them are set. */
export function Folded({ set, children }: FoldedProps) {
  const isTight = useIsTight();
  const isNarrow = useIsNarrow();
  if (!isTight && !isNarrow) return children;
  return (
    <Popover>
      <PopoverTrigger asChild>
        <Button
          size="sm"
          variant="ghost"
          className={cn('max-md:h-9', set > 0 && 'text-text shadow-[inset_0_0_0_1px_var(--line-strong)]')}
        >
          <SlidersHorizontal /> {t('Filters')}
          {set > 0 && ` (${set})`}
        </Button>
      </PopoverTrigger>
      <PopoverContent
        aria-label={t('Filters')}
        className="grid w-56 gap-2 p-2 [&_input]:w-full [&_select]:w-full"
      >
        {children}
      </PopoverContent>
    </Popover>
  );
}
