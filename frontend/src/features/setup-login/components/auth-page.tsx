import { Languages } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '@/components/ui/button';
import { LANGUAGE_NAMES, language, openIn } from '@/messages/words';

/** The frame of the two pages outside the desk. */
export function AuthPage({ title, lead, children }: { title: string; lead: ReactNode; children: ReactNode }) {
  const other = language === 'en' ? 'hi' : 'en';
  return (
    <main className="grid h-dvh place-items-center overflow-auto p-4">
      <div className="w-full max-w-sm">
        <p className="mb-6 flex items-center gap-2 font-semibold text-lg">
          <img src="/favicon.svg" alt="" className="size-7" /> OpenAlgo
          <Button variant="ghost" size="sm" className="ml-auto" lang={other} onClick={() => openIn(other)}>
            <Languages /> {LANGUAGE_NAMES[other]}
          </Button>
        </p>
        <h1 className="font-semibold text-xl leading-7">{title}</h1>
        <p className="mt-1 mb-5 text-muted">{lead}</p>
        {children}
      </div>
    </main>
  );
}
