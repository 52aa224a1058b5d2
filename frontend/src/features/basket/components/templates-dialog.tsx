import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Favourites, UnderlyingPicker } from '@/components/market/underlying-picker';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Select } from '@/components/ui/input';
import { ErrorState } from '@/components/ui/states';
import { usePickLegs } from '@/features/basket/api/pick';
import {
  needsFarExpiry,
  OUTLOOKS,
  placesOf,
  TEMPLATES,
  type Template,
  WIDTHS,
} from '@/features/basket/model/templates';
import { daysLeft, expiryName } from '@/lib/instruments/expiries';
import { expiriesQuery, FIRST_UNDERLYING, listedExpiry } from '@/lib/instruments/options';
import { Rich } from '@/messages/rich';
import { t } from '@/messages/words';
import { type NewLeg, useBasket } from '@/stores/basket';

/** Strategies as a table of places: choosing one replaces the legs by the contracts that the server finds. */
export function TemplatesDialog({ onClose }: { onClose: () => void }) {
  const [of, setOf] = useState(FIRST_UNDERLYING);
  const [chosen, setChosen] = useState('');
  const [width, setWidth] = useState(3);
  const replace = useBasket((state) => state.replace);
  const menu = useQuery(expiriesQuery(of));
  const expiries = menu.data?.expiries ?? [];
  const near = listedExpiry(expiries, chosen);
  const later = expiries[expiries.indexOf(near) + 1] ?? '';
  const picking = usePickLegs();

  const build = (template: Template) =>
    picking.mutate(
      { ...of, legs: placesOf(template, width, near, later) },
      {
        onSuccess: ({ legs }) => {
          replace(
            legs.map((row, place): NewLeg => {
              const plan = template.legs[place];
              return {
                symbol: row.symbol,
                exchange: row.exchange,
                action: plan?.action ?? 'BUY',
                lots: plan?.lots ?? 1,
                lotSize: row.units,
                tickSize: row.tick_size,
              };
            }),
          );
          onClose();
        },
      },
    );
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('Strategies')}
      description={t('Replaces the legs of the basket. Strikes are counted from the money, as listed.')}
      className="w-[min(46rem,calc(100vw-1.5rem))]"
    >
      <div className="grid gap-3 md:grid-cols-[1fr_10rem_8rem]">
        <div className="grid gap-1">
          <p className="text-muted text-xs">
            <Rich
              text="Underlying: <name>{{name}}</name>"
              values={{ name: of.underlying }}
              parts={{ name: <span className="font-semibold text-text" /> }}
            />
          </p>
          <UnderlyingPicker
            label={t('Underlying of the strategy')}
            placeholder={t('Change underlying…')}
            onPick={setOf}
          />
        </div>
        <Field label={t('Expiry')}>
          {(control) => (
            <Select {...control} value={near} onChange={(event) => setChosen(event.target.value)}>
              {expiries.map((expiry) => (
                <option key={expiry} value={expiry}>
                  {expiryName(expiry, Date.now())} ({daysLeft(expiry, Date.now())}d)
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label={t('Strikes apart')}>
          {(control) => (
            <Select {...control} value={width} onChange={(event) => setWidth(Number(event.target.value))}>
              {WIDTHS.map((count) => (
                <option key={count} value={count}>
                  {count}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <div className="mt-1 flex gap-1">
        <Favourites size="xs" current={of} onPick={setOf} />
      </div>
      {menu.error && <ErrorState error={menu.error} onRetry={() => void menu.refetch()} isCompact />}
      {picking.error && <ErrorState error={picking.error} isCompact />}
      <div className="mt-2 grid gap-3 sm:grid-cols-2">
        {OUTLOOKS.map(([outlook, name]) => (
          <section key={outlook} aria-label={name}>
            <h3 className="mb-1 font-semibold text-muted text-xs">{name}</h3>
            <div className="flex flex-wrap gap-1">
              {TEMPLATES.filter((template) => template.outlook === outlook).map((template) => (
                <Button
                  key={template.id}
                  size="sm"
                  disabled={!near || (needsFarExpiry(template) && !later)}
                  isBusy={picking.isPending}
                  onClick={() => build(template)}
                >
                  {template.name}
                </Button>
              ))}
            </div>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
