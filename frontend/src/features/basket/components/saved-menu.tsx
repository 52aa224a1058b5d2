import { useQuery } from '@tanstack/react-query';
import { FolderOpen, Save, Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { ErrorState, Skeleton } from '@/components/ui/states';
import { savedQuery, useChangeSaved } from '@/features/basket/api/saved';
import { LONGEST_NAME, withBasket, withoutBasket } from '@/features/basket/model/saved';
import { announceOnce } from '@/lib/announce';
import { formatMoment } from '@/lib/format';
import { newIntentId } from '@/lib/ids';
import { t } from '@/messages/words';
import { useBasket } from '@/stores/basket';

/** Named baskets on the server: the same on every device of the user. */
export function SavedMenu() {
  const [open, setOpen] = useState<'save' | 'open' | null>(null);
  const hasLegs = useBasket((state) => state.legs.length > 0);
  return (
    <>
      <Button size="sm" onClick={() => setOpen('open')}>
        <FolderOpen /> {t('Open')}
      </Button>
      <Button size="sm" disabled={!hasLegs} onClick={() => setOpen('save')}>
        <Save /> {t('Save')}
      </Button>
      {open === 'save' && <SaveDialog onClose={() => setOpen(null)} />}
      {open === 'open' && <OpenDialog onClose={() => setOpen(null)} />}
    </>
  );
}

function SaveDialog({ onClose }: { onClose: () => void }) {
  const { legs, name, rename } = useBasket();
  const [text, setText] = useState(name);
  const { data } = useQuery(savedQuery);
  const saving = useChangeSaved();
  const wanted = text.trim();
  const isTaken = data?.baskets.some((one) => one.name === wanted);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!wanted) return;
    saving.mutate((saved) => withBasket(saved, wanted, legs, new Date().toISOString()), {
      onSuccess: () => {
        rename(wanted);
        announceOnce(`saved:${newIntentId()}`, 'success', t('Basket “{{name}}” saved', { name: wanted }));
        onClose();
      },
    });
  };
  return (
    <Dialog isOpen onClose={onClose} title={t('Save the basket')}>
      <form onSubmit={submit} className="grid gap-3">
        <Field label={t('Name')} hint={isTaken ? t('Replaces the basket of this name') : undefined}>
          {(control) => (
            <Input
              {...control}
              autoFocus
              maxLength={LONGEST_NAME}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        {saving.error && <ErrorState error={saving.error} isCompact />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('Not now')}</Button>
          <Button type="submit" variant="primary" disabled={!wanted} isBusy={saving.isPending}>
            {t('Save basket')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function OpenDialog({ onClose }: { onClose: () => void }) {
  const query = useQuery(savedQuery);
  const changing = useChangeSaved();
  const replace = useBasket((state) => state.replace);
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('Saved baskets')}
      description={t('Opening one replaces the legs.')}
    >
      {query.isPending && (
        <div role="status" aria-label={t('Loading saved baskets')}>
          <Skeleton className="h-16" />
        </div>
      )}
      {query.error && <ErrorState error={query.error} onRetry={() => void query.refetch()} isCompact />}
      {changing.error && <ErrorState error={changing.error} isCompact />}
      {query.data?.baskets.length === 0 && <p className="text-muted">{t('No basket is saved yet.')}</p>}
      <ul aria-label={t('Saved baskets')}>
        {query.data?.baskets.map(({ name, legs, savedAt }) => (
          <li key={name} className="flex items-center gap-2 border-line border-b py-1 last:border-b-0">
            <button
              type="button"
              onClick={() => {
                replace(legs, name);
                onClose();
              }}
              className="min-w-0 flex-1 rounded px-2 py-1 text-left hover:bg-hover"
            >
              <span className="block truncate font-medium">{name}</span>
              <span className="block text-muted text-xs">
                {t('{{count}} legs', { count: legs.length, one: '{{count}} leg' })} · {formatMoment(savedAt)}
              </span>
            </button>
            <Button
              size="iconXs"
              variant="ghost"
              aria-label={t('Delete {{name}}', { name })}
              isBusy={changing.isPending}
              onClick={() => changing.mutate((saved) => withoutBasket(saved, name))}
            >
              <Trash2 />
            </Button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
