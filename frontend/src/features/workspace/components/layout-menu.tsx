import { Check, ChevronDown, LayoutPanelLeft, Pencil, RotateCcw, Save, Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Button } from '@/components/ui/button';
import { ConfirmDialog } from '@/components/ui/confirm-dialog';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Menu, MenuContent, MenuItem, MenuLabel, MenuLine, MenuTrigger } from '@/components/ui/menu';
import {
  activeLayout,
  canSaveMore,
  type Desk,
  deleted,
  isPreset,
  nameProblem,
  renamed,
  savedAs,
} from '@/features/workspace/model/desk';
import { cn } from '@/lib/cn';
import { newIntentId } from '@/lib/ids';
import { t } from '@/messages/words';

type Asked = 'save' | 'rename' | 'delete' | null;

interface LayoutMenuProps {
  desk: Desk;
  onChange: (update: (desk: Desk) => Desk) => void;
  onReset: () => void;
}

/** The layouts by name: choose, save what is on screen, rename, delete, and back to how a layout began. */
export function LayoutMenu({ desk, onChange, onReset }: LayoutMenuProps) {
  const [asked, setAsked] = useState<Asked>(null);
  const layout = activeLayout(desk);
  const isOwn = !isPreset(layout.id);
  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button size="sm" aria-label={t('Layout: {{name}}', { name: layout.name })}>
            <LayoutPanelLeft />
            <span className="max-w-40 truncate">{layout.name}</span>
            <ChevronDown />
          </Button>
        </MenuTrigger>
        <MenuContent align="start">
          <MenuLabel>{t('Layouts')}</MenuLabel>
          {desk.layouts.map(({ id, name }) => (
            <MenuItem key={id} onSelect={() => onChange((now) => ({ ...now, active: id }))}>
              <Check className={cn(id !== layout.id && 'invisible')} />
              <span className="truncate">{name}</span>
            </MenuItem>
          ))}
          <MenuLine />
          <MenuItem disabled={!canSaveMore(desk)} onSelect={() => setAsked('save')}>
            <Save /> {t('Save as…')}
          </MenuItem>
          <MenuItem disabled={!isOwn} onSelect={() => setAsked('rename')}>
            <Pencil /> {t('Rename…')}
          </MenuItem>
          <MenuItem disabled={!isOwn} onSelect={() => setAsked('delete')}>
            <Trash2 /> {t('Delete…')}
          </MenuItem>
          <MenuItem onSelect={onReset}>
            <RotateCcw /> {t('Reset the sizes')}
          </MenuItem>
        </MenuContent>
      </Menu>
      {asked === 'save' && (
        <NameDialog
          title={t('Save the layout')}
          first=""
          problemOf={(name) => nameProblem(desk, name)}
          onName={(name) => onChange((now) => savedAs(now, name, newIntentId()))}
          onClose={() => setAsked(null)}
        />
      )}
      {asked === 'rename' && (
        <NameDialog
          title={t('Rename the layout')}
          first={layout.name}
          problemOf={(name) => nameProblem(desk, name, layout.id)}
          onName={(name) => onChange((now) => renamed(now, layout.id, name))}
          onClose={() => setAsked(null)}
        />
      )}
      <ConfirmDialog
        isOpen={asked === 'delete'}
        onClose={() => setAsked(null)}
        onConfirm={() => {
          onChange((now) => deleted(now, layout.id));
          setAsked(null);
        }}
        title={t('Delete the layout “{{name}}”?', { name: layout.name })}
        description={t('The layout it was made of stays.')}
        confirmLabel={t('Delete layout')}
        cancelLabel={t('Keep layout')}
      />
    </>
  );
}

interface NameDialogProps {
  title: string;
  first: string;
  problemOf: (name: string) => string | null;
  onName: (name: string) => void;
  onClose: () => void;
}

function NameDialog({ title, first, problemOf, onName, onClose }: NameDialogProps) {
  const [name, setName] = useState(first);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = problemOf(name);
    setProblem(found);
    if (found) return;
    onName(name);
    onClose();
  };
  return (
    <Dialog isOpen onClose={onClose} title={title}>
      <form onSubmit={submit} noValidate className="grid gap-3">
        <Field label={t('Name of the layout')} error={problem ?? undefined}>
          {(control) => (
            <Input
              {...control}
              autoComplete="off"
              value={name}
              onChange={(event) => {
                setName(event.target.value);
                setProblem(null);
              }}
            />
          )}
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t('Keep as is')}</Button>
          <Button type="submit" variant="primary">
            {t('Save')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
