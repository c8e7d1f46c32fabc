import { Button, Collapse, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { lazy, Suspense, useState } from 'react';
import { api } from '../../api/client.ts';
import { explain } from '../../api/errors.ts';
import type { AssetKind, AssetView, Capabilities, ChannelView, ContentType, PostView } from '../../api/types.ts';
import { contentTypes } from '../../app/addresses.ts';
import { usePlace } from '../../app/session.tsx';
import { offerOf, type Rules, shapeOf } from '../../lib/rules.ts';
import { split } from '../../lib/split.ts';
import { PageHead } from '../../ui/PageHead.tsx';
import css from './Composer.module.css';
import { ActionBar } from './components/ActionBar.tsx';
import { ChannelPanel } from './components/ChannelPanel.tsx';
import { ChannelPicker } from './components/ChannelPicker.tsx';
import { ChannelTabs, shared } from './components/ChannelTabs.tsx';
import { PreviewPanel } from './components/PreviewPanel.tsx';
import { ProblemList } from './components/ProblemList.tsx';
import { SharedFields } from './components/SharedFields.tsx';
import { tightestPart } from './components/ThreadField.tsx';
import { TypePicker } from './components/TypePicker.tsx';
import { WritingNotices } from './components/WritingNotices.tsx';
import { switchesFor } from './switches.ts';
import { mediaField, UploadsContext, useUploads } from './uploads.ts';
import { useSaving } from './useSaving.ts';
import { useWriting, type Writing } from './useWriting.ts';

// Few come back to half-sent files: nobody else loads it.
const HalfSentNotice = lazy(() => import('./components/HalfSentNotice.tsx'));
// Shown once a post is stored and sent on.
const Outcome = lazy(() => import('./components/Outcome.tsx'));
const ForecastFold = lazy(() => import('../forecast/ForecastFold.tsx'));

interface Props {
  capabilities: Capabilities;
  rules: Rules;
  channels: readonly ChannelView[];
  post?: PostView;
  date?: string;
  onMade: (postId: string) => void;
  onNew: () => void;
  onReload: () => void;
}

/** Writes a post: what it says, where it goes and when, what stands in the way, and how it will look. */
export function Composer({ capabilities, rules, channels, post, date, onMade, onNew, onReload }: Props) {
  const { project, membership } = usePlace();
  const writing = useWriting({ project, post, date, rules, channels });
  const uploads = useUploads(project.id);
  const { draft, change, assets, addAsset, going, problems, stored } = writing;
  const { content } = draft;
  const type = content.content_type;
  const saving = useSaving(project.id, stored, writing.body, (answer) => {
    writing.saved(answer);
    if (!stored) onMade(answer.id);
  });
  const [tab, setTab] = useState<string>(shared);
  const [previewOpen, preview] = useDisclosure(false);
  const live = api.useQuery(
    'get',
    '/api/v1/posts/{id}',
    { params: { path: { id: stored?.id ?? '' } } },
    { enabled: stored !== undefined && !saving.outcome },
  );
  const overtaken = stored !== undefined && !saving.isPending && (live.data?.version ?? 0) > stored.version;

  if (saving.outcome) {
    return (
      <>
        <PageHead title="Composer" />
        <Suspense>
          <Outcome
            post={saving.outcome.post}
            warnings={saving.outcome.warnings}
            zone={project.time_zone}
            onNew={onNew}
          />
        </Suspense>
      </>
    );
  }

  const networks = [...new Set(going.map((channel) => channel.network))];
  const reach =
    channels.length > 0
      ? channels.map((channel) => channel.network)
      : capabilities.networks.filter((item) => item.variants.length > 0).map((item) => item.network);
  const types = contentTypes.filter((item) => item === type || reach.some((network) => offerOf(rules, network, item)));
  const offers = networks.flatMap((network) => offerOf(rules, network, type) ?? []);
  const mediaMax = shapeOf(rules, type)?.media_max ?? Math.max(0, ...offers.map((offer) => offer.media.max.value));
  const current = going.find((channel) => channel.id === tab);
  const chosen = current && draft.chosen.find((item) => item.channelId === current.id);
  const bytesMax = capabilities.upload_bytes_max;

  const switchTo = (value: ContentType) => {
    const tightest = value === 'thread' ? tightestPart(networks.length > 0 ? networks : reach, rules) : undefined;
    change({
      type: 'content_type',
      value,
      parts:
        tightest && content.text.trim() !== ''
          ? split(content.text, tightest.counter, tightest.max, rules.counting)
          : undefined,
    });
  };
  /** Where a file belongs that was chosen outside the fields; a type that takes none gives way to the one that it asks for. */
  const partFor = (kind: AssetKind): number | undefined => {
    setTab(shared);
    if (type === 'thread') return 0;
    if (mediaMax === 0) switchTo(kind);
    return undefined;
  };
  const addTo = (part: number | undefined, asset: AssetView, later: string[] = []) => {
    addAsset(asset);
    change({ type: 'add_asset', use: { asset_id: asset.id, alt_text: asset.alt_text }, later, part });
  };
  const actions = (className?: string) => (
    <ActionBar
      writing={writing}
      saving={saving}
      membership={membership}
      uploading={uploads.busy}
      className={className}
    />
  );
  const previews = <PreviewPanel draft={draft} channels={going} rules={rules} assets={assets} focus={current?.id} />;

  return (
    <UploadsContext value={uploads}>
      <div className={css.page}>
        <div className={css.head}>
          <PageHead title={post || stored ? 'Edit post' : 'New post'} line={<SaveState writing={writing} />}>
            {actions(css.wideActions)}
          </PageHead>
        </div>
        <WritingNotices
          writing={writing}
          saving={saving}
          overtaken={overtaken}
          onReload={onReload}
          onLook={(channelId) => setTab(channelId ?? shared)}
        />
        {uploads.half.items.length > 0 && (
          <Suspense>
            <HalfSentNotice
              items={uploads.half.items}
              onFile={(file) => {
                const part = partFor(kindOf(file));
                uploads.add(mediaField(part), [file], (asset, later) => addTo(part, asset, later));
              }}
              onUse={(item, asset) => {
                addTo(partFor(asset.kind), asset);
                uploads.half.forget(item);
              }}
              onForget={uploads.half.forget}
            />
          </Suspense>
        )}

        <div className={css.columns}>
          <Stack gap="lg" className={`pr-panel ${css.form}`}>
            <TypePicker value={type} types={types} onChange={switchTo} />
            <ChannelPicker
              channels={channels}
              type={type}
              chosen={new Set(going.map((channel) => channel.id))}
              rules={rules}
              projectId={project.id}
              onChoose={(channelId, on) => change({ type: 'choose', channelId, on })}
            />
            {going.length > 0 && (
              <ChannelTabs
                value={current ? tab : shared}
                channels={going}
                draft={draft}
                problems={problems}
                onChange={setTab}
              />
            )}
            {current && chosen ? (
              <ChannelPanel
                key={current.id}
                draft={draft}
                chosen={chosen}
                channel={current}
                rules={rules}
                assets={assets}
                bytesMax={bytesMax}
                mediaMax={mediaMax}
                resolved={writing.channelTimes.get(current.id)}
                onAsset={addAsset}
                change={change}
              />
            ) : (
              <SharedFields
                writing={writing}
                rules={rules}
                projectId={project.id}
                bytesMax={bytesMax}
                networks={networks}
                reach={reach}
                mediaMax={mediaMax}
              />
            )}
          </Stack>

          <div className={css.aside}>
            <div className={`pr-panel ${css.box}`}>
              {writing.written ? (
                <ProblemList
                  problems={problems}
                  switches={(problem) => switchesFor(problem, content, types, writing.facts, rules)}
                  onSwitch={switchTo}
                />
              ) : (
                <Text size="sm" c="dimmed">
                  What a network would refuse is listed here while you write, with what to do about it.
                </Text>
              )}
              {writing.checkError !== undefined && (
                <Text size="xs" c="var(--pr-amber)" mt="xs">
                  The server could not check this: {explain(writing.checkError).text}
                </Text>
              )}
            </div>
            <Suspense fallback={<div className={`pr-panel ${css.box}`} />}>
              <ForecastFold
                projectId={project.id}
                zone={project.time_zone}
                body={writing.settled}
                stored={stored}
                behind={writing.behind}
                channels={going.length}
              />
            </Suspense>
            <Button
              className={css.previewToggle}
              variant="default"
              fullWidth
              onClick={preview.toggle}
              aria-expanded={previewOpen}
            >
              {previewOpen ? 'Hide preview' : 'Show preview'}
            </Button>
            <div className={css.widePreview}>{previews}</div>
            <Collapse expanded={previewOpen} className={css.narrowPreview}>
              {previewOpen && previews}
            </Collapse>
          </div>
        </div>
        <div className={css.narrowActions}>{actions()}</div>
      </div>
    </UploadsContext>
  );
}

/** What a file is by its name; the server looks at the bytes. */
function kindOf({ type }: File): AssetKind {
  if (type === 'application/pdf') return 'document';
  if (type === 'image/gif') return 'gif';
  return type.startsWith('video/') ? 'video' : 'image';
}

function SaveState({ writing }: { writing: Writing }) {
  const { dirty, savedAt, keptAt, stored, written } = writing;
  const time = (at: string) =>
    new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' }).format(new Date(at));
  if (!dirty && savedAt) return <span role="status">Saved as a draft at {time(savedAt)}</span>;
  if (dirty && keptAt) return <span role="status">Kept in this browser at {time(keptAt)}, not saved yet</span>;
  if (dirty && written) return <span role="status">Not saved yet</span>;
  return <span role="status">{stored ? 'No changes' : 'Nothing written yet'}</span>;
}
