import type { ReactNode } from 'react';
import { ChipFilter } from '@/components/filters/filter-bar';
import { useUrlState } from '@/hooks/use-url-state';

export interface View {
  id: string;
  title: string;
  content: () => ReactNode;
}

/** A page of several views: which one is shown stands in the address. */
export function PageTabs({ title, views }: { title: string; views: readonly [View, ...View[]] }) {
  const { read, setAll } = useUrlState();
  const current = views.find(({ id }) => id === read('view')) ?? views[0];
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex min-h-10 flex-wrap items-center gap-3 border-line border-b px-3 py-1">
        <h1 className="font-semibold text-base">{title}</h1>
        <ChipFilter
          label={title}
          value={current.id}
          options={views.map(({ id, title: label }) => ({ value: id, label }))}
          // What narrows one view means nothing in another.
          onChange={(id) => setAll({ view: id, sort: null, q: null, status: null, level: null })}
        />
      </div>
      <div key={current.id} className="flex min-h-0 min-w-0 flex-1 flex-col overflow-auto">
        {current.content()}
      </div>
    </div>
  );
}
