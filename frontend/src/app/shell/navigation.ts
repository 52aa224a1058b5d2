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
  KeyRound,
  LayoutDashboard,
  ListOrdered,
  type LucideIcon,
  Plug,
  Scale,
  Search,
  ShieldAlert,
  ShoppingBasket,
  SquareTerminal,
  Table2,
} from 'lucide-react';

export interface Destination {
  path: string;
  title: string;
  /** Short enough for the rail. */
  label: string;
  icon: LucideIcon;
  words: string;
  /** On a phone: in the bar itself rather than behind "More". */
  isInBar?: boolean;
}

export interface Task {
  task: string;
  destinations: readonly Destination[];
}

/** Where the desk leads, by what a trader is doing. Rail, bottom bar and palette are drawn from it. */
export const NAVIGATION: readonly Task[] = [
  {
    task: 'Trade',
    destinations: [
      {
        path: '/dashboard',
        title: 'Dashboard',
        label: 'Desk',
        icon: LayoutDashboard,
        words: 'home funds overview',
        isInBar: true,
      },
      {
        path: '/orderbook',
        title: 'Orders',
        label: 'Orders',
        icon: ListOrdered,
        words: 'order book open pending cancel',
        isInBar: true,
      },
      {
        path: '/chart',
        title: 'Chart',
        label: 'Chart',
        icon: ChartCandlestick,
        words: 'candles bars indicators ema rsi macd vwap supertrend price history',
      },
      {
        path: '/optionchain',
        title: 'Option chain',
        label: 'Chain',
        icon: Table2,
        words: 'options strikes greeks iv open interest oi pcr max pain calls puts',
      },
      {
        path: '/basket',
        title: 'Basket and strategies',
        label: 'Basket',
        icon: ShoppingBasket,
        words: 'strategy builder multi leg straddle strangle iron condor butterfly payoff margin',
      },
      {
        path: '/gtt',
        title: 'GTT orders',
        label: 'GTT',
        icon: AlarmClock,
        words: 'good till triggered oco trigger stop target later',
      },
      {
        path: '/action-center',
        title: 'Action centre',
        label: 'Approve',
        icon: ClipboardCheck,
        words: 'approval approve reject waiting semi auto pending',
      },
      {
        path: '/positions',
        title: 'Positions',
        label: 'Positions',
        icon: ChartNoAxesCombined,
        words: 'pnl close square off',
        isInBar: true,
      },
      {
        path: '/pnl',
        title: 'P&L',
        label: 'P&L',
        icon: ChartSpline,
        words: 'profit loss today strategy symbol curve drawdown charges',
      },
      {
        path: '/tradebook',
        title: 'Trades',
        label: 'Trades',
        icon: ArrowLeftRight,
        words: 'trade book fills',
      },
      {
        path: '/holdings',
        title: 'Holdings',
        label: 'Holdings',
        icon: BriefcaseBusiness,
        words: 'portfolio delivery shares',
      },
    ],
  },
  {
    task: 'Data',
    destinations: [
      {
        path: '/search',
        title: 'Symbol search',
        label: 'Search',
        icon: Search,
        words: 'instruments find contracts',
        isInBar: true,
      },
    ],
  },
  {
    task: 'Settings',
    destinations: [
      {
        path: '/profile',
        title: 'Account',
        label: 'Account',
        icon: CircleUser,
        words:
          'profile password second step totp sessions recovery appearance theme language preferences contracts mail',
      },
      {
        path: '/drift',
        title: 'Drift',
        label: 'Drift',
        icon: Scale,
        words: 'reconcile difference books broker truth unexplained',
      },
      {
        path: '/risk',
        title: 'Risk',
        label: 'Risk',
        icon: ShieldAlert,
        words: 'limits kill switch stop loss',
      },
      {
        path: '/broker',
        title: 'Broker accounts',
        label: 'Brokers',
        icon: Plug,
        words: 'connect account login',
      },
      {
        path: '/sandbox',
        title: 'Paper trading',
        label: 'Paper',
        icon: FlaskConical,
        words: 'sandbox analyzer practice capital leverage reset profit curve live switch',
      },
      { path: '/apikey', title: 'API key', label: 'API key', icon: KeyRound, words: 'sdk secret rotate' },
      {
        path: '/playground',
        title: 'Playground',
        label: 'Try API',
        icon: SquareTerminal,
        words: 'api rest endpoint request websocket tester curl python snippet',
      },
    ],
  },
];

export const DESTINATIONS = NAVIGATION.flatMap(({ destinations }) => destinations);
