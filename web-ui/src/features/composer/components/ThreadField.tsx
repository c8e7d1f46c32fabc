import { ActionIcon, Button, Group, Stack, Text } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconPlus, IconScissors, IconTrash } from '@tabler/icons-react';
import type { Dispatch } from 'react';
import type { AssetView, Network } from '../../../api/types.ts';
import type { PostContent } from '../../../lib/content.ts';
import { offerOf, type Rules, type TextLimit } from '../../../lib/rules.ts';
import { split } from '../../../lib/split.ts';
import { roomFor } from '../counters.ts';
import type { Change } from '../draft.ts';
import { mediaField } from '../uploads.ts';
import { Counters } from './Counters.tsx';
import { MediaField } from './MediaField.tsx';
import { TextField } from './TextField.tsx';

interface Props {
  content: PostContent;
  networks: readonly Network[];
  rules: Rules;
  assets: ReadonlyMap<string, AssetView>;
  bytesMax: number;
  onAsset: (asset: AssetView) => void;
  change: Dispatch<Change>;
}

/** The limit that the tightest of these networks sets for a part. */
export function tightestPart(networks: readonly Network[], rules: Rules): TextLimit | undefined {
  return networks
    .flatMap((network) => offerOf(rules, network, 'thread')?.text.limits[0] ?? [])
    .sort((a, b) => a.max - b.max)[0];
}

export function ThreadField({ content, networks, rules, assets, bytesMax, onAsset, change }: Props) {
  const { thread } = content;
  const tightest = tightestPart(networks, rules);
  const mediaMax = Math.min(
    ...networks.flatMap((network) => offerOf(rules, network, 'thread')?.thread?.media.max.value ?? []),
    10,
  );
  const splitAll = () => {
    if (!tightest) return;
    const whole = thread.map((part) => part.text ?? '').join('\n\n');
    change({ type: 'thread_split', parts: split(whole, tightest.counter, tightest.max, rules.counting) });
  };
  return (
    <Stack gap="sm" id="field-thread">
      {thread.map((part, index) => (
        <div key={index} className="pr-panel" style={{ padding: 12 }} data-testid="thread-part">
          <Group justify="space-between" mb={4}>
            <Text size="sm" fw={650}>
              Part {index + 1}
            </Text>
            <Group gap={2}>
              <ActionIcon
                aria-label={`Move part ${index + 1} up`}
                disabled={index === 0}
                onClick={() => change({ type: 'thread_move', part: index, by: -1 })}
              >
                <IconArrowUp size={16} />
              </ActionIcon>
              <ActionIcon
                aria-label={`Move part ${index + 1} down`}
                disabled={index === thread.length - 1}
                onClick={() => change({ type: 'thread_move', part: index, by: 1 })}
              >
                <IconArrowDown size={16} />
              </ActionIcon>
              <ActionIcon
                aria-label={`Remove part ${index + 1}`}
                disabled={thread.length <= 2}
                onClick={() => change({ type: 'thread_remove', part: index })}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </Group>
          </Group>
          <TextField
            label={`Text of part ${index + 1}`}
            rows={3}
            value={part.text ?? ''}
            bareEndings={rules.counting.bare_endings}
            onChange={(value) => change({ type: 'thread_text', part: index, value })}
          >
            <Counters rooms={roomFor(content, networks, rules, index)} />
          </TextField>
          {mediaMax > 0 && (
            <MediaField
              label={mediaField(index)}
              uses={part.assets ?? []}
              assets={assets}
              max={mediaMax}
              bytesMax={bytesMax}
              onAsset={(asset, later) => {
                onAsset(asset);
                change({
                  type: 'add_asset',
                  use: { asset_id: asset.id, alt_text: asset.alt_text },
                  later,
                  part: index,
                });
              }}
              onChange={(uses) => change({ type: 'assets', uses, part: index })}
            />
          )}
        </div>
      ))}
      <Group gap="xs">
        <Button
          size="xs"
          variant="light"
          leftSection={<IconPlus size={14} />}
          onClick={() => change({ type: 'thread_add', after: thread.length - 1 })}
        >
          Add a part
        </Button>
        {tightest && (
          <Button size="xs" variant="default" leftSection={<IconScissors size={14} />} onClick={splitAll}>
            Split anew at {tightest.max}
          </Button>
        )}
      </Group>
    </Stack>
  );
}
