import { Plug, Send, Unplug } from 'lucide-react';
import { type KeyboardEvent, useEffect, useState, useSyncExternalStore } from 'react';
import { SymbolPicker } from '@/components/market/symbol-picker';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Select } from '@/components/ui/input';
import { JsonEditor } from '@/features/playground/components/json-editor';
import { LineView } from '@/features/playground/components/line-view';
import { type Dial, type ProbeState, SocketProbe } from '@/features/playground/hooks/socket-probe';
import type { HeldKey } from '@/features/playground/hooks/use-held-key';
import { parseDraft } from '@/features/playground/model/request';
import { needsKey, TEMPLATES, withKey } from '@/features/playground/model/ws-messages';
import type { FeedSocket } from '@/lib/market-data/client';
import { fetchTicket, openSocket } from '@/lib/market-data/desk-client';
import type { InstrumentRef } from '@/lib/market-data/protocol';
import { useSession } from '@/lib/session/bootstrap';
import { t } from '@/messages/words';

type SignIn = 'desk' | 'key' | 'none';

const STATES: Record<ProbeState, { word: string; tone: 'good' | 'warn' | 'neutral' }> = {
  closed: { word: t('not connected'), tone: 'neutral' },
  connecting: { word: t('connecting'), tone: 'warn' },
  open: { word: t('connected'), tone: 'good' },
};
const FIRST: InstrumentRef = { symbol: 'SBIN', exchange: 'NSE' };
const QUOTE = TEMPLATES.find(({ id }) => id === 'quote') ?? TEMPLATES[0];
const textOf = (message: object) => JSON.stringify(message, null, 2);

interface SocketTesterProps {
  held: HeldKey;
  open?: (url: string) => FeedSocket;
}

function useProbe(open: (url: string) => FeedSocket) {
  const [probe] = useState(() => new SocketProbe(open));
  useEffect(() => () => probe.disconnect(), [probe]);
  const state = useSyncExternalStore(probe.watch, probe.readState, probe.readState);
  return { probe, state };
}

/** The streaming process as a client sees it: connect, say something, watch what comes. */
export function SocketTester({ held, open = openSocket }: SocketTesterProps) {
  const { ws_url: streamUrl } = useSession();
  const { probe, state } = useProbe(open);
  const [signIn, setSignIn] = useState<SignIn>('desk');
  const [of, setOf] = useState<InstrumentRef>(FIRST);
  const [text, setText] = useState(() => textOf(QUOTE?.message(FIRST) ?? {}));
  const { problem } = parseDraft(text);
  const lacksKey = (needsKey(text) || signIn === 'key') && !held.secret;

  const dial = async (): Promise<Dial> => {
    if (signIn === 'desk' || !streamUrl) {
      const { ticket, ws_url: url } = await fetchTicket();
      if (signIn === 'desk') return { url, greeting: { action: 'authenticate', ticket } };
      return { url, greeting: signIn === 'key' ? { action: 'authenticate', api_key: held.secret } : null };
    }
    const greeting = signIn === 'key' ? { action: 'authenticate', api_key: held.secret } : null;
    return { url: streamUrl, greeting };
  };
  const send = () => {
    if (state !== 'open' || problem !== null || (needsKey(text) && !held.secret)) return;
    probe.send(JSON.stringify(JSON.parse(held.secret ? withKey(text, held.secret) : text)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    send();
  };
  return (
    <div className="@container flex min-h-0 flex-1 flex-col">
      <div className="grid min-h-0 flex-1 @4xl:grid-cols-[minmax(0,2fr)_minmax(0,3fr)] grid-cols-1 @4xl:grid-rows-1 content-start overflow-y-auto @4xl:overflow-hidden">
        <section
          aria-label={t('Message')}
          onKeyDown={onKeyDown}
          className="flex @4xl:min-h-0 flex-col gap-3 border-line @4xl:border-r @max-4xl:border-b p-3 @4xl:overflow-y-auto"
        >
          <div className="flex flex-wrap items-center gap-2">
            <Select
              aria-label={t('Sign in with')}
              value={signIn}
              disabled={state !== 'closed'}
              onChange={(event) => setSignIn(event.target.value as SignIn)}
              className="w-44"
            >
              <option value="desk">{t('Ticket of the desk')}</option>
              <option value="key">API key</option>
              <option value="none">{t('Nothing yet')}</option>
            </Select>
            {state === 'closed' ? (
              <Button
                variant="primary"
                disabled={signIn === 'key' && !held.secret}
                onClick={() => void probe.connect(dial)}
              >
                <Plug /> {t('Connect')}
              </Button>
            ) : (
              <Button onClick={() => probe.disconnect()}>
                <Unplug /> {t('Disconnect')}
              </Button>
            )}
            <span role="status">
              <Badge tone={STATES[state].tone}>{STATES[state].word}</Badge>
            </span>
          </div>
          {lacksKey && <p className="text-warn text-xs">{t('Unlock the API key above first.')}</p>}
          <div className="grid gap-1">
            <p className="text-muted text-xs">
              {t('Messages are filled with')}{' '}
              <span className="font-mono text-text">
                {of.exchange}:{of.symbol}
              </span>
            </p>
            <SymbolPicker
              label={t('Another instrument')}
              placeholder={t('Another instrument')}
              onPick={({ symbol, exchange }) => {
                setOf({ symbol, exchange });
                setText(textOf(QUOTE?.message({ symbol, exchange }) ?? {}));
              }}
            />
          </div>
          <fieldset className="flex flex-wrap gap-1">
            <legend className="mb-1 text-muted text-xs">{t('Ready messages')}</legend>
            {TEMPLATES.map((template) => (
              <Button key={template.id} size="sm" onClick={() => setText(textOf(template.message(of)))}>
                {template.label}
              </Button>
            ))}
          </fieldset>
          <JsonEditor label={t('Message as JSON')} text={text} problem={problem} onType={setText} rows={10} />
          <Button
            variant="primary"
            className="self-start"
            disabled={state !== 'open' || problem !== null || (needsKey(text) && !held.secret)}
            title="Ctrl+Enter"
            onClick={send}
          >
            <Send /> {t('Send message')}
          </Button>
        </section>
        <LineView probe={probe} />
      </div>
    </div>
  );
}
