import { type ReactNode, useId } from 'react';

interface PanelProps {
  title: string;
  lead?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}

/** One matter of the account page: a heading, what it is for, and its controls. */
export function Panel({ title, lead, action, children }: PanelProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="border-line border-b px-4 py-4">
      <div className="mb-3 flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="min-w-48 flex-1">
          <h2 id={id} className="font-semibold">
            {title}
          </h2>
          {lead && <p className="max-w-prose text-muted">{lead}</p>}
        </div>
        {action}
      </div>
      {children}
    </section>
  );
}
