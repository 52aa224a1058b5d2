import { useBooksOnChart } from '@/app/books-on-chart';
import { NeedsBroker } from '@/app/shell/needs-broker';
import { ChartPage } from '@/features/chart/components/chart-page';
import { t } from '@/messages/words';

function ChartWithBooks() {
  return <ChartPage {...useBooksOnChart()} />;
}

export function Component() {
  return (
    <>
      <title>{`${t('Chart')} · OpenAlgo`}</title>
      <NeedsBroker title={t('Chart')}>
        <ChartWithBooks />
      </NeedsBroker>
    </>
  );
}
