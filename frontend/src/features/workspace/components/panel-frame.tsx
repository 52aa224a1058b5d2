import { Fragment, type ReactNode } from 'react';
import { Group, Panel, type PanelImperativeHandle, Separator } from 'react-resizable-panels';
import {
  type GroupNode,
  type Node,
  nameOf,
  type PanelId,
  type Sizes,
  sizesOf,
} from '@/features/workspace/model/arrangements';
import { cn } from '@/lib/cn';
import { t } from '@/messages/words';

interface FrameProps {
  node: GroupNode;
  /** Sizes that were kept; read once, when the frame is first drawn. */
  kept: Sizes;
  contentOf: (panel: PanelId) => ReactNode;
  handles: Map<PanelId, PanelImperativeHandle>;
  /** The sizes of a group were moved, by hand or by a button. */
  onSizes: (group: string, sizes: Record<string, number>) => void;
  /** Told with every movement: what has no size shows nothing and asks for nothing. */
  onDrawn: (sizes: Record<string, number>) => void;
}

const MOVED = 0.5;

/** Panels with handles between them, as an arrangement has them. */
export function PanelFrame(props: FrameProps) {
  const { node, kept, onSizes, onDrawn } = props;
  const first = sizesOf(node, kept);
  const isRow = node.direction === 'horizontal';
  return (
    <Group
      id={`workspace-${node.group}`}
      orientation={node.direction}
      defaultLayout={first}
      onLayoutChange={onDrawn}
      onLayoutChanged={(layout, meta) => {
        const wanted = meta.requestedLayout ?? layout;
        const known = sizesOf(node, kept);
        const isMoved = node.parts.some((part) => {
          const name = nameOf(part);
          return Math.abs((wanted[name] ?? 0) - (known[name] ?? 0)) > MOVED;
        });
        if (isMoved) onSizes(node.group, wanted);
      }}
    >
      {node.parts.map((part, index) => (
        <Fragment key={nameOf(part)}>
          {index > 0 && (
            <Separator
              aria-label={t('Resize the panels')}
              className={cn(
                'bg-line outline-offset-[-1px] transition-colors hover:bg-accent focus-visible:bg-accent data-[separator=active]:bg-accent',
                isRow ? 'w-1' : 'h-1',
              )}
            />
          )}
          <FramePart {...props} part={part} />
        </Fragment>
      ))}
    </Group>
  );
}

function FramePart({ part, ...props }: FrameProps & { part: Node }) {
  const { handles } = props;
  if ('group' in part)
    return (
      <Panel id={part.group} minSize={`${part.least}%`} className="flex min-h-0 min-w-0 flex-col">
        <PanelFrame {...props} node={part} />
      </Panel>
    );
  return (
    <Panel
      id={part.panel}
      minSize={`${part.least}%`}
      collapsible={part.isCollapsible ?? false}
      panelRef={(handle) => {
        if (handle) handles.set(part.panel, handle);
        else handles.delete(part.panel);
      }}
      className="flex min-h-0 min-w-0 flex-col overflow-hidden bg-panel"
    >
      {props.contentOf(part.panel)}
    </Panel>
  );
}
