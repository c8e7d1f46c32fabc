import { useSortable } from '@dnd-kit/sortable';
import { CSS } from '@dnd-kit/utilities';
import { ActionIcon, Button, Popover, Text, Textarea } from '@mantine/core';
import { IconCheck, IconFileTypePdf, IconPhotoOff, IconVideo, IconX } from '@tabler/icons-react';
import type { AssetUse, AssetView } from '../../../api/types.ts';
import { clock, fileSize, plural } from '../../../lib/format.ts';
import css from './MediaField.module.css';

interface Props {
  use: AssetUse;
  asset?: AssetView;
  place: number;
  sortable: boolean;
  onAltText: (text: string) => void;
  onRemove: () => void;
}

/** One file of a post: its picture is the handle to move it by. */
export function MediaItem({ use, asset, place, sortable, onAltText, onRemove }: Props) {
  const { attributes, listeners, setNodeRef, transform, transition, isDragging } = useSortable({
    id: use.asset_id,
    disabled: !sortable,
  });
  const name = asset?.name ?? 'File';
  const described = (use.alt_text ?? '').trim() !== '';
  const picture =
    asset && (asset.thumbnail_url ?? (asset.kind === 'image' || asset.kind === 'gif' ? asset.content_url : undefined));
  return (
    <li
      ref={setNodeRef}
      className={css.item}
      style={{ transform: CSS.Transform.toString(transform), transition }}
      data-dragging={isDragging || undefined}
      data-testid="media-item"
    >
      {/* Without something to change places with, there is nothing to grab. */}
      <button
        type="button"
        className={css.still}
        data-grab={sortable || undefined}
        aria-label={sortable ? `Move ${name}` : name}
        title={name}
        {...(sortable ? { ...attributes, ...listeners } : { tabIndex: -1 })}
      >
        {picture ? (
          <img src={picture} alt="" draggable={false} />
        ) : asset?.kind === 'document' ? (
          <IconFileTypePdf size={34} stroke={1.3} />
        ) : asset ? (
          <IconVideo size={34} stroke={1.3} />
        ) : (
          <IconPhotoOff size={34} stroke={1.3} />
        )}
        {sortable && <span className={css.place}>{place}</span>}
        {asset && <span className={css.facts}>{factsOf(asset)}</span>}
      </button>
      <ActionIcon
        className={css.remove}
        size="sm"
        variant="filled"
        color="dark"
        radius="xl"
        aria-label={`Remove ${name}`}
        onClick={onRemove}
      >
        <IconX size={13} />
      </ActionIcon>
      {asset?.kind !== 'document' && (
        <Popover width={280} position="bottom" shadow="md" trapFocus withArrow>
          <Popover.Target>
            <Button
              className={css.alt}
              variant="subtle"
              color="gray"
              c={described ? 'var(--pr-green)' : undefined}
              size="xs"
              radius={0}
              leftSection={described ? <IconCheck size={13} /> : undefined}
              aria-label={`Alt text of ${name}`}
            >
              {described ? 'Alt text' : 'Add alt text'}
            </Button>
          </Popover.Target>
          <Popover.Dropdown>
            <Textarea
              label="Alt text"
              description="What it shows, for people who cannot see it"
              autosize
              minRows={3}
              value={use.alt_text ?? ''}
              onChange={(event) => onAltText(event.currentTarget.value)}
              data-autofocus
            />
            <Text size="xs" c="dimmed" mt={4}>
              {plural([...(use.alt_text ?? '')].length, 'character')}
            </Text>
          </Popover.Dropdown>
        </Popover>
      )}
    </li>
  );
}

function factsOf({ facts }: AssetView): string {
  if (facts.duration_ms != null) return clock(facts.duration_ms);
  if (facts.pages != null) return plural(facts.pages, 'page');
  return facts.width != null && facts.height != null ? `${facts.width}×${facts.height}` : fileSize(facts.bytes);
}
