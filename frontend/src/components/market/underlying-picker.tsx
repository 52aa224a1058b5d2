import { SymbolPicker } from '@/components/market/symbol-picker';
import { Button } from '@/components/ui/button';
import { FAVOURITES, type Underlying, underlyingOf } from '@/lib/instruments/options';

interface UnderlyingPickerProps {
  label: string;
  placeholder: string;
  onPick: (of: Underlying) => void;
}

/** What options are written on: whatever is found stands for its underlying. */
export function UnderlyingPicker({ label, placeholder, onPick }: UnderlyingPickerProps) {
  return (
    <SymbolPicker
      label={label}
      placeholder={placeholder}
      onPick={(instrument) => onPick(underlyingOf(instrument))}
    />
  );
}

interface FavouritesProps {
  current: Underlying;
  onPick: (of: Underlying) => void;
  size?: 'xs' | 'sm';
}

/** The underlyings that are traded most, one press away; the current one is not offered. */
export function Favourites({ current, onPick, size = 'sm' }: FavouritesProps) {
  return FAVOURITES.filter(({ underlying }) => underlying !== current.underlying).map((one) => (
    <Button key={one.underlying} size={size} variant="ghost" onClick={() => onPick(one)}>
      {one.underlying}
    </Button>
  ));
}
