import { type FormEvent, useState } from 'react';
import { SubmitError } from '@/components/order-form/submit-error';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import type { StrategyView } from '@/features/strategies/api/get-strategies';
import { useAddMappings } from '@/features/strategies/api/write-strategies';
import { parseLines } from '@/features/strategies/model/terms';
import { t } from '@/messages/words';

/** Many symbols at once, all or none. */
export function MappingLinesDialog({ strategy, onClose }: { strategy: StrategyView; onClose: () => void }) {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const add = useAddMappings(strategy.id);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const parsed = parseLines(text);
    setProblem(parsed.problem);
    if (parsed.problem === null) add.mutate(parsed.rows, { onSuccess: onClose });
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('Add several')}
      description={t('One line for each: symbol, exchange, quantity, product')}
    >
      <form onSubmit={submit} className="grid gap-3" noValidate>
        <Field label={t('Lines')} error={problem ?? undefined}>
          {(control) => (
            <textarea
              {...control}
              rows={8}
              autoFocus
              spellCheck={false}
              placeholder={'SBIN,NSE,10,MIS\nINFY,NSE,5,MIS'}
              className="w-full rounded border border-field bg-panel p-2 font-mono text-sm aria-invalid:border-down max-md:text-base"
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        <SubmitError error={add.error} />
        <Button type="submit" variant="primary" className="justify-self-end" isBusy={add.isPending}>
          {t('Add all')}
        </Button>
      </form>
    </Dialog>
  );
}
