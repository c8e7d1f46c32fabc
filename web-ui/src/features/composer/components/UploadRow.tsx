import { ActionIcon, Group, Progress, Text } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconRefresh, IconX } from '@tabler/icons-react';
import { explain } from '../../../api/errors.ts';
import { fileSize } from '../../../lib/format.ts';
import type { UploadItem } from '../uploads.ts';

/** A file on its way: how far, and pause, go on, try again or take away. */
export function UploadRow({
  item,
  onPause,
  onResume,
  onCancel,
}: {
  item: UploadItem;
  onPause: () => void;
  onResume: () => void;
  onCancel: () => void;
}) {
  const share = item.bytes === 0 ? 100 : (item.sent / item.bytes) * 100;
  const told = item.status === 'failed' ? explain(item.error) : undefined;
  const line = {
    uploading: `${fileSize(item.sent)} of ${fileSize(item.bytes)}`,
    paused: `Paused at ${fileSize(item.sent)} of ${fileSize(item.bytes)}`,
    offline: `Waits for the network at ${fileSize(item.sent)} of ${fileSize(item.bytes)}, then goes on by itself`,
    checking: 'Checking the file…',
    failed: told ? [told.text, told.remedy].filter(Boolean).join(' ') : '',
  }[item.status];
  return (
    <div className="pr-panel" style={{ padding: '8px 10px', marginBottom: 8 }} data-testid="upload">
      <Group wrap="nowrap" gap="xs">
        <div style={{ flex: 1, minWidth: 0 }}>
          <Text size="sm" truncate fw={550}>
            {item.name}
          </Text>
          <Text size="xs" c={told ? 'var(--pr-red)' : 'dimmed'} role={told ? 'alert' : undefined}>
            {line}
          </Text>
        </div>
        {item.status === 'uploading' && (
          <ActionIcon aria-label={`Pause ${item.name}`} onClick={onPause}>
            <IconPlayerPause size={17} />
          </ActionIcon>
        )}
        {item.status === 'paused' && (
          <ActionIcon aria-label={`Go on with ${item.name}`} onClick={onResume}>
            <IconPlayerPlay size={17} />
          </ActionIcon>
        )}
        {item.status === 'failed' && (
          <ActionIcon aria-label={`Try ${item.name} again`} onClick={onResume}>
            <IconRefresh size={17} />
          </ActionIcon>
        )}
        <ActionIcon aria-label={`Take ${item.name} away`} onClick={onCancel}>
          <IconX size={17} />
        </ActionIcon>
      </Group>
      {item.status !== 'failed' && (
        <Progress
          value={share}
          size="sm"
          mt={6}
          aria-label={`Upload of ${item.name}`}
          striped={item.status === 'checking'}
          animated={item.status === 'checking'}
        />
      )}
    </div>
  );
}
