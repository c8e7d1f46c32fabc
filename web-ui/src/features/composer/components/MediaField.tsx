import {
  closestCenter,
  DndContext,
  type DragEndEvent,
  KeyboardSensor,
  PointerSensor,
  useSensor,
  useSensors,
} from '@dnd-kit/core';
import { arrayMove, rectSortingStrategy, SortableContext, sortableKeyboardCoordinates } from '@dnd-kit/sortable';
import { Button, Input, Text } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { IconPhotoPlus } from '@tabler/icons-react';
import { useRef } from 'react';
import type { AssetUse, AssetView } from '../../../api/types.ts';
import { fileSize } from '../../../lib/format.ts';
import { useUploadsOf } from '../uploads.ts';
import css from './MediaField.module.css';
import { MediaItem } from './MediaItem.tsx';
import { UploadRow } from './UploadRow.tsx';

interface Props {
  label: string;
  hint?: string;
  uses: readonly AssetUse[];
  assets: ReadonlyMap<string, AssetView>;
  /** Most files that make sense here; the drop field goes away once they are there. */
  max: number;
  bytesMax: number;
  accept?: string[];
  onAsset: (asset: AssetView, later: string[]) => void;
  onChange: (uses: AssetUse[]) => void;
  id?: string;
}

/** Files by drop or picker, with progress, pause and order; what each shows is described here too. */
export function MediaField({ label, hint, uses, assets, max, bytesMax, accept, onAsset, onChange, id }: Props) {
  const uploads = useUploadsOf(label);
  const openPicker = useRef<() => void>(null);
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 5 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  const ids = uses.map((use) => use.asset_id);
  const nameOf = (assetId: unknown) => assets.get(String(assetId))?.name ?? 'file';
  const placeOf = (assetId: unknown) => `place ${ids.indexOf(String(assetId)) + 1} of ${ids.length}`;
  const moved = ({ active, over }: DragEndEvent) => {
    const from = ids.indexOf(String(active.id));
    const to = ids.indexOf(String(over?.id));
    if (from >= 0 && to >= 0 && from !== to) onChange(arrayMove([...uses], from, to));
  };
  const room = uses.length + uploads.items.length < max;

  return (
    <Input.Wrapper label={label} labelElement="div" id={id} data-testid="media">
      {uses.length > 0 && (
        <DndContext
          sensors={sensors}
          collisionDetection={closestCenter}
          onDragEnd={moved}
          accessibility={{
            screenReaderInstructions: {
              draggable: 'To move a file press space, then the arrow keys, then space again; escape puts it back.',
            },
            announcements: {
              onDragStart: ({ active }) => `Picked up ${nameOf(active.id)}, ${placeOf(active.id)}.`,
              onDragOver: ({ active, over }) =>
                over ? `${nameOf(active.id)} is over ${placeOf(over.id)}.` : `${nameOf(active.id)} is over no place.`,
              onDragEnd: ({ active, over }) =>
                over ? `${nameOf(active.id)} was put at ${placeOf(over.id)}.` : `${nameOf(active.id)} was put back.`,
              onDragCancel: ({ active }) => `${nameOf(active.id)} was put back.`,
            },
          }}
        >
          <SortableContext items={ids} strategy={rectSortingStrategy}>
            <ol className={css.list}>
              {uses.map((use, index) => (
                <MediaItem
                  key={use.asset_id}
                  use={use}
                  asset={assets.get(use.asset_id)}
                  place={index + 1}
                  sortable={uses.length > 1}
                  onAltText={(altText) =>
                    onChange(uses.map((other) => (other === use ? { ...use, alt_text: altText } : other)))
                  }
                  onRemove={() => onChange(uses.filter((other) => other !== use))}
                />
              ))}
            </ol>
          </SortableContext>
        </DndContext>
      )}
      {uploads.items.map((item) => (
        <UploadRow
          key={item.key}
          item={item}
          onPause={() => uploads.pause(item.key)}
          onResume={() => uploads.resume(item.key)}
          onCancel={() => uploads.cancel(item.key)}
        />
      ))}
      {room && (
        <Dropzone
          openRef={openPicker}
          onDrop={(files) => uploads.add(label, files, onAsset)}
          onReject={() => undefined}
          activateOnClick={false}
          enablePointerEvents
          useFsAccessApi={false}
          className={css.drop}
          data-small={uses.length > 0 ? true : undefined}
          aria-label={`${label}: drop files here`}
          inputProps={{ 'aria-label': `${label}: choose files`, accept: accept?.join(',') }}
        >
          <IconPhotoPlus size={24} stroke={1.5} aria-hidden="true" />
          <Text size="sm">
            Drop files here or{' '}
            <Button variant="light" size="compact-sm" onClick={() => openPicker.current?.()}>
              Choose files
            </Button>
          </Text>
          <Text size="xs" c="dimmed">
            {[hint, `up to ${fileSize(bytesMax)} each`].filter(Boolean).join(', ')}
          </Text>
        </Dropzone>
      )}
    </Input.Wrapper>
  );
}
