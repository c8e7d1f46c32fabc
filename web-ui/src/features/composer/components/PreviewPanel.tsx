import { Tabs, Text } from '@mantine/core';
import { useState } from 'react';
import type { AssetView, ChannelView } from '../../../api/types.ts';
import { offerOf, type Rules } from '../../../lib/rules.ts';
import { dateTime, instantOf } from '../../../lib/zones.ts';
import { NetworkMark } from '../../../networks/index.tsx';
import { NetworkPreview } from '../../../networks/NetworkPreview.tsx';
import { previewOf } from '../../../networks/version.ts';
import type { Draft } from '../draft.ts';
import { useTabInView } from '../useTabInView.ts';

/** The post as each chosen channel will show it. */
export function PreviewPanel({
  draft,
  channels,
  rules,
  assets,
  focus,
}: {
  draft: Draft;
  channels: readonly ChannelView[];
  rules: Rules;
  assets: ReadonlyMap<string, AssetView>;
  focus?: string;
}) {
  const [picked, setPicked] = useState<string>();
  const shown = channels.find((channel) => channel.id === (focus ?? picked)) ?? channels[0];
  const list = useTabInView(shown?.id);
  if (!shown) {
    return (
      <Text size="sm" c="dimmed">
        Choose a channel to see the post as its followers will.
      </Text>
    );
  }
  const chosen = draft.chosen.find((item) => item.channelId === shown.id);
  const when = chosen?.when ?? draft.when;
  const at = when.local ? instantOf(when.local, when.zone) : undefined;
  return (
    <>
      {channels.length > 1 && (
        <Tabs value={shown.id} onChange={(value) => setPicked(value ?? undefined)} mb="sm" variant="default">
          <Tabs.List
            ref={list}
            aria-label="Preview of which channel"
            style={{ flexWrap: 'nowrap', overflowX: 'auto', overflowY: 'hidden' }}
          >
            {channels.map((channel) => (
              <Tabs.Tab
                key={channel.id}
                value={channel.id}
                data-tab={channel.id}
                leftSection={<NetworkMark network={channel.network} size={16} />}
                px="xs"
                style={{ flex: 'none' }}
              >
                {channel.name}
              </Tabs.Tab>
            ))}
          </Tabs.List>
        </Tabs>
      )}
      <NetworkPreview
        network={shown.network}
        post={previewOf(draft.content, shown, assets, {
          overrides: chosen?.overrides ?? {},
          mode: chosen?.mode ?? 'publish',
          offer: offerOf(rules, shown.network, draft.content.content_type),
          when: at ? dateTime(at, when.zone) : 'Now',
        })}
      />
    </>
  );
}
