import { type ReactNode, useState } from 'react';
import { Badge, type Tone } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { Dialog } from '@/components/ui/dialog';
import { messageOf } from '@/lib/api/errors';
import { t } from '@/messages/words';

/** What became of one row of a bulk action. */
export interface Outcome {
  tone: Tone;
  /** In a word or two. */
  word: string;
  /** Why, in the server's words. */
  detail?: string;
}

/** Nothing was said of a row: it may or may not have happened. */
const NOT_TOLD: Outcome = {
  tone: 'warn',
  word: t('not told'),
  detail: t('The book says what became of it.'),
};

interface BulkDialogProps<Row> {
  title: string;
  description: string;
  confirmLabel: string;
  cancelLabel: string;
  /** Names the list of rows to screen readers. */
  listName: string;
  /** Taken when the dialog opens: what is confirmed is what is done, whatever the book does meanwhile. */
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  line: (row: Row) => ReactNode;
  /** Does it; answers what became of each row, by key. */
  run: (rows: readonly Row[]) => Promise<ReadonlyMap<string, Outcome>>;
  onClose: () => void;
}

type Phase =
  | { is: 'asking' | 'running' }
  | { is: 'done'; outcomes: ReadonlyMap<string, Outcome>; error: unknown };

/** Asks with every row in sight, does it once, and then says row by row what became of it. */
export function BulkDialog<Row>(props: BulkDialogProps<Row>) {
  const [rows] = useState(props.rows);
  const [phase, setPhase] = useState<Phase>({ is: 'asking' });
  const start = async () => {
    setPhase({ is: 'running' });
    try {
      setPhase({ is: 'done', outcomes: await props.run(rows), error: null });
    } catch (error) {
      setPhase({ is: 'done', outcomes: new Map(), error });
    }
  };
  if (phase.is === 'done') return <Results {...props} rows={rows} {...phase} />;
  return (
    <ConfirmDialog
      isOpen
      onClose={props.onClose}
      onConfirm={() => void start()}
      isBusy={phase.is === 'running'}
      title={props.title}
      description={props.description}
      confirmLabel={props.confirmLabel}
      cancelLabel={props.cancelLabel}
    >
      <ul aria-label={props.listName}>
        {rows.map((row) => (
          <li
            key={props.rowKey(row)}
            className="flex gap-2 border-line border-b px-3 py-1.5 tabular-nums last:border-b-0"
          >
            {props.line(row)}
          </li>
        ))}
      </ul>
    </ConfirmDialog>
  );
}

interface ResultsProps<Row> extends BulkDialogProps<Row> {
  outcomes: ReadonlyMap<string, Outcome>;
  error: unknown;
}

function Results<Row>({ rows, rowKey, line, outcomes, error, onClose }: ResultsProps<Row>) {
  const failed = rows.filter((row) => (outcomes.get(rowKey(row)) ?? NOT_TOLD).tone !== 'good').length;
  const done = rows.length - failed;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={
        failed === 0
          ? t('All {{count}} done', { count: rows.length })
          : t('{{done}} of {{all}} done', { done, all: rows.length })
      }
      description={
        error
          ? t('No answer to the whole: {{reason}}', { reason: messageOf(error) })
          : t('What became of each of them.')
      }
      className="w-[min(44rem,calc(100vw-1.5rem))]"
    >
      <table aria-label={t('Results')} className="w-full border-separate border-spacing-0 text-sm">
        <thead>
          <tr className="text-left text-muted text-xs">
            <th scope="col" className="border-line border-b py-1 font-medium">
              {t('Row')}
            </th>
            <th scope="col" className="border-line border-b py-1 pl-3 font-medium">
              {t('Outcome')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const { tone, word, detail } = outcomes.get(rowKey(row)) ?? NOT_TOLD;
            return (
              <tr key={rowKey(row)} className="align-top">
                <td className="border-line border-b py-1.5 tabular-nums">
                  <span className="flex flex-wrap gap-2">{line(row)}</span>
                </td>
                <td className="border-line border-b py-1.5 pl-3">
                  <Badge tone={tone}>{word}</Badge>
                  {detail && <p className="mt-0.5 text-muted text-xs">{detail}</p>}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <div className="mt-3 flex justify-end">
        <Button variant="primary" onClick={onClose}>
          {t('Done')}
        </Button>
      </div>
    </Dialog>
  );
}
