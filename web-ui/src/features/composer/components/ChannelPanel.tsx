import { Button, Group, Radio, Stack, Text, TextInput } from '@mantine/core';
import type { Dispatch, ReactNode } from 'react';
import { useState } from 'react';
import type { AssetView, ChannelView, Overrides, ResolvedTime } from '../../../api/types.ts';
import { overridden } from '../../../lib/content.ts';
import { parseHashtags } from '../../../lib/render.ts';
import { offerOf, type Rules, settingsOf } from '../../../lib/rules.ts';
import { networks } from '../../../networks/index.tsx';
import { roomFor } from '../counters.ts';
import type { Change, Chosen, Draft } from '../draft.ts';
import { Counters } from './Counters.tsx';
import { LinkField } from './LinkField.tsx';
import { MediaField } from './MediaField.tsx';
import { SettingsFields } from './SettingsFields.tsx';
import { TextField } from './TextField.tsx';
import { WhenField } from './WhenField.tsx';

interface Props {
  draft: Draft;
  chosen: Chosen;
  channel: ChannelView;
  rules: Rules;
  assets: ReadonlyMap<string, AssetView>;
  bytesMax: number;
  mediaMax: number;
  resolved?: ResolvedTime;
  onAsset: (asset: AssetView) => void;
  change: Dispatch<Change>;
}

/** What one channel says otherwise: each field is shared until it is given its own. */
export function ChannelPanel({
  draft,
  chosen,
  channel,
  rules,
  assets,
  bytesMax,
  mediaMax,
  resolved,
  onAsset,
  change,
}: Props) {
  const { content } = draft;
  const { overrides } = chosen;
  const offer = offerOf(rules, channel.network, content.content_type);
  const name = networks[channel.network].name;
  const settings = settingsOf(rules, channel.network, content.content_type);
  const set = (part: Partial<Overrides>) => change({ type: 'override', channelId: channel.id, part });
  if (!offer) return null;
  const thread = content.content_type === 'thread';
  return (
    <Stack gap="md">
      <Radio.Group
        label={`On ${name}, ${channel.name}`}
        value={chosen.mode}
        onChange={(mode) =>
          change({ type: 'mode', channelId: channel.id, mode: mode === 'draft' ? 'draft' : 'publish' })
        }
      >
        <Group mt={6}>
          <Radio value="publish" label="Publish" />
          <Radio value="draft" label={offer.draft_api ? 'Leave as a draft there' : 'Remind me to post it'} />
        </Group>
      </Radio.Group>
      {chosen.mode === 'draft' && (
        <Text size="sm" c="dimmed">
          {offer.draft_api
            ? `At its time it stands on ${name} unpublished; a person publishes it there.`
            : `${name}’s API keeps no drafts of this type: at its time you get everything to hand and post it yourself.`}
        </Text>
      )}
      {offer.text.sent && !thread && (
        <Own
          label="Text"
          own={overrides.text != null}
          shared={content.text || 'No text'}
          onOwn={() => set({ text: content.text })}
          onShare={() => set({ text: undefined })}
        >
          <TextField
            label={`Text on ${channel.name}`}
            value={overrides.text ?? ''}
            bareEndings={rules.counting.bare_endings}
            onChange={(text) => set({ text })}
          >
            <Counters rooms={roomFor(overridden(content, overrides), [channel.network], rules)} />
          </TextField>
        </Own>
      )}
      {offer.text.sent && (
        <Own
          label="Hashtags"
          own={overrides.hashtags != null}
          shared={content.hashtags.join(' ') || 'No hashtags'}
          onOwn={() => set({ hashtags: content.hashtags })}
          onShare={() => set({ hashtags: undefined })}
        >
          <Hashtags
            label={`Hashtags on ${channel.name}`}
            value={overrides.hashtags ?? []}
            onChange={(hashtags) => set({ hashtags })}
          />
        </Own>
      )}
      {offer.media.max.value > 0 && !thread && (
        <Own
          label="Media"
          own={overrides.assets != null}
          shared={content.assets.map((use) => assets.get(use.asset_id)?.name ?? 'file').join(', ') || 'No media'}
          onOwn={() => set({ assets: content.assets })}
          onShare={() => set({ assets: undefined })}
        >
          <MediaField
            label={`Media on ${channel.name}`}
            uses={overrides.assets ?? []}
            assets={assets}
            max={mediaMax}
            bytesMax={bytesMax}
            onAsset={(asset, later) => {
              onAsset(asset);
              change({
                type: 'add_asset',
                use: { asset_id: asset.id, alt_text: asset.alt_text },
                later,
                channelId: channel.id,
              });
            }}
            onChange={(uses) => set({ assets: uses })}
          />
        </Own>
      )}
      {content.content_type === 'link' && content.link && (
        <Own
          label="Link"
          own={overrides.link != null}
          shared={content.link.url || 'No link'}
          onOwn={() => set({ link: content.link })}
          onShare={() => set({ link: undefined })}
        >
          <LinkField
            id={`link-${channel.id}`}
            projectId={channel.project_id}
            link={overrides.link ?? { url: '' }}
            assets={assets}
            onAsset={onAsset}
            onChange={(link) => set({ link })}
          />
        </Own>
      )}
      {offer.title && (
        <Own
          label="Title"
          own={overrides.title != null}
          shared={content.title || 'No title'}
          onOwn={() => set({ title: content.title })}
          onShare={() => set({ title: undefined })}
        >
          <TextInput
            label={`Title on ${channel.name}`}
            value={overrides.title ?? ''}
            onChange={(event) => set({ title: event.currentTarget.value })}
          />
        </Own>
      )}
      {offer.first_comment !== null && (
        <Own
          label="First comment"
          own={overrides.first_comment != null}
          shared={content.first_comment || 'No first comment'}
          onOwn={() => set({ first_comment: content.first_comment })}
          onShare={() => set({ first_comment: undefined })}
        >
          <TextField
            label={`First comment on ${channel.name}`}
            rows={2}
            value={overrides.first_comment ?? ''}
            onChange={(text) => set({ first_comment: text })}
          />
        </Own>
      )}
      {settings.length > 0 && (
        <section aria-label={`Only on ${name}`}>
          <Text size="sm" fw={550} mb={4}>
            Only on {name}
          </Text>
          <SettingsFields
            settings={settings}
            values={overrides.settings ?? {}}
            onChange={(values) => set({ settings: Object.keys(values).length > 0 ? values : undefined })}
          />
        </section>
      )}
      <Own
        label="Time"
        own={chosen.when !== undefined}
        shared={draft.when.local ? draft.when.local.replace('T', ', ') : 'No time set'}
        onOwn={() => change({ type: 'channel_when', channelId: channel.id, when: draft.when })}
        onShare={() => change({ type: 'channel_when', channelId: channel.id, when: undefined })}
      >
        {chosen.when && (
          <WhenField
            label={`Time on ${channel.name}`}
            when={chosen.when}
            resolved={resolved}
            onChange={(part) => {
              const moved = part.local !== undefined || part.zone !== undefined;
              if (chosen.when)
                change({
                  type: 'channel_when',
                  channelId: channel.id,
                  when: { ...chosen.when, ...(moved ? { choice: undefined } : {}), ...part },
                });
            }}
          />
        )}
      </Own>
    </Stack>
  );
}

function Own({
  label,
  own,
  shared,
  onOwn,
  onShare,
  children,
}: {
  label: string;
  own: boolean;
  shared: string;
  onOwn: () => void;
  onShare: () => void;
  children: ReactNode;
}) {
  return (
    <section aria-label={label}>
      <Group justify="space-between" mb={4} wrap="nowrap">
        <Text size="sm" fw={550}>
          {label}
          {own && (
            <Text span size="xs" c="var(--pr-blue)">
              {' '}
              its own
            </Text>
          )}
        </Text>
        <Button
          size="compact-xs"
          variant={own ? 'subtle' : 'light'}
          onClick={own ? onShare : onOwn}
          aria-label={own ? `Use the shared ${label.toLowerCase()}` : `Give it its own ${label.toLowerCase()}`}
        >
          {own ? 'Use shared' : 'Change here'}
        </Button>
      </Group>
      {own ? (
        children
      ) : (
        <Text size="sm" c="dimmed" className="pr-clamp-2">
          {shared}
        </Text>
      )}
    </section>
  );
}

function Hashtags({ label, value, onChange }: { label: string; value: string[]; onChange: (value: string[]) => void }) {
  const [typed, setTyped] = useState(value.join(', '));
  return (
    <TextInput
      label={label}
      placeholder="coffee, spring"
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        onChange(parseHashtags(event.currentTarget.value));
      }}
    />
  );
}
