import {
  AlarmClock,
  ArrowLeftRight,
  BriefcaseBusiness,
  ChartCandlestick,
  ChartNoAxesCombined,
  ChartSpline,
  CircleUser,
  ClipboardCheck,
  FlaskConical,
  Gauge,
  HeartPulse,
  KeyRound,
  LayoutDashboard,
  LayoutPanelLeft,
  ListOrdered,
  type LucideIcon,
  Plug,
  Scale,
  ScrollText,
  Search,
  Settings,
  ShieldAlert,
  ShieldCheck,
  ShoppingBasket,
  SlidersHorizontal,
  SquareTerminal,
  Table2,
  Waypoints,
  Webhook,
} from 'lucide-react';
import { t } from '@/messages/words';

export interface Destination {
  path: string;
  title: string;
  /** Short enough for the rail. */
  label: string;
  icon: LucideIcon;
  words: string;
  /** On a phone: in the bar itself rather than behind "More". */
  isInBar?: boolean;
  isForAdmins?: boolean;
}

export interface Task {
  task: string;
  destinations: readonly Destination[];
  /** In the rail: one button with a menu, for places that nobody goes to every minute. */
  folded?: LucideIcon;
}

/** Where the desk leads, by what a trader is doing. Rail, bottom bar and palette are drawn from it. */
export const NAVIGATION: readonly Task[] = [
  {
    task: t('Trade'),
    destinations: [
      {
        path: '/trade',
        title: t('Trade'),
        label: t('Trade'),
        icon: LayoutPanelLeft,
        words: t('workspace chart depth ladder ticket watchlist layout panels'),
        isInBar: true,
      },
      {
        path: '/dashboard',
        title: t('Dashboard'),
        label: t('Desk'),
        icon: LayoutDashboard,
        words: t('home funds overview'),
        isInBar: true,
      },
      {
        path: '/chart',
        title: t('Chart'),
        label: t('Chart'),
        icon: ChartCandlestick,
        words: t('candles bars indicators ema rsi macd vwap supertrend price history'),
      },
      {
        path: '/optionchain',
        title: t('Option chain'),
        label: t('Chain'),
        icon: Table2,
        words: t('options strikes greeks iv open interest oi pcr max pain calls puts'),
      },
      {
        path: '/basket',
        title: t('Basket and strategies'),
        label: t('Basket'),
        icon: ShoppingBasket,
        words: t('strategy builder multi leg straddle strangle iron condor butterfly payoff margin'),
      },
      {
        path: '/search',
        title: t('Symbol search'),
        label: t('Search'),
        icon: Search,
        words: t('instruments find contracts'),
        isInBar: true,
      },
    ],
  },
  {
    task: t('Books'),
    destinations: [
      {
        path: '/orderbook',
        title: t('Orders'),
        label: t('Orders'),
        icon: ListOrdered,
        words: t('order book open pending cancel'),
        isInBar: true,
      },
      {
        path: '/positions',
        title: t('Positions'),
        label: t('Positions'),
        icon: ChartNoAxesCombined,
        words: t('pnl close square off'),
        isInBar: true,
      },
      {
        path: '/holdings',
        title: t('Holdings'),
        label: t('Holdings'),
        icon: BriefcaseBusiness,
        words: t('portfolio delivery shares'),
      },
      {
        path: '/tradebook',
        title: t('Trades'),
        label: t('Trades'),
        icon: ArrowLeftRight,
        words: t('trade book fills'),
      },
      {
        path: '/pnl',
        title: 'P&L',
        label: 'P&L',
        icon: ChartSpline,
        words: t('profit loss today strategy symbol curve drawdown charges'),
      },
      {
        path: '/gtt',
        title: t('GTT orders'),
        label: 'GTT',
        icon: AlarmClock,
        words: t('good till triggered oco trigger stop target later'),
      },
      {
        path: '/action-center',
        title: t('Action centre'),
        label: t('Approve'),
        icon: ClipboardCheck,
        words: t('approval approve reject waiting semi auto pending'),
      },
    ],
  },
  {
    task: t('Control'),
    folded: ShieldCheck,
    destinations: [
      {
        path: '/strategies',
        title: t('Webhook strategies'),
        label: t('Webhooks'),
        icon: Webhook,
        words: t('strategy webhook alerts tradingview chartink amibroker automate square off'),
      },
      {
        path: '/risk',
        title: t('Risk'),
        label: t('Risk'),
        icon: ShieldAlert,
        words: t('limits kill switch stop loss'),
      },
      {
        path: '/drift',
        title: t('Drift'),
        label: t('Drift'),
        icon: Scale,
        words: t('reconcile difference books broker truth unexplained'),
      },
      {
        path: '/sandbox',
        title: t('Paper trading'),
        label: t('Paper'),
        icon: FlaskConical,
        words: t('sandbox analyzer practice capital leverage reset profit curve live switch'),
      },
    ],
  },
  {
    task: t('Settings'),
    folded: Settings,
    destinations: [
      {
        path: '/profile',
        title: t('Account'),
        label: t('Account'),
        icon: CircleUser,
        words: t(
          'profile password second step totp sessions recovery appearance theme language preferences contracts mail',
        ),
      },
      {
        path: '/broker',
        title: t('Broker accounts'),
        label: t('Brokers'),
        icon: Plug,
        words: t('connect account login'),
      },
      {
        path: '/apikey',
        title: 'API key',
        label: t('API key'),
        icon: KeyRound,
        words: t('sdk secret rotate'),
      },
      {
        path: '/playground',
        title: t('Playground'),
        label: t('Try API'),
        icon: SquareTerminal,
        words: t('api rest endpoint request websocket tester curl python snippet'),
      },
    ],
  },
  {
    task: t('Operator'),
    folded: HeartPulse,
    destinations: [
      {
        path: '/health',
        title: t('Health'),
        label: t('Health'),
        icon: HeartPulse,
        words: t('components memory disk queues alarms scheduler status'),
        isForAdmins: true,
      },
      {
        path: '/latency',
        title: t('Latency'),
        label: t('Latency'),
        icon: Gauge,
        words: t('p50 p90 p99 percentiles slow stages endpoints'),
        isForAdmins: true,
      },
      {
        path: '/traffic',
        title: t('Traffic'),
        label: t('Traffic'),
        icon: Waypoints,
        words: t('requests status address endpoints broker calls'),
        isForAdmins: true,
      },
      {
        path: '/logs',
        title: t('Logs'),
        label: t('Logs'),
        icon: ScrollText,
        words: t('api analyzer log viewer errors trace request id'),
      },
      {
        path: '/admin',
        title: t('Administration'),
        label: t('Admin'),
        icon: SlidersHorizontal,
        words: t('freeze quantity holidays timings bans retention'),
        isForAdmins: true,
      },
      {
        path: '/audit',
        title: t('Audit trail'),
        label: t('Audit'),
        icon: ShieldCheck,
        words: t('who did what chain verify'),
        isForAdmins: true,
      },
    ],
  },
];

/** The tasks with the destinations that a user may open; a task without any is left out. */
export function tasksFor(isAdmin: boolean): readonly Task[] {
  return NAVIGATION.map((group) => ({
    ...group,
    destinations: group.destinations.filter((one) => isAdmin || !one.isForAdmins),
  })).filter(({ destinations }) => destinations.length > 0);
}
