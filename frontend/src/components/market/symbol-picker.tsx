import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, type ReactNode, type Ref, useId, useState } from 'react';
import { Input } from '@/components/ui/input';
import { useDebounced } from '@/hooks/use-debounced';
import { messageOf } from '@/lib/api/errors';
import { cn } from '@/lib/cn';
import { searchQuery } from '@/lib/instruments/queries';
import type { Instrument } from '@/lib/instruments/schema';
import { t } from '@/messages/words';

interface SymbolPickerProps {
  label: string;
  placeholder: string;
  onPick: (instrument: Instrument) => void;
  inputRef?: Ref<HTMLInputElement>;
  autoFocus?: boolean;
  icon?: ReactNode;
}

/** A combobox over the instrument search: arrows choose, Enter picks, Esc clears. */
export function SymbolPicker({ label, placeholder, onPick, inputRef, autoFocus }: SymbolPickerProps) {
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const listId = useId();
  const { data, error, isFetching } = useQuery(searchQuery({ q: useDebounced(text.trim()), limit: 12 }));
  const isOpen = text.trim().length >= 2;
  const found = isOpen ? (data ?? []) : [];
  const at = Math.min(active, Math.max(0, found.length - 1));

  const pick = (instrument: Instrument | undefined) => {
    if (!instrument) return;
    onPick(instrument);
    setText('');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setActive(Math.min(at + 1, found.length - 1));
    else if (event.key === 'ArrowUp') setActive(Math.max(at - 1, 0));
    else if (event.key === 'Enter') pick(found[at]);
    else if (event.key === 'Escape' && text) setText('');
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="relative">
      <Input
        ref={inputRef}
        role="combobox"
        aria-label={label}
        aria-expanded={isOpen}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={found[at] ? `${listId}-${at}` : undefined}
        autoComplete="off"
        spellCheck={false}
        autoFocus={autoFocus}
        placeholder={placeholder}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      {isOpen && (
        <div className="absolute inset-x-0 top-full z-40 mt-1 rounded-md border border-line-strong bg-panel shadow-[var(--shadow)]">
          <div role="listbox" id={listId} aria-label={label} className="max-h-72 overflow-auto p-1">
            {found.map((instrument, index) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox handles the keyboard.
              <div
                key={`${instrument.exchange}:${instrument.symbol}`}
                id={`${listId}-${index}`}
                role="option"
                tabIndex={-1}
                aria-selected={index === at}
                onClick={() => pick(instrument)}
                onPointerMove={() => setActive(index)}
                className={cn(
                  'flex min-h-8 cursor-pointer items-center gap-2 rounded px-2',
                  index === at && 'bg-hover',
                )}
              >
                <span className="font-medium">{instrument.symbol}</span>
                <span className="text-2xs text-muted">{instrument.exchange}</span>
                <span className="ml-auto truncate text-muted text-xs">{instrument.name}</span>
              </div>
            ))}
          </div>
          {found.length === 0 && (
            <p role="status" className="px-3 py-2 text-muted">
              {error
                ? messageOf(error)
                : isFetching
                  ? t('Searching…')
                  : t('No instrument matches “{{typed}}”', { typed: text.trim() })}
            </p>
          )}
        </div>
      )}
    </div>
  );
}
