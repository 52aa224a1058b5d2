import { Tabs } from 'radix-ui';
import { type ReactNode, useDeferredValue } from 'react';
import { BOOKS, type Book } from '@/features/workspace/model/desk';
import { t } from '@/messages/words';

const NAMES: Record<Book, string> = {
  positions: t('Positions'),
  orders: t('Orders'),
  trades: t('Trades'),
};

interface BookTabsProps {
  value: Book;
  onChange: (book: Book) => void;
  books: Record<Book, ReactNode>;
}

/** Positions, orders and trades in one panel; the one that is not shown asks for nothing. */
export function BookTabs({ value, onChange, books }: BookTabsProps) {
  // The tab answers the press at once; the book before stays until the next one is drawn.
  const shown = useDeferredValue(value);
  return (
    <Tabs.Root
      value={value}
      onValueChange={(next) => onChange(next as Book)}
      className="flex min-h-0 flex-1 flex-col"
    >
      <Tabs.List aria-label={t('Books')} className="flex shrink-0 border-line border-b">
        {BOOKS.map((book) => (
          <Tab key={book} value={book}>
            {NAMES[book]}
          </Tab>
        ))}
      </Tabs.List>
      {BOOKS.map((book) => (
        <Tabs.Content
          key={book}
          value={book}
          tabIndex={-1}
          forceMount
          hidden={book !== shown}
          className="flex min-h-0 flex-1 flex-col outline-none"
        >
          {book === shown && books[book]}
        </Tabs.Content>
      ))}
    </Tabs.Root>
  );
}

export function Tab({ value, children }: { value: string; children: ReactNode }) {
  return (
    <Tabs.Trigger
      value={value}
      className="h-8 px-3 text-muted text-xs outline-offset-[-2px] hover:text-text data-[state=active]:font-semibold data-[state=active]:text-text data-[state=active]:shadow-[inset_0_-2px_0_var(--accent)] max-md:h-11 max-md:flex-1 max-md:px-1"
    >
      {children}
    </Tabs.Trigger>
  );
}
